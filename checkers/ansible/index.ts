import { defineChecker, type Checker } from '../../src/checker.ts';
import { compare } from './compare.ts';
import type { AnsibleObservation } from './observation.ts';
import { observe } from './observe.ts';
import { ansibleOptions, type AnsibleOptions } from './options.ts';

/** Hosts against playbooks: what `ansible-playbook --check --diff` would change, per host and task. */
export const ansible: Checker<AnsibleOptions, AnsibleObservation> = defineChecker({
  apiVersion: 1,
  name: 'ansible',
  options: ansibleOptions,
  observe,
  compare,
});

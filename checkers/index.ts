import type { Checker } from '../src/checker.ts';
import { ansible } from './ansible/index.ts';
import { chef } from './chef/index.ts';
import { clusterApi } from './cluster-api/index.ts';
import { command } from './command/index.ts';
import { compare } from './compare/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { puppet } from './puppet/index.ts';
import { report } from './report/index.ts';
import { salt } from './salt/index.ts';
import { terraform } from './terraform/index.ts';

/** The built-in checkers. */
export const builtIn: readonly Checker[] = [
  ansible,
  chef,
  clusterApi,
  command,
  compare,
  kubernetes,
  puppet,
  report,
  salt,
  terraform,
];

import { defineChecker, type Checker } from '../../src/checker.ts';
import { compareCommand } from './compare.ts';
import { observeCommand, type CommandObservation } from './observe.ts';
import { commandOptions, type CommandOptions } from './options.ts';

/** Runs any command and reads its exit code, or the JSON it prints. */
export const command: Checker<CommandOptions, CommandObservation> = defineChecker({
  apiVersion: 1,
  name: 'command',
  options: commandOptions,
  observe: observeCommand,
  compare: compareCommand,
});

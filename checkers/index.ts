import type { Checker } from '../src/checker.ts';
import { command } from './command/index.ts';

/** The built-in checkers. */
export const builtIn: readonly Checker[] = [command];

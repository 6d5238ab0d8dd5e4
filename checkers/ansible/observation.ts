import type { Failure, Notice } from '../../src/drift.ts';
import type { NoHosts, NotReached, PlayAborted, TaskEvent } from './event.ts';

/** A task's result with its address, unique in the check, and its file relative to the source. */
export interface Evaluated extends Omit<TaskEvent, 'file'> {
  readonly address: string;
  readonly file?: string | undefined;
}

/** One piece of what ansible-playbook told. */
export interface AnsibleObservation {
  readonly tasks: readonly Evaluated[];
  readonly plays?: readonly (NoHosts | PlayAborted | NotReached)[];
  /** What was wrong with the run itself. */
  readonly failures?: readonly Failure[];
  readonly notices?: readonly Notice[];
}

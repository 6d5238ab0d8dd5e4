import type { Failure, FailureReason } from '../../src/drift.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';
import { failureReason } from './failure-reason.ts';
import type { Evaluated } from './observation.ts';

/** Why a task, or all of a host, could not be evaluated. An unreachable host's address is the host. */
export function taskFailure(task: Evaluated): Failure {
  const message = maskSensitiveText((task.message ?? 'no message').trim());
  const where = task.file === undefined ? '' : ` (${task.file}:${task.line ?? 1})`;
  const phase = 'observe';
  if (task.outcome === 'unreachable') {
    const reason = failureReason(message, 'unreachable');
    const kept = reason === 'unauthenticated' ? reason : 'unreachable';
    return { phase, reason: kept, address: task.delegated ?? task.host, message: `${task.name}${where}: ${message}` };
  }
  return {
    phase,
    address: task.address,
    reason: reasonOf(task, message),
    message: `${message}${because(task)}${where}`,
  };
}

function reasonOf(task: Evaluated, message: string): FailureReason {
  return task.depends !== undefined || task.missing !== undefined
    ? 'dependency'
    : failureReason(message, 'task_failed');
}

function because({ depends, missing }: Evaluated): string {
  if (depends !== undefined) {
    return `; it uses ${depends.register}, the result of "${depends.task}", which check mode did not run`;
  }
  if (missing === undefined) return '';
  return `; "${missing.task}" would make ${missing.value}, which check mode did not do`;
}

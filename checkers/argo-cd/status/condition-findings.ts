import type { Failure, Notice } from '../../../src/checker.ts';
import type { Application } from '../application.ts';
import type { JudgeContext } from './judge-application.ts';

/** What Argo CD could not do for an Application, and what it warns of. */
export function conditionFindings(
  application: Application,
  context: JudgeContext,
): { failures: Failure[]; notices: Notice[] } {
  const { address } = context;
  const conditions = application.status?.conditions ?? [];
  const failures = conditions.flatMap(({ type = '', message = '' }): Failure[] => {
    if (!type.endsWith('Error')) return [];
    const reason = type === 'InvalidSpecError' ? 'invalid' : 'task_failed';
    return [{ phase: 'observe', reason, message: `${type}: ${message}`, address }];
  });
  const notices = conditions.flatMap(({ type = '', message = '' }): Notice[] => {
    if (type.endsWith('Error')) return [];
    return [{ kind: NOTICES[type] ?? 'warning', message: `${type}: ${message}`, address }];
  });
  const operation = operationFindings(application, context);
  // A failed sync is a condition too.
  if (failures.length === 0) failures.push(...operation.failures);
  return { failures, notices: [...notices, ...operation.notices] };
}

const NOTICES: Readonly<Record<string, Notice['kind']>> = {
  OrphanedResourceWarning: 'outside_change',
  RepeatedResourceWarning: 'duplicate',
};

/** A sync that failed concerns as long as something is out of sync; one that does not end is said. */
function operationFindings(
  { status }: Application,
  { address, now, options }: JudgeContext,
): { failures: Failure[]; notices: Notice[] } {
  const { phase, message: said = '', startedAt } = status?.operationState ?? {};
  if (phase === 'Failed' || phase === 'Error') {
    const message = `the last sync: ${phase}${said === '' ? '' : `: ${said}`}`;
    if (status?.sync?.status === 'Synced')
      return { failures: [], notices: [{ kind: 'ignored_error', message, address }] };
    return { failures: [{ phase: 'observe', reason: 'task_failed', message, address }], notices: [] };
  }
  const isRunning = phase === 'Running' || phase === 'Terminating';
  const age = startedAt === undefined ? 0 : Date.parse(now) - Date.parse(startedAt);
  if (!isRunning || !(age > options.grace)) return { failures: [], notices: [] };
  const message = `a sync is ${phase} for ${Math.round(age / 1000)} s${said === '' ? '' : `: ${said}`}`;
  return { failures: [], notices: [{ kind: 'deferred', message, address }] };
}

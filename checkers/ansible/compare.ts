import type { Comparison } from '../../src/checker.ts';
import type { Failure, NotCompared, Notice, ResourceDrift } from '../../src/drift.ts';
import { isControl, runsAnything } from './control-action.ts';
import { diffChanges } from './diff-changes.ts';
import { playFailures, playNotices } from './play-findings.ts';
import { taskFailure } from './task-failure.ts';
import type { AnsibleObservation, Evaluated } from './observation.ts';

/** Judges results one by one: whatever needs to know other results was found out where they were seen. */
export function compare(observation: AnsibleObservation): Comparison {
  const judged = observation.tasks.map(judge);
  const plays = observation.plays ?? [];
  return {
    resources: judged.filter(({ compared }) => compared === true).length,
    drift: judged.flatMap(({ drift }) => drift ?? []),
    failures: [
      ...(observation.failures ?? []),
      ...plays.flatMap(playFailures),
      ...judged.flatMap(({ failure }) => failure ?? []),
    ],
    notices: [
      ...(observation.notices ?? []),
      ...plays.flatMap(playNotices),
      ...judged.flatMap(({ notice }) => notice ?? []),
    ],
    notCompared: judged.flatMap(({ notCompared }) => notCompared ?? []),
  };
}

interface Judgement {
  readonly compared?: boolean;
  readonly drift?: ResourceDrift;
  readonly failure?: Failure;
  readonly notice?: Notice;
  readonly notCompared?: NotCompared;
}

function judge(task: Evaluated): Judgement {
  switch (task.outcome) {
    case 'ok':
      return { compared: !isControl(task.action) };
    case 'changed':
      return changed(task);
    case 'skipped':
      return skipped(task);
    case 'failed':
    case 'unreachable':
      return failed(task);
    default:
      return task.outcome satisfies never;
  }
}

function changed(task: Evaluated): Judgement {
  const { address } = task;
  if (isControl(task.action)) return {};
  if (task.handler === true) {
    const message = 'a handler that would run because of a change';
    return { notice: { kind: 'triggered', address, message, changes: diffChanges(task) } };
  }
  if (task.ran === true && task.changed_when !== true && runsAnything(task.action)) {
    const message = 'was really run (check_mode: false) and says "changed" as it always does; changed_when would tell';
    return { notice: { kind: 'warning', address, message }, notCompared: without(task, message) };
  }
  return { compared: true, drift: driftOf(task), ...doubts(task) };
}

function driftOf(task: Evaluated): ResourceDrift {
  const changes = diffChanges(task);
  return {
    address: task.address,
    type: task.action,
    scope: task.delegated ?? task.host,
    action: actionOf(task),
    cause: 'unknown',
    changes,
    ...(task.file !== undefined && {
      origin: { file: task.file, ...(task.line !== undefined && { line: task.line }) },
    }),
  };
}

/** The state that modules tell in their diffs: absent before is a creation, absent after a deletion. */
function actionOf(task: Evaluated): ResourceDrift['action'] {
  for (const { before, after } of task.diff ?? []) {
    if (stateOf(after) === 'absent' && stateOf(before) !== 'absent') return 'delete';
    if (stateOf(before) === 'absent' && stateOf(after) !== 'absent') return 'create';
  }
  const texts = (task.diff ?? []).filter(
    ({ before, after }) => typeof before === 'string' && typeof after === 'string',
  );
  const created = texts.some(({ before, after }) => before === '' && after !== '');
  return created && WRITES_WHOLE_FILES.test(task.action) ? 'create' : 'update';
}

const WRITES_WHOLE_FILES = /\.(copy|template|assemble|get_url)$/;

function stateOf(side: unknown): unknown {
  return typeof side === 'object' && side !== null && 'state' in side ? side.state : undefined;
}

function doubts(task: Evaluated): Judgement {
  const { address, depends } = task;
  if (task.ran === true) {
    return { notice: { kind: 'warning', address, message: 'was really run, because it says check_mode: false' } };
  }
  if (depends === undefined) return {};
  const message = `uses ${depends.register}, the result of "${depends.task}", which check mode did not run: may be wrong`;
  return { notice: { kind: 'warning', address, message } };
}

function skipped(task: Evaluated): Judgement {
  if (task.handler === true && task.skip === 'check_mode') {
    return { notice: { kind: 'triggered', address: task.address, message: 'a handler that would run' } };
  }
  if (task.skip === 'check_mode' && !isControl(task.action)) {
    return { notCompared: without(task, task.message ?? 'check mode cannot do it') };
  }
  if (task.skip === 'condition' && task.depends !== undefined && !isControl(task.action)) {
    const { register, task: cause } = task.depends;
    const why = `its condition uses ${register}, the result of "${cause}", which check mode did not run`;
    return { notCompared: without(task, why) };
  }
  return {};
}

function without(task: Evaluated, why: string): NotCompared {
  return { address: task.address, type: task.action, scope: task.delegated ?? task.host, why };
}

function failed(task: Evaluated): Judgement {
  const failure = taskFailure(task);
  if (task.ignored !== true && task.rescued !== true) return { failure };
  const how = task.rescued === true ? 'failed and was rescued' : 'failed, and the playbook ignores it';
  const message = `${how}: ${failure.message}`;
  const why = `${failure.reason}: ${how}`;
  return {
    notice: { kind: 'ignored_error', address: task.address, message },
    ...(!isControl(task.action) && { notCompared: without(task, why) }),
  };
}

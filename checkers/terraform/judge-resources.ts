import type { Action, Cause, Change, Failure, Notice, ResourceDrift } from '../../src/checker.ts';
import { followingCauses, type Judgement } from './following-causes.ts';
import { maskedChanges, overlaps } from './masked-changes.ts';
import { neverConverges } from './never-converges.ts';
import { outsideNotices, type OutsideChange } from './outside-notices.ts';
import type { TerraformOptions } from './options.ts';
import type { Plan, PlannedChange } from './plan.ts';

export interface Judged {
  readonly drift: readonly ResourceDrift[];
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
}

const ACTIONS: Readonly<Record<string, Action | undefined>> = {
  create: 'create',
  update: 'update',
  delete: 'delete',
  'delete,create': 'replace',
  'create,delete': 'replace',
  'create,forget': 'replace',
};
const NO_ACTION = new Set(['no-op', 'read', 'forget', '']);

/** Joins what is planned with what changed outside, by resource. One pass over each. */
export function judgeResources(plan: Plan, list: TerraformOptions['outside_changes']): Judged {
  const outside = outsideChanges(plan);
  const judged: Judgement[] = [];
  const failures: Failure[] = [];
  const notices: Notice[] = [];
  for (const planned of plan.resourceChanges) {
    notices.push(...ridingNotices(planned));
    if (planned.mode !== 'managed') continue;
    const key = planned.change.actions.join(',');
    const action = ACTIONS[key];
    if (action !== undefined) {
      const found = driftOf(planned, action, outside);
      judged.push({ planned, drift: found });
      notices.push(...neverConverges(planned, found, plan.referenceFree));
    } else if (!NO_ACTION.has(key)) failures.push(unknownAction(planned, key));
  }
  notices.push(...outsideNotices([...outside.values()], plan.relevantAttributes, list));
  return { drift: followingCauses(judged, outside, plan), failures, notices };
}

/** Live moved away from what was recorded. Mere moves of an address ride here as no-op. */
function outsideChanges(plan: Plan): Map<string, OutsideChange> {
  const moved = plan.resourceDrift.filter(
    ({ mode, change }) => mode === 'managed' && !change.actions.includes('no-op'),
  );
  return new Map(moved.map((entry) => [addressOf(entry), { entry, changes: changesBack(entry), isPlanned: false }]));
}

function driftOf(planned: PlannedChange, action: Action, outside: Map<string, OutsideChange>): ResourceDrift {
  const { change, moduleAddress, type } = planned;
  const address = addressOf(planned);
  const changes = maskedChanges(
    {
      live: change.before,
      desired: change.after,
      liveSensitive: change.beforeSensitive,
      desiredSensitive: change.afterSensitive,
      desiredUnknown: change.afterUnknown,
    },
    change.replacePaths,
  );
  const scope = moduleAddress === undefined ? {} : { scope: moduleAddress };
  return { address, type, ...scope, action, cause: causeOf(planned, changes, outside), changes };
}

/** Out of band when an outside change is among what the plan would put right. */
function causeOf(planned: PlannedChange, changes: readonly Change[], outside: Map<string, OutsideChange>): Cause {
  const key = outside.has(addressOf(planned)) ? addressOf(planned) : (planned.previousAddress ?? '');
  const moved = outside.get(key);
  if (moved === undefined) return 'unapplied';
  const isGone = moved.entry.change.actions.includes('delete');
  const changed = new Set(changes.map(({ path }) => path));
  const meets = moved.changes.some(({ path }) => meetsAny(path, changed, changes));
  if (!isGone && !meets) return 'unapplied';
  outside.set(key, { ...moved, isPlanned: true });
  return 'out_of_band';
}

function meetsAny(path: string, exact: ReadonlySet<string>, changes: readonly Change[]): boolean {
  return exact.has(path) || changes.some((change) => overlaps(change.path, path));
}

/** From live to what was recorded: the direction of every Change. */
function changesBack({ change }: PlannedChange): Change[] {
  return maskedChanges({
    live: change.after,
    desired: change.before,
    liveSensitive: change.afterSensitive,
    desiredSensitive: change.beforeSensitive,
  });
}

function ridingNotices(planned: PlannedChange): Notice[] {
  const { previousAddress, importing, mode, change } = planned;
  const address = addressOf(planned);
  const notices: Notice[] = [];
  if (previousAddress !== undefined && previousAddress !== planned.address)
    notices.push({ kind: 'moved', address, message: `moved from ${previousAddress}` });
  if (importing) notices.push({ kind: 'imported', address, message: 'would be imported into the state' });
  if (change.actions.includes('forget'))
    notices.push({ kind: 'forgotten', address, message: 'would be dropped from the state and left as it is' });
  if (mode === 'data' && change.actions.includes('read'))
    notices.push({ kind: 'data_read', address, message: 'is read during an apply only' });
  return notices;
}

function unknownAction(planned: PlannedChange, key: string): Failure {
  const message = `plan JSON: actions [${key}]: expected one of ${Object.keys(ACTIONS).join(' | ')}`;
  return { phase: 'compare', reason: 'unsupported', address: addressOf(planned), message };
}

/** Deposed objects share their resource's address. */
function addressOf({ address, deposed }: PlannedChange): string {
  return deposed === undefined ? address : `${address} (deposed ${deposed})`;
}

import type { Action, Cause, Comparison, Failure, Notice, ResourceDrift } from '../../src/checker.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';
import { changesOf } from './changes-of.ts';
import type { PulumiDigest, PulumiStep } from './digest.ts';
import { failureFrom } from './failure-of.ts';
import type { PulumiObservation } from './observation.ts';
import { readUrn } from './urn.ts';

type Stack = Extract<PulumiObservation, { piece: 'stack' }>;

/** Judges one stack. Pure. */
export function compare(observation: PulumiObservation): Comparison {
  if (observation.piece === 'failure') return { resources: 0, drift: [], failures: [observation.failure] };
  const { preview, stack } = observation;
  const resources = Map.groupBy(preview.steps, ({ urn }) => urn);
  const judged = Array.from(resources, ([urn, steps]) => judge(urn, steps, observation));
  const failures = [...judged.flatMap(({ failure }) => failure ?? []), ...failuresOf(observation)];
  return {
    resources: judged.filter(({ failure }) => failure === undefined).length,
    drift: judged.flatMap(({ drift }) => drift ?? []),
    failures,
    notices: [...judged.flatMap(({ notice }) => notice ?? []), ...warningsOf(preview, stack)],
  };
}

interface Judged {
  readonly drift?: ResourceDrift;
  readonly failure?: Failure;
  readonly notice?: Notice;
}

/** What each step would do; `undefined` is nothing, to the live resource. */
const ACTIONS: Readonly<Record<string, Action | 'imported' | 'read' | undefined>> = {
  same: undefined,
  refresh: undefined,
  read: 'read',
  'read-discard': undefined,
  'discard-replaced': undefined,
  'remove-pending-replace': undefined,
  create: 'create',
  update: 'update',
  delete: 'delete',
  replace: 'replace',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  'read-replacement': 'replace',
  import: 'imported',
  'import-replacement': 'replace',
};

const ORDER: readonly (Action | 'imported' | 'read')[] = ['replace', 'delete', 'create', 'update', 'imported', 'read'];

/** A replacement may be three steps, a refresh one more: they are one resource. */
function judge(urn: string, steps: readonly PulumiStep[], { stack, unrefreshed, refreshed }: Stack): Judged {
  const { address, type, isStack } = readUrn(urn, stack);
  const strange = steps.find(({ op }) => !Object.hasOwn(ACTIONS, op));
  if (strange !== undefined) {
    const message = `${stack}: ${address}: expected a step such as create or update, got ${JSON.stringify(strange.op.slice(0, 40))}`;
    return { failure: { phase: 'observe', reason: 'bad_output', message, address } };
  }
  const kinds = new Set(steps.map(({ op }) => ACTIONS[op]));
  const action = ORDER.find((one) => kinds.has(one));
  if (action === undefined) return {};
  if (action === 'imported') return { notice: { kind: 'imported', message: 'would be imported', address } };
  if (action === 'read')
    return { notice: { kind: 'data_read', message: 'read from the provider, not managed', address } };
  const telling = steps.find(({ diffReasons, replaceReasons, detailedDiff }) =>
    [diffReasons?.length, replaceReasons?.length, Object.keys(detailedDiff ?? {}).length].some(
      (count) => (count ?? 0) > 0,
    ),
  );
  const changes = telling === undefined || action === 'create' || action === 'delete' ? [] : changesOf(telling);
  if (isStack)
    return { notice: { kind: 'output_changed', message: 'outputs of the stack would change', address, changes } };
  const cause = causeOf(urn, telling ?? steps[0], { unrefreshed, refreshed });
  return { drift: { address, type, scope: stack, action, cause, changes } };
}

/** What would change without asking the providers too is the code's; what only they bring up somebody did. */
function causeOf(
  urn: string,
  step: PulumiStep | undefined,
  { unrefreshed, refreshed }: { readonly unrefreshed: PulumiDigest | undefined; readonly refreshed: boolean },
): Cause {
  if (!refreshed) return 'unapplied';
  if (unrefreshed === undefined) return 'unknown';
  const before = unrefreshed.steps.filter((one) => one.urn === urn && !['same', 'refresh', 'read'].includes(one.op));
  if (before.length === 0) return 'out_of_band';
  return before.some((one) => reasonsOf(one) === reasonsOf(step)) ? 'unapplied' : 'unknown';
}

function reasonsOf(step: PulumiStep | undefined): string {
  return JSON.stringify(
    [...new Set([...(step?.diffReasons ?? []), ...Object.keys(step?.detailedDiff ?? {})])].toSorted(),
  );
}

/** What the program or a provider says went wrong. A preview that ended with another code than 0 is not whole. */
function failuresOf({ preview, exitCode, stderr, stack }: Stack): Failure[] {
  const errors = preview.diagnostics.filter(
    ({ severity, message }) =>
      (severity === 'error' || (severity === 'info#err' && exitCode !== 0)) && message.trim() !== '',
  );
  const failures = errors.map(({ message, urn }) => {
    const address = urn === undefined || urn === '' ? stack : readUrn(urn, stack).address;
    return failureFrom(message, { stack, address, otherwise: address === stack ? 'invalid' : 'task_failed' });
  });
  if (failures.length > 0) return failures;
  if (exitCode !== 0) {
    const words = stderr.trim() === '' ? `pulumi preview ended with ${exitCode}` : stderr;
    return [failureFrom(words, { stack, otherwise: 'exit_code' })];
  }
  if (preview.changeSummary !== undefined) return [];
  return [failureFrom('the preview did not come to its end: it has no summary', { stack, otherwise: 'bad_output' })];
}

function warningsOf({ diagnostics }: PulumiDigest, stack: string): Notice[] {
  return diagnostics
    .filter(({ severity }) => severity === 'warning')
    .map(({ message, urn }) => ({
      kind: 'warning',
      message: maskSensitiveText(message).trim(),
      address: urn === undefined || urn === '' ? stack : readUrn(urn, stack).address,
    }));
}

import type { Comparison, Failure, NotCompared, Notice, ResourceDrift } from '../../src/checker.ts';
import { maskSensitiveText } from '../hosts/sensitive-text.ts';
import { UniqueAddresses } from '../hosts/unique-addresses.ts';
import { errorReason } from './no-events.ts';
import { mergeActions } from './merge-actions.ts';
import type { ChefObservation } from './observation.ts';
import { resourceDrift } from './resource-drift.ts';
import type { ResourceRecord } from './run-record.ts';

type Run = Extract<ChefObservation, { piece: 'run' }>;

/** Judges one node's run. */
export function compare(observation: ChefObservation): Comparison {
  if (observation.piece === 'failure') return { resources: 0, drift: [], failures: [observation.failure] };
  const addresses = new UniqueAddresses();
  const { run, host } = observation;
  const judged = mergeActions(run.resources.filter(({ action }) => action !== 'nothing')).map((resource) =>
    judge(resource, addresses.of(host, `${resource.type}[${resource.name}]`), observation),
  );
  const failures = judged.flatMap((one) => one.failure ?? []);
  const notCompared = judged.flatMap((one) => one.notCompared ?? []);
  return {
    resources: judged.length - failures.length - notCompared.length,
    drift: judged.flatMap((one) => one.drift ?? []),
    failures: [...failures, ...endOfRun(observation, failures)],
    notices: judged.flatMap((one) => one.notice ?? []),
    notCompared,
  };
}

interface Judged {
  readonly drift?: ResourceDrift;
  readonly failure?: Failure;
  readonly notice?: Notice;
  readonly notCompared?: NotCompared;
}

/** Done in every converge unless a guard stands before them. */
const COMMANDS =
  /^(execute|bash|sh|csh|ksh|perl|python|ruby|script|batch|powershell_script|ruby_block|http_request|log)$/;

function judge(resource: ResourceRecord, address: string, { host, run, sourceDir }: Run): Judged {
  const { type, status } = resource;
  const left = (why: string): Judged => ({ notCompared: { address, type, scope: host, why } });
  switch (status) {
    case 'failed':
      return failed(resource, address);
    case 'bypassed':
      return left(
        `not evaluated in why-run mode${resource.assumed.map((line) => `: ${maskSensitiveText(line)}`).join('')}`,
      );
    case 'unprocessed':
      return left('the run ended before it');
    case 'updated':
      if (actsAnyway(resource)) return left(whyItRuns(resource));
      if (run.converged) return corrected(resource, address, run.time);
      return { drift: resourceDrift(resource, { address, host, sourceDir }) };
    default: // up-to-date, skipped by its guard
      return {};
  }
}

/** It does not look at what is there: a command, or a service that is restarted. */
function actsAnyway({ type, action, guarded }: ResourceRecord): boolean {
  return guarded !== true && (COMMANDS.test(type) || /^(restart|reload)$/.test(action));
}

function whyItRuns({ notifiedBy, action, guarded }: ResourceRecord): string {
  if (notifiedBy !== undefined) return `runs because of ${notifiedBy}`;
  if (guarded === undefined) return 'whether it had to run is not told';
  return `a ${action === 'run' ? 'command' : action} without a guard runs in every converge`;
}

function failed({ error = 'failed', ignoreFailure }: ResourceRecord, address: string): Judged {
  const message = maskSensitiveText(error);
  return ignoreFailure
    ? { notice: { kind: 'ignored_error', message, address } }
    : { failure: { phase: 'observe', reason: 'task_failed', message, address } };
}

function corrected({ action }: ResourceRecord, address: string, time = 'unknown time'): Judged {
  return {
    notice: { kind: 'outside_change', message: `${action} by the run of ${time}: it was not as declared`, address },
  };
}

/** A run that failed has looked at nothing after the resource it failed at. */
function endOfRun({ run, host }: Run, failures: readonly Failure[]): Failure[] {
  if (run.status !== 'failure') return [];
  const [first] = failures;
  const { class: kind = 'error', message = 'the run failed', phase } = run.error ?? {};
  const said = maskSensitiveText(message);
  return [
    first === undefined
      ? {
          phase: 'observe',
          reason: errorReason(`${kind}: ${said}`, phase === 'compile' ? 'invalid' : 'exit_code'),
          message: `${host}: ${kind}: ${said}`,
          address: host,
        }
      : {
          phase: 'observe',
          reason: 'dependency',
          message: `${host}: the run ended at ${first.address ?? host}`,
          address: host,
        },
  ];
}

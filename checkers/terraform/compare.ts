import type { Comparison, Failure, Notice } from '../../src/checker.ts';
import { failureOfDiagnostic, messageOf } from './failures.ts';
import { judgeResources } from './judge-resources.ts';
import type { TerraformObservation } from './observe.ts';
import type { TerraformOptions } from './options.ts';
import { outputNotices } from './output-notices.ts';
import type { Plan } from './plan.ts';
import type { Diagnostic } from './read-events.ts';

/** What one plan comes to. The exit code is not asked: it says 2 when only an output changed. */
export function compareTerraform(observation: TerraformObservation, options: TerraformOptions): Comparison {
  const { plan } = observation;
  const failures = failuresOf(observation, options);
  const warnings = warningNotices(observation);
  if (plan === undefined) {
    return {
      resources: failures.length > 0 ? 0 : observation.events.refreshed,
      drift: [],
      failures,
      notices: warnings,
    };
  }
  const judged = judgeResources(plan, options.outside_changes);
  return {
    resources: plan.managed,
    drift: judged.drift,
    failures: [...failures, ...judged.failures],
    notices: [...judged.notices, ...deferredNotices(plan), ...outputNotices(plan), ...warnings],
  };
}

function failuresOf({ exitCode, events, plan }: TerraformObservation, options: TerraformOptions): Failure[] {
  const failures = events.diagnostics.filter(({ severity }) => severity === 'error').map(failureOfDiagnostic);
  if (failures.length > 0) return failures;
  const fail = (reason: Failure['reason'], message: string): Failure[] => [{ phase: 'observe', reason, message }];
  if (plan?.errored === true) return fail('exit_code', 'the plan is errored, and no diagnostic says why');
  if (![0, 2].includes(exitCode))
    return fail('exit_code', `plan: exit code ${exitCode} without an error in its output`);
  if (!events.summarised) return fail('bad_output', 'plan: its events end before the summary');
  if (exitCode === 2 && plan === undefined) return fail('bad_output', 'plan: exit code 2 and no plan file to show');
  if (plan?.complete === false && options.targets.length === 0)
    return fail('dependency', 'the plan is incomplete: Terraform put off part of the configuration');
  return [];
}

function warningNotices({ events }: TerraformObservation): Notice[] {
  return events.diagnostics.filter(({ severity }) => severity === 'warning').map(warningNotice);
}

function warningNotice(diagnostic: Diagnostic): Notice {
  const isCheck = /^Check block assertion (failed|known after apply)/.test(diagnostic.summary);
  return { kind: isCheck ? 'check_failed' : 'warning', message: messageOf(diagnostic), ...addressOf(diagnostic) };
}

function addressOf({ address, context }: { address?: string; context?: string }): { address?: string } {
  const check = /^check "(.+)"$/.exec(context ?? '')?.[1];
  if (check !== undefined) return { address: `check.${check}` };
  return address === undefined ? {} : { address };
}

function deferredNotices({ deferred }: Plan): Notice[] {
  return deferred.map(({ address, reason }) => ({
    kind: 'deferred',
    address,
    message: `not planned yet: ${reason.replaceAll('_', ' ')}`,
  }));
}

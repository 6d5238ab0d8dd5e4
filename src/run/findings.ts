import type { Comparison } from '../checker.ts';
import type { CheckConfig } from '../config/config.ts';
import { statusOf, type Failure, type ResourceDrift } from '../drift.ts';
import type { Redactor } from '../redact/redactor.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import type { RunResult } from './result.ts';

type Found = Pick<
  RunResult,
  'status' | 'resources' | 'drift' | 'suppressed' | 'ruleMatches' | 'failures' | 'notices' | 'notCompared'
>;

/** Adds up the pieces of a run, masked and after ignore rules. */
export function createFindings(given: {
  check: CheckConfig;
  redactor: Redactor;
  rules: IgnoreRules;
  startedAt: Date;
}): {
  readonly fail: (failure: Failure) => void;
  readonly add: (comparison: Comparison) => void;
  readonly result: () => Found;
} {
  const { check, redactor, rules, startedAt } = given;
  let resources = 0;
  const drift: ResourceDrift[] = [];
  const suppressed: RunResult['suppressed'][number][] = [];
  const ruleMatches: Record<string, number> = {};
  const failures: Failure[] = [];
  const notices: RunResult['notices'][number][] = [];
  const notCompared: RunResult['notCompared'][number][] = [];
  const seen = new Map<string, number>();
  const fail = (failure: Failure): void => {
    failures.push(redactor.failure(failure));
  };
  const addDrift = (raw: ResourceDrift): void => {
    const masked = unique(redactor.drift(raw), seen);
    const verdict = rules.apply({ check: check.name, checker: check.checker, drift: masked, now: startedAt });
    for (const rule of verdict.rules) ruleMatches[rule] = (ruleMatches[rule] ?? 0) + 1;
    if (verdict.drift !== undefined) drift.push(verdict.drift);
    if (verdict.suppressed !== undefined) suppressed.push(verdict.suppressed);
  };
  return {
    fail,
    add: (comparison) => {
      resources += comparison.resources;
      for (const item of comparison.drift) addDrift(item);
      for (const failure of comparison.failures ?? []) fail(failure);
      for (const notice of comparison.notices ?? []) notices.push(redactor.notice(notice));
      for (const entry of comparison.notCompared ?? []) notCompared.push(redactor.notCompared(entry));
    },
    result: () => ({
      status: statusOf({ drift, failures }),
      resources,
      drift,
      suppressed,
      ruleMatches,
      failures,
      notices,
      notCompared,
    }),
  };
}

/** Addresses identify a resource in the store and in metrics: a second one of the same name is told apart. */
function unique(drift: ResourceDrift, seen: Map<string, number>): ResourceDrift {
  const times = (seen.get(drift.address) ?? 0) + 1;
  seen.set(drift.address, times);
  return times === 1 ? drift : { ...drift, address: `${drift.address} (${times})` };
}

/** Results as the engine would hand them to the store. */
import { randomUUID } from 'node:crypto';
import type { ResourceDrift } from '../../src/drift.ts';
import type { RunResult } from '../../src/run/result.ts';
import { initialState, nextState, type CheckState } from '../../src/run/state.ts';

export const MINUTE = 60_000;
const START = Date.parse('2026-11-01T00:00:00.000Z');

/** An instant so many minutes after a fixed one. */
export function minute(count: number): string {
  return new Date(START + count * MINUTE).toISOString();
}

/** A result that is in sync unless it is told otherwise. */
export function result(change: Partial<RunResult> = {}): RunResult {
  return {
    id: randomUUID(),
    check: 'web',
    checker: 'terraform',
    status: 'in_sync',
    startedAt: minute(0),
    durationSeconds: 1.5,
    resources: 10,
    drift: [],
    suppressed: [],
    ruleMatches: {},
    failures: [],
    notices: [],
    notCompared: [],
    redactions: 0,
    ...change,
  };
}

/** A result with these drifted resources. */
export function drifted(drift: readonly ResourceDrift[], change: Partial<RunResult> = {}): RunResult {
  return result({ status: 'drifted', drift, resources: drift.length, ...change });
}

/** A result that failed; blind unless resources or drift are given. */
export function failed(change: Partial<RunResult> = {}): RunResult {
  const failures = [{ phase: 'observe', reason: 'timeout', message: 'no answer after 10 s' }] as const;
  return result({ status: 'error', resources: 0, failures, ...change });
}

/** A drifted resource of about 1 KB. */
export function resource(address: string, live: string = 'live'): ResourceDrift {
  const changes = Array.from({ length: 8 }, (_, index) => ({
    op: 'replace' as const,
    path: `/spec/field_${index}`,
    live: { kind: 'known' as const, value: `${live} ${index}` },
    desired: { kind: 'known' as const, value: `desired ${index}` },
  }));
  return { address, type: 'aws_subnet', scope: 'module.net', action: 'update', cause: 'out_of_band', changes };
}

/** What the engine knows after these runs. */
export function stateAfter(results: readonly RunResult[], confirmations = 1): CheckState {
  const check = results[0]?.check ?? 'web';
  return results.reduce((state, next) => nextState(state, next, confirmations), initialState(check));
}

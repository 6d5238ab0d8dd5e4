import { LONGEST_GAP } from '../../src/schedule/longest-gap.ts';
import type { Variable } from './dashboard.ts';

const FILTERS = ['environment', 'cluster', 'team', 'checker', 'check'] as const;
const LABELS: Readonly<Record<string, string>> = {
  environment: 'Environment',
  cluster: 'Cluster',
  team: 'Team',
  checker: 'Checker',
  check: 'Check',
};

/** Each narrows the ones after it. */
export function filterVariables(many: (name: string) => boolean): readonly Variable[] {
  return FILTERS.map((name, at) => {
    const before = FILTERS.slice(0, at).map((other) => `${other}=~"$${other}"`);
    return {
      name,
      label: LABELS[name] ?? name,
      query: `label_values(drift_check_info{${before.join(',')}}, ${name})`,
      many: many(name),
    };
  });
}

const MATCHERS = FILTERS.map((name) => `${name}=~"$${name}"`).join(',');

/** The checks that the variables select; one series a check, so that nothing collides with several exporters. */
export const SELECTED: string = `max by (job, instance, check, ${FILTERS.slice(0, -1).join(', ')}) (drift_check_info{${MATCHERS}})`;

/** Of the selected checks only. */
export function of(expr: string): string {
  return `(${expr}) and on (job, instance, check) ${SELECTED}`;
}

/** Of the selected checks, with their labels. */
export function labelled(expr: string): string {
  return `(${expr}) * on (job, instance, check) group_left (${FILTERS.slice(0, -1).join(', ')}) ${SELECTED}`;
}

/** As the alert DriftCheckStale has it. */
export const STALE: string = `(time() - drift_check_last_run_timestamp_seconds) > ${LONGEST_GAP.intervals} * drift_check_interval_seconds + ${LONGEST_GAP.timeouts} * drift_check_timeout_seconds`;

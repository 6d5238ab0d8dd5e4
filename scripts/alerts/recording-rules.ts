import type { RecordingRule } from './rule.ts';

/**
 * What each check said last. It stands while its exporter does not answer (a missed scrape, a restart), so that no alert
 * resolves or starts anew because of that; it goes at once when an exporter that answers no longer says it.
 */
export const LATEST: readonly RecordingRule[] = [
  {
    record: 'drift:exporter_info:latest',
    expr: held('drift:exporter_info:latest', 'max by (job, instance) (drift_exporter_build_info)'),
  },
  {
    record: 'drift:check_info:latest',
    expr: held('drift:check_info:latest', 'max without (pod, container, endpoint) (drift_check_info)'),
  },
  {
    record: 'drift:check_status:latest',
    expr: held('drift:check_status:latest', 'max by (job, instance, check, status) (drift_check_status == 1)'),
  },
  {
    record: 'drift:check_drifted_since_timestamp_seconds:latest',
    expr: held(
      'drift:check_drifted_since_timestamp_seconds:latest',
      'min by (job, instance, check) (drift_check_drifted_since_timestamp_seconds)',
    ),
  },
  {
    record: 'drift:check_drifted_resources:latest',
    expr: whileDrifted(
      'drift:check_drifted_resources:latest',
      'max by (job, instance, check, action, cause) (drift_check_drifted_resources > 0)',
    ),
  },
  {
    record: 'drift:check_resources_changed_by_human:latest',
    expr: whileDrifted(
      'drift:check_resources_changed_by_human:latest',
      'count by (job, instance, check) (drift_resource_changed_fields{actor_class="human"})',
    ),
  },
  {
    // All drift but that of checks where nothing but unapplied changes is known.
    record: 'drift:check_live_drift_since_timestamp_seconds:latest',
    expr: `drift:check_drifted_since_timestamp_seconds:latest
unless on (job, instance, check) (
  drift:check_drifted_resources:latest{cause="unapplied"}
  unless on (job, instance, check) drift:check_drifted_resources:latest{cause!="unapplied"}
)`,
  },
];

const DRIFTED = `drift:check_info:latest
  and on (job, instance, check) drift:check_drifted_since_timestamp_seconds:latest`;
const UNKNOWN = `drift:check_info:latest
  and on (job, instance, check) drift:check_status:latest{status=~"error|unknown"}`;

/** For dashboards and reports. */
export const SUMMARIES: readonly RecordingRule[] = [
  ...(['cluster', 'team'] as const).flatMap((by) => [
    { record: `${by}:drift_checks_drifted:ratio`, expr: ratio(DRIFTED, by) },
    { record: `${by}:drift_checks_unknown:ratio`, expr: ratio(UNKNOWN, by) },
  ]),
  {
    record: 'team:drift_age_seconds:max',
    expr: `time() - min by (environment, team) (
  drift:check_info:latest
  * on (job, instance, check) group_left () drift:check_drifted_since_timestamp_seconds:latest
)`,
  },
];

const HISTORY_SECONDS = 300;

/** Few samples, for ranges of days. */
export const HISTORY: readonly RecordingRule[] = [
  { record: 'drift:check_drifted:latest', expr: `${DRIFTED}\nor\ndrift:check_info:latest * 0` },
];
export const HISTORY_INTERVAL: string = `${HISTORY_SECONDS}s`;

/** Time spent drifted, over how often that ended. */
export const RECONCILE: readonly RecordingRule[] = [
  {
    record: 'team:drift_reconcile_seconds:mean7d',
    expr: `sum by (environment, team) (sum_over_time(drift:check_drifted:latest[7d]) * ${HISTORY_SECONDS})
/
(sum by (environment, team) (resets(drift:check_drifted:latest[7d])) > 0)`,
  },
];

/** `now`; where the exporter does not answer, what was recorded before. */
function held(record: string, now: string): string {
  return `${now}
or
${record} and on (job, instance) up == 0`;
}

/** `now`; where the newest run could not see the drift that is still known of, what was recorded before. */
function whileDrifted(record: string, now: string): string {
  return `${now}
or
${record}
  unless on (job, instance, check) (drift_check_drifted_resources > 0)
  and on (job, instance, check) drift:check_drifted_since_timestamp_seconds:latest`;
}

function ratio(checks: string, by: string): string {
  return `(
  count by (environment, ${by}) (
    ${checks.replaceAll('\n', '\n  ')}
  )
  or 0 * count by (environment, ${by}) (drift:check_info:latest)
)
/
count by (environment, ${by}) (drift:check_info:latest)`;
}

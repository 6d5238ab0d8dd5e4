import { CHECK_LINK, CLUSTER_LINK, driftCounts, FAILURES, ofCheck, severityOfCheck, SINCE } from './annotations.ts';
import { LONGEST_GAP } from '../../src/schedule/longest-gap.ts';
import type { AlertingRule } from './rule.ts';

type Texts = Pick<AlertingRule, 'alert' | 'expr'> & {
  readonly for?: string;
  /** Where the check has no severity label. */
  readonly severity: string;
  readonly summary: string;
};

/** About drift. */
export const DRIFT_ALERTS: readonly AlertingRule[] = [
  ofOneCheck({
    alert: 'DriftDetected',
    expr: 'drift:check_live_drift_since_timestamp_seconds:latest',
    severity: 'warning',
    summary: `{{ $labels.check }} drifted: ${driftCounts()}, since {{ $value | humanizeTimestamp }}.`,
  }),
  ofOneCheck({
    alert: 'DriftPersisting',
    expr: '(time() - drift:check_drifted_since_timestamp_seconds:latest) > 86400',
    severity: 'warning',
    summary: `{{ $labels.check }} has been drifted for over a day, since ${SINCE}: ${driftCounts()}.`,
  }),
  ofOneCheck({
    alert: 'DriftDestructive',
    expr: 'sum by (job, instance, check) (drift:check_drifted_resources:latest{action=~"replace|delete"})',
    severity: 'critical',
    summary: `Applying {{ $labels.check }} would destroy resources: ${driftCounts(',action=~"replace|delete"')}, drifted since ${SINCE}.`,
  }),
  ofOneCheck({
    alert: 'DriftByHuman',
    expr: 'drift:check_resources_changed_by_human:latest',
    severity: 'warning',
    summary: `Live resources of {{ $labels.check }} that a person changed: {{ $value }}; drifted since ${SINCE}.`,
  }),
  {
    alert: 'DriftMass',
    expr: `(
  count by (environment, cluster) (
    drift:check_info:latest and on (job, instance, check) drift:check_live_drift_since_timestamp_seconds:latest
  )
  / count by (environment, cluster) (drift:check_info:latest)
) >= 0.2
and
count by (environment, cluster) (
  drift:check_info:latest and on (job, instance, check) drift:check_live_drift_since_timestamp_seconds:latest
) >= 3`,
    labels: { severity: 'critical' },
    annotations: {
      summary:
        '{{ $value | humanizePercentage }} of the checks of {{ with $labels.cluster }}cluster {{ . }}{{ else }}no cluster{{ end }}{{ with $labels.environment }} in {{ . }}{{ end }} are drifted at once.',
      link: CLUSTER_LINK,
    },
  },
  ofOneCheck({
    alert: 'UnappliedChange',
    expr: 'sum by (job, instance, check) (drift:check_drifted_resources:latest{cause="unapplied"})',
    for: '1h',
    severity: 'info',
    summary: `{{ $labels.check }} has changes in git that nobody deployed: ${driftCounts(',cause="unapplied"')}, since ${SINCE}.`,
  }),
];

const LONGEST = `${LONGEST_GAP.intervals} * last_over_time(drift_check_interval_seconds[10m])
      + ${LONGEST_GAP.timeouts} * last_over_time(drift_check_timeout_seconds[10m])`;

/** About checks that cannot tell. */
export const CHECK_ALERTS: readonly AlertingRule[] = [
  ofOneCheck({
    alert: 'DriftCheckFailing',
    expr: 'drift:check_status:latest{status="error"}',
    aggregate: true,
    for: '30m',
    severity: 'warning',
    summary: `{{ $labels.check }} cannot tell whether it is in sync: ${FAILURES}.`,
  }),
  ofOneCheck({
    alert: 'DriftTargetUnreachable',
    expr: `sum by (job, instance, check) (last_over_time(drift_check_failures{reason="unreachable"}[10m]))
  and on (job, instance, check) drift:check_status:latest{status="error"}`,
    for: '15m',
    severity: 'warning',
    summary: `{{ $labels.check }} cannot reach what it checks ({{ $value }} times in its last run): ${FAILURES}.`,
  }),
  ofOneCheck({
    alert: 'DriftCheckStale',
    expr: `max by (job, instance, check) (
    (time() - last_over_time(drift_check_last_run_timestamp_seconds[10m])) > (
      ${LONGEST}
    )
    and on (job, instance, check) (
      ${LONGEST}
    ) < on (job, instance) group_left () (
      time() - max by (job, instance) (last_over_time(process_start_time_seconds[10m]))
    )
  )`,
    for: '5m',
    severity: 'warning',
    summary: `{{ $labels.check }} ran last {{ $value | humanizeDuration }} ago, and should run every ${ofCheck('drift_check_interval_seconds', 'humanizeDuration')}.`,
  }),
  ofOneCheck({
    alert: 'DriftCheckNeverConclusive',
    expr: `max by (job, instance, check) (drift_check_info)
  unless on (job, instance, check) drift_check_last_conclusive_run_timestamp_seconds
  unless on (job, instance, check) (
    drift_check_running == 1 unless on (job, instance, check) drift_check_last_run_timestamp_seconds
  )`,
    for: '1h',
    severity: 'warning',
    summary: `No run of {{ $labels.check }} has ever ended without a failure: ${FAILURES}.`,
  }),
  ofOneCheck({
    alert: 'DriftCoverageLow',
    expr: `max by (job, instance, check) (
    last_over_time(drift_check_not_compared_resources[10m])
    / (last_over_time(drift_check_resources[10m]) + last_over_time(drift_check_not_compared_resources[10m])) > 0.2
  )
  or max by (job, instance, check) (
    (last_over_time(drift_check_resources[10m]) == bool 0) > 0
    and on (job, instance, check) drift:check_status:latest{status="in_sync"}
  )`,
    for: '1h',
    severity: 'info',
    summary:
      '{{ $labels.check }} compares only a part of what it is for: {{ $value | humanizePercentage }} of its resources were not compared.',
  }),
  ofOneCheck({
    alert: 'DriftFlapping',
    expr: 'max by (job, instance, check) (changes(drift_check_status_changes_total[6h])) >= 6',
    severity: 'info',
    summary: 'The status of {{ $labels.check }} changed {{ $value }} times in six hours.',
  }),
];

/** All labels of the check come along, whichever are configured; one-to-many, so two exporters never collide. */
function ofOneCheck(rule: Texts & { readonly aggregate?: boolean }): AlertingRule {
  const { alert, severity, summary } = rule;
  const expr = rule.aggregate === true ? `max by (job, instance, check) (${rule.expr})` : rule.expr;
  return {
    alert,
    expr: `drift:check_info:latest\n* on (job, instance, check) group_left () (\n  ${expr}\n)`,
    ...(rule.for !== undefined && { for: rule.for }),
    labels: { severity: severityOfCheck(severity) },
    annotations: { summary, link: CHECK_LINK },
  };
}

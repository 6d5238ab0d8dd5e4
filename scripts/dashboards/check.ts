import type { Dashboard } from './dashboard.ts';
import { above, column, COLOURS, lines, type Panel, row, stacked, stat, STATUS_COLOURS, table } from './panel.ts';
import { filterVariables, labelled, of } from './queries.ts';

const ago = (title: string, metric: string, more: Partial<Panel> = {}): Panel =>
  stat(title, `max(${of(`${metric} * 1000`)})`, { unit: 'dateTimeFromNow', noValue: 'never', ...more });

const STATUS_NUMBERS = { in_sync: 1, drifted: 2, error: 3, unknown: 4 } as const;
const STATUS_MAPPING = {
  type: 'value',
  options: Object.fromEntries(
    Object.entries(STATUS_NUMBERS).map(([status, number]) => [
      String(number),
      { text: status, color: COLOURS[status as keyof typeof COLOURS], index: number },
    ]),
  ),
};

/** The status as a number, for a timeline. */
const STATUS = Object.entries(STATUS_NUMBERS)
  .map(([status, number]) => `${number} * (drift_check_status{status="${status}"} == 1)`)
  .join('\n  or ');
/** The status says which one it is. */
const STATUS_OF_CHECK = `max by (job, instance, check) (${of(STATUS)})`;

export const check: Dashboard = {
  uid: 'drift-exporter-check',
  title: 'Drift / Check',
  description: 'One check: its history, what is drifted, how long it takes and why it fails.',
  from: 'now-7d',
  variables: filterVariables((name) => name !== 'check'),
  panels: [
    stat('Status', STATUS_OF_CHECK, { mappings: [STATUS_MAPPING] }),
    ago('Drifted since', 'drift_check_drifted_since_timestamp_seconds', {
      noValue: 'not drifted',
      thresholds: above(1, COLOURS.drifted),
    }),
    ago('Last run', 'drift_check_last_run_timestamp_seconds'),
    ago('Last run without a failure', 'drift_check_last_conclusive_run_timestamp_seconds'),
    ago('Next run', 'drift_check_next_run_timestamp_seconds', { noValue: 'none' }),
    ago('Commit compared with', 'drift_check_source_commit_timestamp_seconds', { noValue: 'no source' }),

    row('Now'),
    table(
      'Drifted resources',
      [labelled('drift_resource_changed_fields'), labelled('drift_resource_drifted_since_timestamp_seconds * 1000')],
      {
        address: 'Resource',
        type: 'Type',
        scope: 'Scope',
        action: 'Action',
        cause: 'Cause',
        actor_class: 'Who',
        'Value #A': 'Fields',
        'Value #B': 'Since',
      },
      { width: 16, overrides: [column('Since', { unit: 'dateTimeFromNow' })] },
    ),
    table(
      'Failures of the last run',
      [labelled('drift_check_failures')],
      { phase: 'Phase', reason: 'Reason', Value: 'Times' },
      { width: 8 },
    ),
    stat('Compared', `sum(${of('drift_check_resources')})`),
    stat('Not compared', `sum(${of('drift_check_not_compared_resources')})`, { thresholds: above(1, COLOURS.unknown) }),
    stat('Not confirmed yet', `sum(${of('drift_check_unconfirmed_resources')})`),
    stat('Suppressed', `sum(${of('drift_check_suppressed_resources')})`),
    stat('Without a series', `sum(${of('drift_resource_series_truncated')})`, {
      description: 'Drifted resources over resource_series_per_check: on the page, and not in the table above.',
      thresholds: above(1, COLOURS.unknown),
    }),
    stat('Exit code', `max(${of('drift_check_exit_code')})`, { noValue: 'none' }),

    row('History'),
    {
      type: 'state-timeline',
      title: 'Status',
      width: 24,
      height: 5,
      targets: [{ expr: STATUS_OF_CHECK, legend: '{{check}}' }],
      mappings: [STATUS_MAPPING],
      options: {
        mergeValues: true,
        showValue: 'never',
        legend: { showLegend: true, displayMode: 'list', placement: 'bottom' },
      },
    },
    stacked('Drifted resources', [
      {
        expr: `sum by (action, cause) (${of('drift_check_drifted_resources')}) > 0`,
        legend: '{{action}} {{cause}}',
      },
    ]),
    stacked('Failures', [
      { expr: `sum by (phase, reason) (${of('drift_check_failures')})`, legend: '{{phase}}: {{reason}}' },
    ]),
    lines(
      'Duration of runs',
      [
        { expr: `max by (check) (${of('drift_check_last_run_duration_seconds')})`, legend: 'last run' },
        { expr: `max by (check) (${of('drift_check_timeout_seconds')})`, legend: 'timeout' },
        { expr: `max by (check) (${of('drift_check_interval_seconds')})`, legend: 'interval' },
      ],
      { unit: 's' },
    ),
    stacked(
      'Runs by what they found',
      [
        {
          expr: `sum by (status) (increase(drift_check_runs_total{check=~"$check"}[$__rate_interval]))`,
          legend: '{{status}}',
        },
      ],
      { overrides: STATUS_COLOURS },
    ),
    lines('Changes of the status', [
      { expr: `sum by (check) (${of('changes(drift_check_status_changes_total[1h])')})`, legend: 'in an hour' },
    ]),
    lines(
      'Age of the commit compared with',
      [
        {
          expr: `time() - max by (check) (${of('drift_check_source_commit_timestamp_seconds')})`,
          legend: '{{check}}',
        },
      ],
      { unit: 'dtdurations' },
    ),
    lines('Notices of the last run', [{ expr: `sum by (kind) (${of('drift_check_notices')})`, legend: '{{kind}}' }]),
    lines('Running', [{ expr: `max by (check) (${of('drift_check_running')})`, legend: '{{check}}' }]),
  ],
};

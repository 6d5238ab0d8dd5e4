import type { Dashboard } from './dashboard.ts';
import { above, column, COLOURS, lines, matrix, row, stacked, stat, STATUS_COLOURS, table } from './panel.ts';
import { filterVariables, labelled, of, SELECTED, STALE } from './queries.ts';

const SINCE = 'drift_check_drifted_since_timestamp_seconds';
const CANNOT_TELL = 'drift_check_status{status=~"error|unknown"}';
const TEAMS = 'environment=~"$environment",team=~"$team"';
const CLUSTERS = 'environment=~"$environment",cluster=~"$cluster"';
const FROM_NOW = { unit: 'dateTimeFromNow' };
const CHECK_LINK = {
  links: [
    {
      title: 'This check',
      url: '/d/drift-exporter-check?var-datasource=${datasource}&var-check=${__value.text}',
    },
  ],
};

export const fleet: Dashboard = {
  uid: 'drift-exporter-fleet',
  title: 'Drift / Fleet',
  description: 'What is drifted now, since when, and what cannot be told.',
  from: 'now-7d',
  variables: filterVariables(() => true),
  panels: [
    stat('Checks', `count(${SELECTED})`),
    stat('In sync', `sum(${of('drift_check_status{status="in_sync"}')})`, { thresholds: above(1, COLOURS.in_sync) }),
    stat('Drifted', `count(${of(SINCE)}) or vector(0)`, {
      description: 'Also those that failed since: their drift is still known of.',
      thresholds: above(1, COLOURS.drifted),
    }),
    stat('Cannot tell', `sum(${of(CANNOT_TELL)})`, {
      description: 'The newest run failed, or there was none yet.',
      thresholds: above(1, COLOURS.error),
    }),
    stat('Stale', `count(${of(STALE)}) or vector(0)`, {
      description: 'Ran last over twice the interval and twice the timeout ago.',
      thresholds: above(1, COLOURS.error),
    }),
    stat('Oldest drift', `time() - min(${of(SINCE)})`, { unit: 'dtdurations', decimals: 0, noValue: 'none' }),

    row('Now'),
    table(
      'Drifted',
      [
        labelled(`${SINCE} * 1000`),
        labelled(
          `sum by (job, instance, check) (drift_check_drifted_resources) and on (job, instance, check) ${SINCE}`,
        ),
      ],
      {
        check: 'Check',
        checker: 'Checker',
        environment: 'Environment',
        cluster: 'Cluster',
        team: 'Team',
        'Value #A': 'Since',
        'Value #B': 'Resources',
      },
      {
        overrides: [column('Since', FROM_NOW), column('Check', CHECK_LINK)],
        options: { cellHeight: 'sm', showHeader: true, sortBy: [{ displayName: 'Since', desc: false }] },
      },
    ),
    table(
      'Cannot tell',
      [
        labelled(`sum by (job, instance, check, phase, reason) (drift_check_failures)
  or label_replace(drift_check_status{status="unknown"} == 1, "reason", "no run yet", "", "")`),
      ],
      {
        check: 'Check',
        checker: 'Checker',
        environment: 'Environment',
        cluster: 'Cluster',
        team: 'Team',
        phase: 'Phase',
        reason: 'Reason',
        Value: 'Times',
      },
      { overrides: [column('Check', CHECK_LINK)] },
    ),
    table(
      'The same drift on several checks',
      ['max by (fingerprint, type) (drift_fingerprint_checks)'],
      { fingerprint: 'Fingerprint', type: 'Type', Value: 'Checks' },
      { options: { cellHeight: 'sm', showHeader: true, sortBy: [{ displayName: 'Checks', desc: true }] } },
    ),
    table('Parity between environments', [labelled('drift_check_parity_ratio')], {
      check: 'Check',
      environment: 'Environment',
      team: 'Team',
      Value: 'Share that is the same',
    }),
    matrix('By layer', `sum by (checker, status) (${labelled('drift_check_status')})`, {
      row: 'checker',
      column: 'status',
    }),
    matrix('By team', `sum by (team, status) (${labelled('drift_check_status')})`, { row: 'team', column: 'status' }),

    row('Trend'),
    stacked('Checks by status', [{ expr: `sum by (status) (${of('drift_check_status')})`, legend: '{{status}}' }], {
      overrides: STATUS_COLOURS,
      decimals: 0,
    }),
    stacked('Failures by reason', [{ expr: `sum by (reason) (${of('drift_check_failures')})`, legend: '{{reason}}' }]),
    stacked('Drifted resources by action', [
      { expr: `sum by (action) (${of('drift_check_drifted_resources')})`, legend: '{{action}}' },
    ]),
    stacked('Drifted resources by cause', [
      { expr: `sum by (cause) (${of('drift_check_drifted_resources')})`, legend: '{{cause}}' },
    ]),
    stacked('Drifted resources by who', [
      { expr: `count by (actor_class) (${of('drift_resource_changed_fields')})`, legend: '{{actor_class}}' },
    ]),
    lines('Different drifts', [{ expr: 'sum(drift_fingerprints)', legend: 'fingerprints' }]),
    lines('Not counted as drift', [
      { expr: `sum(${of('drift_check_unconfirmed_resources')})`, legend: 'not confirmed yet' },
      { expr: `sum(${of('drift_check_suppressed_resources')})`, legend: 'suppressed by ignore rules' },
      { expr: `sum(${of('drift_check_not_compared_resources')})`, legend: 'not compared' },
    ]),

    row('By team and cluster (from the recording rules)'),
    lines(
      'Oldest drift by team',
      [{ expr: `team:drift_age_seconds:max{${TEAMS}}`, legend: '{{environment}} {{team}}' }],
      {
        unit: 'dtdurations',
      },
    ),
    lines(
      'Mean time to reconcile, 7 days',
      [{ expr: `team:drift_reconcile_seconds:mean7d{${TEAMS}}`, legend: '{{environment}} {{team}}' }],
      { unit: 'dtdurations' },
    ),
    lines(
      'Share of checks drifted or unknown, by cluster',
      [
        { expr: `cluster:drift_checks_drifted:ratio{${CLUSTERS}}`, legend: 'drifted {{environment}} {{cluster}}' },
        { expr: `cluster:drift_checks_unknown:ratio{${CLUSTERS}}`, legend: 'unknown {{environment}} {{cluster}}' },
      ],
      { unit: 'percentunit' },
    ),
    lines(
      'Share of checks drifted or unknown, by team',
      [
        { expr: `team:drift_checks_drifted:ratio{${TEAMS}}`, legend: 'drifted {{environment}} {{team}}' },
        { expr: `team:drift_checks_unknown:ratio{${TEAMS}}`, legend: 'unknown {{environment}} {{team}}' },
      ],
      { unit: 'percentunit' },
    ),
  ],
};

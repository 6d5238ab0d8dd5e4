import type { Dashboard } from './dashboard.ts';
import { column, COLOURS, lines, row, stacked, stat, STATUS_COLOURS, table } from './panel.ts';

const OWN = 'instance=~"$instance"';
const ON_EXPORTER = 'on (job, instance) drift_exporter_build_info';
const FAILED = [
  { color: COLOURS.error, from: null },
  { color: COLOURS.in_sync, from: 1 },
];
const YES_NO = [{ type: 'value', options: { '0': { text: 'no' }, '1': { text: 'yes' } } }];
const FROM_NOW = { unit: 'dateTimeFromNow' };

export const exporter: Dashboard = {
  uid: 'drift-exporter-exporter',
  title: 'Drift / Exporter',
  description: 'Runs, queue, sources, ignore rules and the process itself.',
  from: 'now-24h',
  variables: [
    { name: 'instance', label: 'Instance', query: 'label_values(drift_exporter_build_info, instance)', many: true },
  ],
  panels: [
    stat('Answers', `min(up{${OWN}} and on (job, instance) drift:exporter_info:latest)`, {
      thresholds: FAILED,
      mappings: YES_NO,
    }),
    stat('Configuration loaded', `min(drift_exporter_config_last_reload_successful{${OWN}})`, {
      thresholds: FAILED,
      mappings: YES_NO,
    }),
    stat('Store works', `min(drift_exporter_store_up{${OWN}})`, { thresholds: FAILED, mappings: YES_NO }),
    stat('Waiting runs', `sum(drift_exporter_queue_length{${OWN}})`),
    stat('Running', `sum(drift_exporter_workers_busy{${OWN}})`),
    stat('Up since', `min(process_start_time_seconds{${OWN}} and ${ON_EXPORTER}) * 1000`, FROM_NOW),

    row('Runs'),
    stacked(
      'Runs by what they found',
      [
        {
          expr: `sum by (status) (rate(drift_check_runs_total{${OWN}}[$__rate_interval]))`,
          legend: '{{status}}',
        },
      ],
      { unit: 'ops', overrides: STATUS_COLOURS },
    ),
    lines(
      'Duration of runs (95 %)',
      [
        {
          expr: `histogram_quantile(0.95, sum by (checker, le) (rate(drift_check_run_duration_seconds_bucket{${OWN}}[$__rate_interval])))`,
          legend: '{{checker}}',
        },
      ],
      { unit: 's' },
    ),
    lines('Queue and workers', [
      { expr: `sum by (instance) (drift_exporter_queue_length{${OWN}})`, legend: 'waiting {{instance}}' },
      { expr: `sum by (instance) (drift_exporter_workers_busy{${OWN}})`, legend: 'running {{instance}}' },
    ]),
    lines('Workers kept busy, on average', [
      {
        expr: `sum by (checker) (rate(drift_check_run_duration_seconds_sum{${OWN}}[$__rate_interval]))`,
        legend: '{{checker}}',
      },
    ]),

    row('Process'),
    lines(
      'Memory',
      [
        { expr: `process_resident_memory_bytes{${OWN}} and ${ON_EXPORTER}`, legend: 'resident {{instance}}' },
        { expr: `nodejs_heap_size_used_bytes{${OWN}} and ${ON_EXPORTER}`, legend: 'heap {{instance}}' },
      ],
      { unit: 'bytes' },
    ),
    lines('CPU', [
      {
        expr: `rate(process_cpu_seconds_total{${OWN}}[$__rate_interval]) and ${ON_EXPORTER}`,
        legend: '{{instance}}',
      },
    ]),
    lines(
      'Event loop lag (99 %)',
      [{ expr: `nodejs_eventloop_lag_p99_seconds{${OWN}} and ${ON_EXPORTER}`, legend: '{{instance}}' }],
      { unit: 's' },
    ),
    lines(
      'Scrape',
      [
        { expr: `scrape_duration_seconds{${OWN}} and ${ON_EXPORTER}`, legend: 'seconds {{instance}}' },
        { expr: `scrape_samples_scraped{${OWN}} and ${ON_EXPORTER}`, legend: 'series {{instance}}' },
      ],
      {
        overrides: [
          {
            matcher: { id: 'byRegexp', options: '^seconds.*' },
            properties: [
              { id: 'unit', value: 's' },
              { id: 'custom.axisPlacement', value: 'right' },
            ],
          },
        ],
      },
    ),

    row('Sources, rules, store'),
    table(
      'Sources',
      [
        `drift_source_up{${OWN}}`,
        `drift_source_last_fetch_timestamp_seconds{${OWN}} * 1000`,
        `drift_source_commit_timestamp_seconds{${OWN}} * 1000`,
      ],
      {
        instance: 'Instance',
        source: 'Source',
        'Value #A': 'Works',
        'Value #B': 'Fetched',
        'Value #C': 'Newest commit',
      },
      {
        overrides: [
          column('Works', { mappings: YES_NO }),
          column('Fetched', FROM_NOW),
          column('Newest commit', FROM_NOW),
        ],
      },
    ),
    table(
      'Ignore rules',
      [`drift_ignore_rule_matches{${OWN}}`, `drift_ignore_rule_expiry_timestamp_seconds{${OWN}} * 1000`],
      { instance: 'Instance', rule: 'Rule', 'Value #A': 'Matches', 'Value #B': 'Ends' },
      { overrides: [column('Ends', FROM_NOW)] },
    ),
    lines('Writes to the store that failed', [
      { expr: `rate(drift_exporter_store_errors_total{${OWN}}[$__rate_interval])`, legend: '{{instance}}' },
    ]),
    lines('Values masked', [
      {
        expr: `sum by (checker) (increase(drift_exporter_redactions_total{${OWN}}[$__rate_interval]))`,
        legend: '{{checker}}',
      },
    ]),
    table(
      'Versions',
      [
        `drift_exporter_build_info{${OWN}}`,
        `drift_exporter_config_last_reload_success_timestamp_seconds{${OWN}} * 1000`,
        `drift_exporter_web_config_last_reload_success_timestamp_seconds{${OWN}} * 1000`,
      ],
      {
        instance: 'Instance',
        version: 'Version',
        'Value #B': 'Configuration of',
        'Value #C': 'Web configuration of',
      },
      { overrides: [column('Configuration of', FROM_NOW), column('Web configuration of', FROM_NOW)] },
    ),
    lines('Drifted resources without a series', [
      { expr: `sum by (check) (drift_resource_series_truncated{${OWN}})`, legend: '{{check}}' },
    ]),

    row('Discoveries and pools'),
    table(
      'Discoveries',
      [
        `drift_discovery_up{${OWN}}`,
        `drift_discovery_items{${OWN}}`,
        `drift_discovery_checks{${OWN}}`,
        `drift_discovery_dropped_items{${OWN}}`,
        `drift_discovery_last_success_timestamp_seconds{${OWN}} * 1000`,
      ],
      {
        instance: 'Instance',
        discovery: 'Discovery',
        'Value #A': 'Sees everything',
        'Value #B': 'Found',
        'Value #C': 'Checks',
        'Value #D': 'Left out',
        'Value #E': 'Last saw everything',
      },
      { overrides: [column('Sees everything', { mappings: YES_NO }), column('Last saw everything', FROM_NOW)] },
    ),
    table(
      'Pools of a fleet',
      [
        `max by (pool) (drift_pool_workers{${OWN}})`,
        `max by (pool) (drift_pool_running_runs{${OWN}})`,
        `max by (pool) (drift_pool_queued_runs{${OWN}})`,
      ],
      { pool: 'Pool', 'Value #A': 'Workers', 'Value #B': 'Running', 'Value #C': 'Waiting' },
    ),
  ],
};

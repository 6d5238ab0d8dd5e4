import { RESTARTED, UP, withGap, type RuleCase } from '../rule-case.ts';

const INFO = 'drift_check_info{check="net",checker="terraform",team="network"}';
const LABELS = { check: 'net', checker: 'terraform', team: 'network', severity: 'warning' };
const NOTICE = { ...LABELS, severity: 'info' };
const ERROR = 'drift_check_status{check="net",status="error"}';
const IN_SYNC = 'drift_check_status{check="net",status="in_sync"}';
const LOCKED = 'drift_check_failures{check="net",phase="observe",reason="locked"}';
const UNREACHABLE = 'drift_check_failures{check="net",phase="observe",reason="unreachable"}';
const LAST_RUN = 'drift_check_last_run_timestamp_seconds{check="net"}';
const CONCLUSIVE = 'drift_check_last_conclusive_run_timestamp_seconds{check="net"}';
const RUNNING = 'drift_check_running{check="net"}';
const INTERVAL = 'drift_check_interval_seconds{check="net"}';
const TIMEOUT = 'drift_check_timeout_seconds{check="net"}';
const RESOURCES = 'drift_check_resources{check="net"}';
const NOT_COMPARED = 'drift_check_not_compared_resources{check="net"}';
const CHANGES = 'drift_check_status_changes_total{check="net"}';

const failing = { labels: LABELS, summary: 'net cannot tell whether it is in sync: 1 locked (observe).' };
const unreachable = {
  labels: LABELS,
  summary: 'net cannot reach what it checks (3 times in its last run): 3 unreachable (observe).',
};
/** Every 15 minutes, at most 10 minutes long: stale after 50 minutes without a run. */
const TIMED = { [INFO]: '1x300', [INTERVAL]: '900x300', [TIMEOUT]: '600x300' };
const stale = (ago: string) => ({
  labels: LABELS,
  summary: `net ran last ${ago} ago, and should run every 15m 0s.`,
});
const never = { labels: LABELS, summary: 'No run of net has ever ended without a failure: 1 locked (observe).' };
const part = (share: string) => ({
  labels: NOTICE,
  summary: `net compares only a part of what it is for: ${share} of its resources were not compared.`,
});

export const CHECK_CASES: readonly RuleCase[] = [
  {
    alert: 'DriftCheckFailing',
    title: 'fires after half an hour without an answer, over a restart of the exporter',
    series: { ...RESTARTED, [INFO]: withGap('1'), [ERROR]: withGap('1'), [LOCKED]: withGap('1') },
    expect: { '29m': [], '30m': [failing], '60m': [failing] },
  },
  {
    alert: 'DriftCheckFailing',
    title: 'goes on while the exporter does not answer',
    series: { ...UP, up: '1x40 0x60', [INFO]: '1x40 stale', [ERROR]: '1x40 stale', [LOCKED]: '1x40 stale' },
    expect: {
      '40m': [failing],
      '45m': [failing],
      '80m': [{ ...failing, summary: failing.summary.replace('1 locked (observe)', 'see the page') }],
    },
  },
  {
    alert: 'DriftCheckFailing',
    title: 'does not fire for one failed run of a check that runs every quarter of an hour',
    series: { ...UP, [INFO]: '1x90', [ERROR]: '0x9 1x14 0x60', [LOCKED]: '_x10 1x14 stale' },
    expect: { '20m': [], '40m': [], '60m': [] },
  },
  {
    alert: 'DriftTargetUnreachable',
    title: 'fires after a quarter of an hour, with how often, over missed scrapes',
    series: { ...RESTARTED, [INFO]: withGap('1'), [ERROR]: withGap('1'), [UNREACHABLE]: withGap('3') },
    expect: { '14m': [], '15m': [unreachable], '22m': [unreachable], '40m': [unreachable] },
  },
  {
    alert: 'DriftTargetUnreachable',
    title: 'ends when the check can tell again',
    series: { ...UP, [INFO]: '1x90', [ERROR]: '1x30 0x60', [UNREACHABLE]: '3x30 stale' },
    expect: { '30m': [unreachable], '31m': [] },
  },
  {
    alert: 'DriftTargetUnreachable',
    title: 'does not fire for other reasons',
    series: { ...UP, [INFO]: '1x90', [ERROR]: '1x90', [LOCKED]: '3x90' },
    expect: { '60m': [] },
  },
  {
    alert: 'DriftCheckStale',
    title: 'fires when a check does not run any more',
    series: { ...UP, ...TIMED, [LAST_RUN]: '0x300' },
    expect: { '50m': [], '55m': [], '56m': [stale('56m 0s')], '200m': [stale('3h 20m 0s')] },
  },
  {
    alert: 'DriftCheckStale',
    title: 'goes on over a missed scrape',
    series: { ...UP, ...TIMED, [LAST_RUN]: '0x60 stale _x1 0x60' },
    expect: { '60m': [stale('1h 0m 0s')], '61m': [stale('1h 1m 0s')], '63m': [stale('1h 3m 0s')] },
  },
  {
    alert: 'DriftCheckStale',
    title: 'does not fire while runs take longer than their interval',
    // Every minute, but each run takes its whole timeout of 10 minutes: the age grows to 20 minutes, again and again.
    series: {
      ...UP,
      [INFO]: '1x90',
      [INTERVAL]: '60x90',
      [TIMEOUT]: '600x90',
      [LAST_RUN]: '0x19 600x9 1200x9 1800x9 2400x9 3000x9 3600x9',
    },
    expect: Object.fromEntries(['19m', '21m', '29m', '39m', '49m', '59m', '69m'].map((time) => [time, []])),
  },
  {
    alert: 'DriftCheckStale',
    title: 'does not fire because the exporter was down for long: its checks are given their time after the start',
    series: {
      ...UP,
      ...TIMED,
      process_start_time_seconds: '0x9 stale _x110 7200x200',
      [LAST_RUN]: '0x9 stale _x110 0x5 7200x200',
    },
    expect: { '15m': [], '100m': [], '121m': [], '126m': [], '150m': [] },
  },
  {
    alert: 'DriftCheckStale',
    title: 'fires when a check does not run after a restart either',
    series: {
      ...UP,
      ...TIMED,
      process_start_time_seconds: '0x9 stale _x110 7200x200',
      [LAST_RUN]: '0x9 stale _x110 0x200',
    },
    expect: { '170m': [], '180m': [stale('3h 0m 0s')] },
  },
  {
    alert: 'DriftCheckNeverConclusive',
    title: 'fires when an hour of runs gave no answer',
    series: { ...UP, [INFO]: '1x90', [LAST_RUN]: '0x90', [RUNNING]: '1x90', [LOCKED]: '1x90' },
    expect: { '59m': [], '60m': [never] },
  },
  {
    alert: 'DriftCheckNeverConclusive',
    title: 'fires when no run began at all',
    series: { ...UP, [INFO]: '1x90', [RUNNING]: '0x90' },
    expect: { '60m': [{ ...never, summary: never.summary.replace('1 locked (observe)', 'see the page') }] },
  },
  {
    alert: 'DriftCheckNeverConclusive',
    title: 'does not fire while the first run takes its time',
    series: { ...UP, [INFO]: '1x90', [RUNNING]: '1x90' },
    expect: { '60m': [], '90m': [] },
  },
  {
    alert: 'DriftCheckNeverConclusive',
    title: 'does not fire for a check that was conclusive once, nor while the exporter does not answer',
    series: {
      ...UP,
      up: '1x9 0x90',
      [INFO]: '1x9 stale',
      [CONCLUSIVE]: '0x9 stale',
      [LAST_RUN]: '0x9 stale',
      [RUNNING]: '0x9 stale',
    },
    expect: { '5m': [], '71m': [], '90m': [] },
  },
  {
    alert: 'DriftCoverageLow',
    title: 'fires when more than a fifth was not compared for an hour, over missed scrapes',
    series: { ...RESTARTED, [INFO]: withGap('1'), [RESOURCES]: withGap('3'), [NOT_COMPARED]: withGap('1') },
    expect: { '59m': [], '61m': [part('25%')] },
  },
  {
    alert: 'DriftCoverageLow',
    title: 'fires when a check is in sync because it compared nothing',
    series: { ...UP, [INFO]: '1x90', [RESOURCES]: '0x90', [NOT_COMPARED]: '0x90', [IN_SYNC]: '1x90' },
    expect: { '61m': [part('100%')] },
  },
  {
    alert: 'DriftCoverageLow',
    title: 'does not fire at a fifth, nor when a failing check compared nothing',
    series: {
      ...UP,
      [INFO]: '1x90',
      [RESOURCES]: '4x90',
      [NOT_COMPARED]: '1x90',
      'drift_check_info{check="blind",checker="command"}': '1x90',
      'drift_check_resources{check="blind"}': '0x90',
      'drift_check_status{check="blind",status="error"}': '1x90',
    },
    expect: { '61m': [], '90m': [] },
  },
  {
    alert: 'DriftFlapping',
    title: 'fires at six changes of the status in six hours, and ends when they stop',
    step: '15m',
    series: { ...UP, [INFO]: '1x100', [CHANGES]: '0x8 1+1x5 6x60' },
    expect: {
      '3h15m': [],
      '3h30m': [{ labels: NOTICE, summary: 'The status of net changed 6 times in six hours.' }],
      '9h': [],
    },
  },
  {
    alert: 'DriftFlapping',
    title: 'does not fire below, nor because of a restart or a lost store',
    step: '15m',
    series: { ...UP, [INFO]: '1x100', up: '1x20 0x1 1x60', [CHANGES]: '40x4 41+1x3 stale _x1 0x60' },
    expect: Object.fromEntries(['2h', '3h', '4h', '5h', '8h'].map((time) => [time, []])),
  },
];

import { RESTARTED, UP, withGap, type RuleCase } from '../rule-case.ts';

const INFO = 'drift_check_info{check="net",checker="terraform",team="network",severity="page",cluster="eu"}';
const LABELS = { check: 'net', checker: 'terraform', team: 'network', severity: 'page', cluster: 'eu' };
const SINCE = 'drift_check_drifted_since_timestamp_seconds{check="net"}';
const STATUS = 'drift_check_status{check="net",status="drifted"}';
const UPDATES = 'drift_check_drifted_resources{check="net",action="update",cause="out_of_band"}';
const DELETES = 'drift_check_drifted_resources{check="net",action="delete",cause="unknown"}';
const UNAPPLIED = 'drift_check_drifted_resources{check="net",action="create",cause="unapplied"}';
const HUMAN =
  'drift_resource_changed_fields{check="net",type="aws_subnet",scope="",address="a",action="update",cause="out_of_band",actor_class="human"}';
const MIDNIGHT = '1970-01-01 00:00:00 +0000 UTC';

/** Drifted from minute 5 on: two updates and a deletion. */
const DRIFTED = {
  ...UP,
  [INFO]: '1x300',
  [STATUS]: '0x4 1x295',
  [SINCE]: '_x5 300x295',
  [UPDATES]: '0x4 2x295',
  [DELETES]: '0x4 1x295',
};
const detected = {
  labels: LABELS,
  summary: 'net drifted: 1 delete (unknown), 2 update (out_of_band), since 1970-01-01 00:05:00 +0000 UTC.',
};
const GAP = {
  ...RESTARTED,
  [INFO]: withGap('1'),
  [STATUS]: withGap('1'),
  [SINCE]: withGap('300'),
  [UPDATES]: withGap('2'),
  [DELETES]: withGap('1'),
};

/** So many checks of cluster `eu`, of which the first ones are drifted from minute 5 on. */
function cluster(checks: number, drifted: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: checks }, (_, at) => [
      [`drift_check_info{check="c${at}",checker="command",cluster="eu",environment="prod"}`, '1x60'],
      ...(at < drifted ? [[`drift_check_drifted_since_timestamp_seconds{check="c${at}"}`, '_x5 300x20']] : []),
    ]).flat() as [string, string][],
  );
}

export const DRIFT_CASES: readonly RuleCase[] = [
  {
    alert: 'DriftDetected',
    title: 'fires at once, with the labels of the check, what differs and since when',
    series: DRIFTED,
    expect: { '4m': [], '5m': [detected], '200m': [detected] },
  },
  {
    alert: 'DriftDetected',
    title: 'has a severity where the check has no labels at all',
    series: { ...UP, 'drift_check_info{check="net",checker="command"}': '1x60', [SINCE]: '0x60', [UPDATES]: '1x60' },
    expect: {
      '1m': [
        {
          labels: { check: 'net', checker: 'command', severity: 'warning' },
          summary: `net drifted: 1 update (out_of_band), since ${MIDNIGHT}.`,
        },
      ],
    },
  },
  {
    alert: 'DriftDetected',
    title: 'goes on unchanged while the exporter does not answer and after its restart',
    series: GAP,
    expect: Object.fromEntries(['19m', '20m', '22m', '24m', '25m', '30m'].map((time) => [time, [detected]])),
  },
  {
    alert: 'DriftDetected',
    title: 'does not fire because of a missed scrape or a restart',
    series: { ...RESTARTED, [INFO]: withGap('1'), [STATUS]: withGap('0'), [UPDATES]: withGap('0') },
    expect: { '19m': [], '20m': [], '22m': [], '25m': [], '60m': [] },
  },
  {
    alert: 'DriftDetected',
    title: 'ends with the first scrape that finds the check in sync after a gap',
    series: { ...GAP, [SINCE]: '300x19 stale', [UPDATES]: '2x19 stale _x4 0x60', [DELETES]: '1x19 stale _x4 0x60' },
    expect: { '24m': [detected], '25m': [] },
  },
  {
    alert: 'DriftDetected',
    title: 'does not end because the check begins to fail, and tells what was known',
    series: { ...DRIFTED, [UPDATES]: '0x4 2x15 stale', [DELETES]: '0x4 1x15 stale', [STATUS]: '0x4 1x15 0x200' },
    expect: { '19m': [detected], '25m': [detected], '200m': [detected] },
  },
  {
    alert: 'DriftDetected',
    title: 'does not end because the check could look only in part and saw no drift there',
    series: { ...DRIFTED, [UPDATES]: '0x4 2x15 0x200', [DELETES]: '0x4 1x15 0x200' },
    expect: { '19m': [detected], '25m': [detected], '200m': [detected] },
  },
  {
    alert: 'DriftDetected',
    title: 'says so when Prometheus has never seen what differs',
    series: { ...UP, [INFO]: '1x60', [SINCE]: '0x60' },
    expect: {
      '1m': [{ labels: LABELS, summary: `net drifted: what differs cannot be told now, since ${MIDNIGHT}.` }],
    },
  },
  {
    alert: 'DriftDetected',
    title: 'ends at once when the check is in sync again',
    series: { ...DRIFTED, [SINCE]: '_x5 300x15 stale', [UPDATES]: '0x4 2x15 0x60', [DELETES]: '0x4 1x15 0x60' },
    expect: { '20m': [detected], '21m': [] },
  },
  {
    alert: 'DriftDetected',
    title: 'ends at once when the check is removed from the configuration',
    series: { ...UP, ...Object.fromEntries([INFO, SINCE, UPDATES].map((name) => [name, '2x15 stale'])) },
    expect: { '16m': [] },
  },
  {
    alert: 'DriftDetected',
    title: 'tells two exporters with a check of one name apart, one of them without labels',
    series: {
      ...DRIFTED,
      'up{instance="other:9152"}': '1x60',
      'drift_exporter_build_info{instance="other:9152",version="2.0.0"}': '1x60',
      'drift_check_info{instance="other:9152",check="net",checker="command"}': '1x60',
      'drift_check_drifted_since_timestamp_seconds{instance="other:9152",check="net"}': '0x60',
      'drift_check_drifted_resources{instance="other:9152",check="net",action="create",cause="unknown"}': '7x60',
    },
    expect: {
      '10m': [
        detected,
        {
          labels: { instance: 'other:9152', check: 'net', checker: 'command', severity: 'warning' },
          summary: `net drifted: 7 create (unknown), since ${MIDNIGHT}.`,
          link: 'http://other:9152/checks/net',
        },
      ],
    },
  },
  {
    alert: 'DriftDetected',
    title: 'stays one alert when a pod of the same instance follows another',
    series: {
      ...UP,
      'drift_check_info{check="net",checker="terraform",pod="a"}': '1x10 stale',
      'drift_check_info{check="net",checker="terraform",pod="b"}': '_x9 1x60',
      'drift_check_drifted_since_timestamp_seconds{check="net",pod="a"}': '0x10 stale',
      'drift_check_drifted_since_timestamp_seconds{check="net",pod="b"}': '_x9 0x60',
    },
    expect: Object.fromEntries(
      ['5m', '10m', '20m'].map((time) => [
        time,
        [
          {
            labels: { check: 'net', checker: 'terraform', severity: 'warning' },
            summary: `net drifted: what differs cannot be told now, since ${MIDNIGHT}.`,
          },
        ],
      ]),
    ),
  },
  {
    alert: 'DriftDetected',
    title: 'leaves a check to UnappliedChange where nothing but unapplied changes is known',
    series: { ...UP, [INFO]: '1x60', [SINCE]: '0x60', [UNAPPLIED]: '3x60', [UPDATES]: '0x9 1x50' },
    expect: {
      '9m': [],
      '10m': [
        {
          labels: LABELS,
          summary: `net drifted: 3 create (unapplied), 1 update (out_of_band), since ${MIDNIGHT}.`,
        },
      ],
    },
  },
  {
    alert: 'DriftPersisting',
    title: 'fires after a day, gaps or not, and not before',
    step: '10m',
    series: { ...UP, [INFO]: '1x200', [SINCE]: '0x100 stale _x3 0x100', up: '1x100 0x4 1x100', [UPDATES]: '2x200' },
    expect: {
      '24h': [],
      '24h10m': [
        {
          labels: LABELS,
          summary: `net has been drifted for over a day, since ${MIDNIGHT}: 2 update (out_of_band).`,
        },
      ],
    },
  },
  {
    alert: 'DriftPersisting',
    title: 'does not fire when drift comes and goes within a day',
    step: '10m',
    series: { ...UP, [INFO]: '1x400', [SINCE]: '0x100 stale _x3 62400x100' },
    expect: { '24h10m': [], '33h': [] },
  },
  {
    alert: 'DriftDestructive',
    title: 'counts replacements and deletions, also while the check fails',
    series: { ...DRIFTED, [DELETES]: '0x4 1x15 stale', [UPDATES]: '0x4 2x15 stale' },
    expect: Object.fromEntries(
      ['5m', '19m', '100m'].map((time) => [
        time,
        [
          {
            labels: LABELS,
            summary:
              'Applying net would destroy resources: 1 delete (unknown), drifted since 1970-01-01 00:05:00 +0000 UTC.',
          },
        ],
      ]),
    ),
  },
  {
    alert: 'DriftDestructive',
    title: 'is critical where the check names no severity',
    series: { ...UP, 'drift_check_info{check="net",checker="command"}': '1x60', [SINCE]: '0x60', [DELETES]: '4x60' },
    expect: {
      '1m': [
        {
          labels: { check: 'net', checker: 'command', severity: 'critical' },
          summary: `Applying net would destroy resources: 4 delete (unknown), drifted since ${MIDNIGHT}.`,
        },
      ],
    },
  },
  {
    alert: 'DriftDestructive',
    title: 'does not fire for updates, nor once the deletions are gone',
    series: { ...DRIFTED, [DELETES]: '0x4 1x15 0x60' },
    expect: { '4m': [], '21m': [], '60m': [] },
  },
  {
    alert: 'DriftByHuman',
    title: 'fires while the change of a person is there, also where only the fact is known, also while the check fails',
    series: { ...DRIFTED, [HUMAN]: '_x5 0x15 stale', [UPDATES]: '0x4 2x15 stale', [DELETES]: '0x4 1x15 stale' },
    expect: {
      '4m': [],
      ...Object.fromEntries(
        ['5m', '19m', '60m'].map((time) => [
          time,
          [
            {
              labels: LABELS,
              summary: 'Live resources of net that a person changed: 1; drifted since 1970-01-01 00:05:00 +0000 UTC.',
            },
          ],
        ]),
      ),
    },
  },
  {
    alert: 'DriftByHuman',
    title: 'does not fire for controllers, pipelines or nobody known, nor once the change is undone',
    series: {
      ...DRIFTED,
      [HUMAN.replace('human', 'controller')]: '1x60',
      [HUMAN.replace('human', 'unknown')]: '1x60',
      [HUMAN]: '1x9 stale',
    },
    expect: { '10m': [], '30m': [] },
  },
  {
    alert: 'DriftMass',
    title: 'fires when a fifth of the checks of a cluster is drifted, and ends when fewer are',
    series: { ...UP, ...cluster(15, 3) },
    expect: {
      '4m': [],
      '5m': [
        {
          labels: { job: '', instance: '', cluster: 'eu', environment: 'prod', severity: 'critical' },
          summary: '20% of the checks of cluster eu in prod are drifted at once.',
          link: 'https://drift.example.org/?status=drifted&label.cluster=eu&label.environment=prod',
        },
      ],
      '40m': [],
    },
  },
  {
    alert: 'DriftMass',
    title: 'does not fire below a fifth',
    series: { ...UP, ...cluster(16, 3) },
    expect: { '5m': [], '20m': [] },
  },
  {
    alert: 'DriftMass',
    title: 'does not fire for two checks, whatever their share',
    series: { ...UP, ...cluster(3, 2) },
    expect: { '5m': [], '20m': [] },
  },
  {
    alert: 'UnappliedChange',
    title: 'fires when a change in git is not deployed for an hour, over a restart of the exporter',
    series: { ...RESTARTED, [INFO]: withGap('1'), [SINCE]: withGap('0'), [UNAPPLIED]: withGap('3') },
    expect: {
      '59m': [],
      '61m': [
        {
          labels: LABELS,
          summary: `net has changes in git that nobody deployed: 3 create (unapplied), since ${MIDNIGHT}.`,
        },
      ],
    },
  },
  {
    alert: 'UnappliedChange',
    title: 'does not fire for live changes, nor for what is deployed within the hour',
    series: { ...DRIFTED, [UNAPPLIED]: '3x50 0x200' },
    expect: { '30m': [], '61m': [], '200m': [] },
  },
];

import { expect } from 'chai';
import { needs } from '../support/skips.ts';
import { failureOfCase, type RecordingCase, UP } from './rule-case.ts';

const SINCE = 'drift_check_drifted_since_timestamp_seconds';
const info = (check: string, labels: string): string =>
  `drift_check_info{check="${check}",checker="command",${labels}}`;
const EU = 'environment="prod",cluster="eu",team="network"';

/** Four checks: two of one team, of which one is drifted; one of no team, drifted and failing; one that never ran. */
const FLEET = {
  ...UP,
  [info('a', EU)]: '1x60',
  [info('b', EU)]: '1x60',
  [info('c', 'cluster="us"')]: '1x60',
  [info('d', 'cluster="us"')]: '1x60',
  [`${SINCE}{check="a"}`]: '_x10 600x60',
  [`${SINCE}{check="c"}`]: '300x60',
  'drift_check_status{check="a",status="drifted"}': '0x9 1x60',
  'drift_check_status{check="b",status="in_sync"}': '1x60',
  'drift_check_status{check="c",status="error"}': '1x60',
  'drift_check_status{check="d",status="unknown"}': '1x60',
};

const CASES: readonly RecordingCase[] = [
  {
    title: 'the share of checks that are drifted or unknown, by cluster and team, 0 where there is none',
    step: '1m',
    series: FLEET,
    expect: [
      {
        at: '5m',
        expr: 'cluster:drift_checks_drifted:ratio',
        samples: {
          'cluster:drift_checks_drifted:ratio{environment="prod",cluster="eu"}': 0,
          'cluster:drift_checks_drifted:ratio{cluster="us"}': 0.5,
        },
      },
      {
        at: '20m',
        expr: 'team:drift_checks_drifted:ratio',
        samples: {
          'team:drift_checks_drifted:ratio{environment="prod",team="network"}': 0.5,
          'team:drift_checks_drifted:ratio{}': 0.5,
        },
      },
      {
        at: '20m',
        expr: 'cluster:drift_checks_unknown:ratio',
        samples: {
          'cluster:drift_checks_unknown:ratio{environment="prod",cluster="eu"}': 0,
          'cluster:drift_checks_unknown:ratio{cluster="us"}': 1,
        },
      },
    ],
  },
  {
    title: 'the age of the oldest drift, by team',
    step: '1m',
    series: FLEET,
    expect: [
      {
        at: '20m',
        expr: 'team:drift_age_seconds:max',
        samples: {
          'team:drift_age_seconds:max{environment="prod",team="network"}': 600,
          'team:drift_age_seconds:max{}': 900,
        },
      },
    ],
  },
  {
    title: 'the mean time to reconcile: an hour and then half an hour are 45 minutes',
    step: '5m',
    series: {
      ...UP,
      [info('a', EU)]: '1x100',
      [info('b', EU)]: '1x100',
      [`${SINCE}{check="a"}`]: '0x11 stale',
      [`${SINCE}{check="b"}`]: '_x20 6000x5 stale',
    },
    expect: [
      { at: '50m', expr: 'team:drift_reconcile_seconds:mean7d', samples: {} },
      {
        at: '3h',
        expr: 'team:drift_reconcile_seconds:mean7d',
        samples: { 'team:drift_reconcile_seconds:mean7d{environment="prod",team="network"}': 2700 },
      },
    ],
  },
];

describe('the recording rules give', () => {
  for (const given of CASES) {
    it(given.title, async function () {
      needs(this, { promtool: 'apt-get install prometheus' });
      expect(await failureOfCase(given)).to.equal('');
    });
  }
});

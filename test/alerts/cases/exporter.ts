import { RESTARTED, UP, withGap, type Firing, type RuleCase } from '../rule-case.ts';

const NOTICE = { severity: 'info' };
const WARNING = { severity: 'warning' };
const CRITICAL = { severity: 'critical' };
const EXPIRY = 'drift_ignore_rule_expiry_timestamp_seconds{rule="hpa"}';
const MATCHES = 'drift_ignore_rule_matches{rule="hpa"}';
const SOURCE = 'drift_source_up{source="infra"}';
const DISCOVERY = 'drift_discovery_failures{discovery="clusters",reason="forbidden"}';
const RELOADED = 'drift_exporter_config_last_reload_successful';
const WEB_RELOADED = 'drift_exporter_web_config_last_reload_successful';
const CERTIFICATE = 'drift_exporter_web_certificate_expiry_timestamp_seconds{certificate="server"}';
const QUEUE = 'drift_exporter_queue_length';
const POOL = 'drift_pool_workers{pool="eu"}';
const STORE = 'drift_exporter_store_up';

const expired = {
  labels: { ...NOTICE, rule: 'hpa' },
  summary: 'The ignore rule hpa has expired: what it covered is reported as drift.',
};
const down = {
  labels: CRITICAL,
  summary: 'The drift exporter drift:9152 does not answer: drift goes unseen.',
  link: '',
};
const sourceStale = {
  labels: { ...WARNING, source: 'infra' },
  summary: 'The source infra cannot be fetched: its checks fail rather than compare with old commits.',
};
const undiscovered = {
  labels: { ...WARNING, discovery: 'clusters' },
  summary:
    'The discovery clusters does not see everything, or cannot make checks of it: 3 failures. What it leaves out is not watched.',
};
const notReloaded = {
  labels: WARNING,
  summary: 'The drift exporter drift:9152 could not load its configuration and goes on with the old one.',
};
const webNotReloaded = {
  labels: WARNING,
  summary:
    'The drift exporter drift:9152 could not load its web configuration or certificates and goes on with the old ones.',
};
const ends = (left: string): Firing => ({
  labels: { ...WARNING, certificate: 'server' },
  summary: `A server certificate of the drift exporter drift:9152 ends in ${left}.`,
});
const saturated = {
  labels: WARNING,
  summary: 'Runs have waited for room in drift:9152 for half an hour: 3 at least.',
};
const unserved = {
  labels: { ...WARNING, pool: 'eu' },
  summary: 'No worker of the pool eu is alive: its checks are not run.',
};
const storeDown = {
  labels: WARNING,
  summary: 'The drift exporter drift:9152 cannot store results: a restart would lose since when there is drift.',
};

export const EXPORTER_CASES: readonly RuleCase[] = [
  {
    alert: 'IgnoreRuleExpired',
    title: 'fires from the end of the rule on, over missed scrapes',
    series: { ...RESTARTED, [EXPIRY]: withGap('600') },
    expect: { '10m': [], '11m': [expired], '22m': [expired], '60m': [expired] },
  },
  {
    alert: 'IgnoreRuleExpired',
    title: 'does not fire for rules that go on',
    series: { ...UP, [EXPIRY]: '999999x60', [MATCHES]: '1x60' },
    expect: { '60m': [] },
  },
  {
    alert: 'IgnoreRuleUnused',
    title: 'fires after a week without a match, over a restart of the exporter',
    step: '1h',
    series: { ...UP, [MATCHES]: '0x50 stale _x3 0x300' },
    expect: {
      '143h': [],
      '145h': [{ labels: { ...NOTICE, rule: 'hpa' }, summary: 'The ignore rule hpa has matched nothing for a week.' }],
    },
  },
  {
    alert: 'IgnoreRuleUnused',
    title: 'does not fire for a rule that matches now and then, nor for one that is over',
    step: '1h',
    series: {
      ...UP,
      [MATCHES]: '0x100 1x2 0x80',
      [EXPIRY]: '99999999x300',
      'drift_ignore_rule_matches{rule="over"}': '0x300',
      'drift_ignore_rule_expiry_timestamp_seconds{rule="over"}': '0x300',
    },
    expect: { '150h': [], '180h': [] },
  },
  {
    alert: 'SourceStale',
    title: 'fires when no fetch succeeded for twenty minutes, over missed scrapes',
    series: { ...RESTARTED, [SOURCE]: withGap('0') },
    expect: { '19m': [], '20m': [sourceStale], '60m': [sourceStale] },
  },
  {
    alert: 'SourceStale',
    title: 'does not fire while fetches succeed now and then',
    series: { ...UP, [SOURCE]: '1x9 0x8 1x1 0x8 1x1 0x8 1x60' },
    expect: Object.fromEntries(['20m', '30m', '40m', '60m'].map((time) => [time, []])),
  },
  {
    alert: 'DiscoveryIncomplete',
    title: 'fires when failures of any reason last for twenty minutes, over missed scrapes',
    series: {
      ...RESTARTED,
      [DISCOVERY]: withGap('2'),
      'drift_discovery_failures{discovery="clusters",reason="too_large"}': withGap('1'),
      'drift_discovery_up{discovery="clusters"}': withGap('0'),
    },
    expect: { '19m': [], '20m': [undiscovered], '60m': [undiscovered] },
  },
  {
    alert: 'DiscoveryIncomplete',
    title: 'does not fire for a failure that passes, nor for a discovery without failures',
    series: { ...UP, [DISCOVERY]: '2x8 stale', 'drift_discovery_up{discovery="roots"}': '1x60' },
    expect: Object.fromEntries(['15m', '20m', '30m', '60m'].map((time) => [time, []])),
  },
  {
    alert: 'ExporterDown',
    title: 'fires after five minutes without an answer, for as long as it takes',
    series: {
      up: '1x9 0x1990',
      'drift_exporter_build_info{version="1.0.0"}': '1x9 stale',
      'drift_exporter_info{external_url="https://drift.example.org"}': '1x9 stale',
    },
    expect: { '14m': [], '15m': [down], '200m': [down] },
  },
  {
    alert: 'ExporterDown',
    title: 'does not fire because of a restart or a missed scrape, nor for other jobs',
    series: { ...RESTARTED, 'up{job="other",instance="other:80"}': '0x300' },
    expect: Object.fromEntries(['20m', '24m', '25m', '60m'].map((time) => [time, []])),
  },
  {
    alert: 'ExporterDown',
    title: 'fires when no exporter is scraped at all',
    series: { 'up{job="other",instance="other:80"}': '1x300' },
    expect: {
      '4m': [],
      '5m': [
        {
          labels: { ...CRITICAL, job: '', instance: '' },
          summary: 'No drift exporter is scraped: drift goes unseen.',
          link: '',
        },
      ],
    },
  },
  {
    alert: 'ConfigReloadFailed',
    title: 'fires until a reload succeeds, over missed scrapes',
    series: { ...RESTARTED, [RELOADED]: '0x19 stale _x4 0x10 1x60' },
    expect: { '4m': [], '5m': [notReloaded], '22m': [notReloaded], '30m': [notReloaded], '40m': [] },
  },
  {
    alert: 'ConfigReloadFailed',
    title: 'does not fire when the next try succeeds',
    series: { ...UP, [RELOADED]: '1x9 0x3 1x60' },
    expect: { '13m': [], '30m': [] },
  },
  {
    alert: 'ExporterWebConfigReloadFailed',
    title: 'fires until the files on disk are in force, over missed scrapes',
    series: { ...RESTARTED, [WEB_RELOADED]: '0x19 stale _x4 0x10 1x60' },
    expect: { '4m': [], '5m': [webNotReloaded], '22m': [webNotReloaded], '30m': [webNotReloaded], '40m': [] },
  },
  {
    alert: 'ExporterWebConfigReloadFailed',
    title: 'does not fire while a certificate and its key are put in place one after the other',
    series: { ...UP, [WEB_RELOADED]: '1x9 0x3 1x60' },
    expect: { '13m': [], '30m': [] },
  },
  {
    alert: 'ExporterCertificateExpires',
    title: 'fires a week before the end, over missed scrapes, until there is a new one',
    step: '1h',
    series: { ...UP, [CERTIFICATE]: '864000x80 8640000x100' },
    expect: { '72h': [], '74h': [ends('6d 22h 0m 0s')], '80h': [ends('6d 16h 0m 0s')], '90h': [] },
  },
  {
    alert: 'ExporterCertificateExpires',
    title: 'fires when it has ended',
    step: '1h',
    series: { ...UP, [CERTIFICATE]: '3600x100' },
    expect: { '2h': [ends('-1h 0m 0s')] },
  },
  {
    alert: 'ExporterCertificateExpires',
    title: 'does not fire without TLS, nor when it is renewed in time',
    step: '1h',
    series: { ...UP, [CERTIFICATE]: '864000x70 8640000x300' },
    expect: { '71h': [], '200h': [] },
  },
  {
    alert: 'QueueSaturated',
    title: 'fires when runs wait for half an hour',
    series: { ...UP, [QUEUE]: '3x20 7x100' },
    expect: { '14m': [], '15m': [saturated] },
  },
  {
    alert: 'QueueSaturated',
    title: 'does not fire because all checks run at a start, nor when the queue empties now and then',
    series: { ...UP, [QUEUE]: '900-90x10 0x3 5x13 0 5x13 0 5x13 0' },
    expect: Object.fromEntries(['9m', '20m', '30m', '40m', '55m'].map((time) => [time, []])),
  },
  {
    alert: 'PoolUnserved',
    title: 'fires when the last worker of a pool is gone, over missed scrapes',
    series: { ...RESTARTED, [POOL]: withGap('0') },
    expect: { '4m': [], '5m': [unserved], '22m': [unserved], '60m': [unserved] },
  },
  {
    alert: 'PoolUnserved',
    title: 'does not fire while workers are replaced',
    series: { ...UP, [POOL]: '2x5 1 0 0 1 2x60' },
    expect: { '8m': [], '15m': [], '30m': [] },
  },
  {
    alert: 'StoreDown',
    title: 'fires when nothing can be written, over missed scrapes',
    series: { ...RESTARTED, [STORE]: withGap('0') },
    expect: { '4m': [], '5m': [storeDown], '22m': [storeDown], '60m': [storeDown] },
  },
  {
    alert: 'StoreDown',
    title: 'does not fire for one write that failed and was repeated',
    series: { ...UP, [STORE]: '1x9 0x2 1x60' },
    expect: { '12m': [], '20m': [] },
  },
];

import { EXPORTER_LINK } from './annotations.ts';
import type { AlertingRule } from './rule.ts';

/** About ignore rules, sources and the exporter itself. */
export const EXPORTER_ALERTS: readonly AlertingRule[] = [
  ofExporter({
    alert: 'IgnoreRuleExpired',
    expr: 'time() > last_over_time(drift_ignore_rule_expiry_timestamp_seconds[10m])',
    severity: 'info',
    summary: 'The ignore rule {{ $labels.rule }} has expired: what it covered is reported as drift.',
  }),
  ofExporter({
    alert: 'IgnoreRuleUnused',
    expr: `max_over_time(drift_ignore_rule_matches[1d]) == 0
unless on (job, instance, rule) (drift_ignore_rule_expiry_timestamp_seconds < time())`,
    for: '6d',
    severity: 'info',
    summary: 'The ignore rule {{ $labels.rule }} has matched nothing for a week.',
  }),
  ofExporter({
    alert: 'SourceStale',
    expr: 'max_over_time(drift_source_up[10m]) == 0',
    for: '20m',
    severity: 'warning',
    summary: 'The source {{ $labels.source }} cannot be fetched: its checks fail rather than compare with old commits.',
  }),
  ofExporter({
    alert: 'DiscoveryIncomplete',
    expr: 'sum by (job, instance, discovery) (last_over_time(drift_discovery_failures[10m])) > 0',
    for: '20m',
    severity: 'warning',
    summary:
      'The discovery {{ $labels.discovery }} does not see everything, or cannot make checks of it: {{ $value }} failures. What it leaves out is not watched.',
  }),
  {
    alert: 'ExporterDown',
    expr: `(up == 0 and on (job, instance) drift:exporter_info:latest)
or
absent(drift:exporter_info:latest)`,
    for: '5m',
    labels: { severity: 'critical' },
    annotations: {
      summary:
        '{{ with $labels.instance }}The drift exporter {{ . }} does not answer{{ else }}No drift exporter is scraped{{ end }}: drift goes unseen.',
    },
  },
  ofExporter({
    alert: 'ConfigReloadFailed',
    expr: 'max_over_time(drift_exporter_config_last_reload_successful[5m]) == 0',
    for: '5m',
    severity: 'warning',
    summary: 'The drift exporter {{ $labels.instance }} could not load its configuration and goes on with the old one.',
  }),
  ofExporter({
    alert: 'ExporterWebConfigReloadFailed',
    expr: 'max_over_time(drift_exporter_web_config_last_reload_successful[5m]) == 0',
    for: '5m',
    severity: 'warning',
    summary:
      'The drift exporter {{ $labels.instance }} could not load its web configuration or certificates and goes on with the old ones.',
  }),
  ofExporter({
    alert: 'ExporterCertificateExpires',
    expr: 'last_over_time(drift_exporter_web_certificate_expiry_timestamp_seconds[10m]) - time() < 7 * 86400',
    for: '1h',
    severity: 'warning',
    summary:
      'A {{ $labels.certificate }} certificate of the drift exporter {{ $labels.instance }} ends in {{ $value | humanizeDuration }}.',
  }),
  ofExporter({
    alert: 'QueueSaturated',
    expr: 'min_over_time(drift_exporter_queue_length[15m]) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'Runs have waited for room in {{ $labels.instance }} for half an hour: {{ $value }} at least.',
  }),
  ofExporter({
    alert: 'PoolUnserved',
    expr: 'max_over_time(drift_pool_workers[5m]) == 0',
    for: '5m',
    severity: 'warning',
    summary: 'No worker of the pool {{ $labels.pool }} is alive: its checks are not run.',
  }),
  ofExporter({
    alert: 'StoreDown',
    expr: 'max_over_time(drift_exporter_store_up[5m]) == 0',
    for: '5m',
    severity: 'warning',
    summary:
      'The drift exporter {{ $labels.instance }} cannot store results: a restart would lose since when there is drift.',
  }),
];

function ofExporter(rule: {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly severity: string;
  readonly summary: string;
}): AlertingRule {
  const { alert, expr, severity, summary } = rule;
  return {
    alert,
    expr,
    ...(rule.for !== undefined && { for: rule.for }),
    labels: { severity },
    annotations: { summary, link: EXPORTER_LINK },
  };
}

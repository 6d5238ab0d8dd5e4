import { dump } from 'js-yaml';
import { RUNBOOKS } from './annotations.ts';
import { CHECK_ALERTS, DRIFT_ALERTS } from './check-alerts.ts';
import { EXPORTER_ALERTS } from './exporter-alerts.ts';
import { HISTORY, HISTORY_INTERVAL, LATEST, RECONCILE, SUMMARIES } from './recording-rules.ts';
import type { AlertingRule, RuleGroup } from './rule.ts';

/** The alerts stand in the group of what they are computed from: a group is evaluated in order. */
const GROUPS: readonly RuleGroup[] = [
  {
    name: 'drift-exporter',
    // Well below the five minutes for which Prometheus finds what a series said last: see LATEST.
    interval: '1m',
    rules: [...LATEST, ...[...DRIFT_ALERTS, ...CHECK_ALERTS, ...EXPORTER_ALERTS].map(withRunbook)],
  },
  { name: 'drift-exporter-summaries', interval: '1m', rules: SUMMARIES },
  { name: 'drift-exporter-history', interval: HISTORY_INTERVAL, rules: HISTORY },
  { name: 'drift-exporter-reconcile', interval: '3m', rules: RECONCILE },
];

const MADE = '# Made by `npm run alerts` from scripts/alerts. Explained in docs/alerting.md.\n';

/** alerts/drift-exporter.rules.yaml: for `rule_files` of Prometheus. */
export function rulesFile(): string {
  return MADE + yaml({ groups: GROUPS });
}

/** alerts/prometheus-rule.yaml: the same, for the Prometheus operator. */
export function prometheusRuleFile(): string {
  return (
    MADE +
    yaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'drift-exporter', labels: { 'app.kubernetes.io/name': 'drift-exporter' } },
      spec: { groups: GROUPS },
    })
  );
}

function withRunbook(rule: AlertingRule): AlertingRule {
  return { ...rule, annotations: { ...rule.annotations, runbook_url: `${RUNBOOKS}/${rule.alert}.md` } };
}

function yaml(value: unknown): string {
  return dump(value, { lineWidth: -1 });
}

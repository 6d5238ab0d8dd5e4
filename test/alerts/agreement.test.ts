import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';
import { prometheusRuleFile, rulesFile } from '../../scripts/alerts/rule-files.ts';
import type { AlertingRule, RuleGroup } from '../../scripts/alerts/rule.ts';
import { METRICS } from '../../src/metrics/table.ts';
import { metricNames } from '../support/metric-names.ts';
import { needs } from '../support/skips.ts';
import { CASES } from './cases/all.ts';

const root = join(import.meta.dirname, '../..');
const file = (path: string): string => readFileSync(join(root, path), 'utf8');
const { groups } = load(rulesFile()) as { groups: readonly RuleGroup[] };
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => 'alert' in rule) as readonly AlertingRule[];
const recorded = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));

const HEADINGS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'False alarms'];

describe('the alerts agree (npm run alerts writes them)', () => {
  it('with their source, in both files', () => {
    expect(file('alerts/drift-exporter.rules.yaml')).to.equal(rulesFile());
    expect(file('alerts/prometheus-rule.yaml')).to.equal(prometheusRuleFile());
  });

  it('with each other: the PrometheusRule carries the very groups of the rule file', () => {
    const object = load(file('alerts/prometheus-rule.yaml')) as { kind: string; spec: unknown };
    expect(object.kind).to.equal('PrometheusRule');
    expect(object.spec).to.deep.equal(load(file('alerts/drift-exporter.rules.yaml')));
  });

  it('with promtool and amtool', function () {
    needs(this, { promtool: 'apt-get install prometheus', amtool: 'apt-get install prometheus-alertmanager' });
    execFileSync('promtool', ['check', 'rules', '--lint-fatal', join(root, 'alerts/drift-exporter.rules.yaml')]);
    execFileSync('amtool', ['check-config', join(root, 'alerts/alertmanager.example.yaml')]);
  });

  it('with the metrics that are exported and the series that are recorded', () => {
    const known = new Set([...METRICS.map(({ name }) => name), ...recorded, 'up', 'process_start_time_seconds']);
    for (const rule of rules) {
      const texts = [rule.expr, ...('annotations' in rule ? Object.values(rule.annotations) : [])];
      const unknown = texts.flatMap((text) => metricNames(text)).filter((name) => !known.has(name));
      expect(unknown, JSON.stringify(rule)).to.deep.equal([]);
    }
  });

  it('with the runbooks: one page an alert, all with the same headings', () => {
    const pages = readdirSync(join(root, 'docs/runbooks')).filter((name) => name !== 'README.md');
    expect(pages.sort()).to.deep.equal(alerts.map(({ alert }) => `${alert}.md`).sort());
    for (const page of pages) {
      const lines = file(`docs/runbooks/${page}`).split('\n');
      expect(lines[0], page).to.equal(`# ${basename(page, '.md')}`);
      expect(
        lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3)),
        page,
      ).to.deep.equal(HEADINGS);
      expect(lines.length, `${page} is short`).to.be.below(60);
    }
  });

  it('with the links to the runbooks', () => {
    for (const { alert, annotations } of alerts) {
      const path = /\/docs\/runbooks\/.*$/.exec(annotations['runbook_url'] ?? '')?.[0] ?? '';
      expect(basename(path, '.md')).to.equal(alert);
      expect(existsSync(join(root, path)), path).to.equal(true);
    }
  });

  it('with docs/alerting.md, which has a line for each alert and each recorded series', () => {
    const text = file('docs/alerting.md');
    const rows = [...text.matchAll(/^\| \[(\w+)\]\(runbooks\/(\w+)\.md\) \|/gm)].map(([, name, page]) => [name, page]);
    expect(rows).to.deep.equal(alerts.map(({ alert }) => [alert, alert]));
    for (const name of recorded.filter((record) => !record.startsWith('drift:')))
      expect(text).to.include(`\`${name}\``);
  });

  it('with the tests: each alert has cases that fire and cases that do not', () => {
    for (const { alert } of alerts) {
      const expectations = CASES.filter((given) => given.alert === alert).map(({ expect: at }) => Object.values(at));
      expect(
        expectations.some((times) => times.some((firing) => firing.length > 0)),
        `${alert} fires`,
      ).to.equal(true);
      expect(
        expectations.some((times) => times.every((firing) => firing.length === 0)),
        `${alert} does not fire`,
      ).to.equal(true);
    }
  });

  it('with the Alertmanager example, which names no alert that there is not', () => {
    const example = file('alerts/alertmanager.example.yaml');
    const patterns = [...example.matchAll(/alertname=~?"([^"]+)"/g)].flatMap(([, pattern = '']) => pattern.split('|'));
    expect(patterns).not.to.deep.equal([]);
    for (const pattern of patterns) {
      const matching = alerts.filter(({ alert }) => new RegExp(`^(${pattern})$`).test(alert));
      expect(matching, pattern).not.to.deep.equal([]);
    }
  });
});

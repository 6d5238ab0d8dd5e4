import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { rulesFile } from '../../scripts/alerts/rule-files.ts';
import type { RuleGroup } from '../../scripts/alerts/rule.ts';
import { dashboardFiles } from '../../scripts/dashboards/dashboard-files.ts';
import { RUN_DURATION } from '../../src/metrics/exposition.ts';
import { METRICS } from '../../src/metrics/table.ts';
import { metricNames } from '../support/metric-names.ts';
import { type DashboardJson, targetsOf } from './dashboard-queries.ts';

const dir = join(import.meta.dirname, '../../dashboards');
const files = dashboardFiles();
const { groups } = load(rulesFile()) as { groups: readonly RuleGroup[] };
const rules = groups.flatMap((group) => group.rules);
const dashboards = [...files].map(([name, text]) => [name, JSON.parse(text) as DashboardJson] as const);
const CORE_PANELS = new Set(['row', 'stat', 'timeseries', 'table', 'state-timeline']);

describe('the dashboards agree (npm run dashboards writes them)', () => {
  it('with their source', () => {
    expect(readdirSync(dir).sort()).to.deep.equal([...files.keys()].sort());
    for (const [name, text] of files) expect(readFileSync(join(dir, name), 'utf8'), name).to.equal(text);
  });

  it('with the metrics that are exported: none that there is not', () => {
    const recorded = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));
    const known = new Set([...METRICS.map(({ name }) => name), RUN_DURATION.name, ...recorded, 'up']);
    const unknown = usedIn([...files.values()].flatMap((text) => targetsOf(text).map(({ expr }) => expr)))
      .filter((name) => !/^(process|nodejs)_/.test(name))
      .filter((name) => !known.has(name));
    expect(unknown).to.deep.equal([]);
  });

  it('with the metrics that are exported: every one is in a dashboard or an alert', () => {
    const queries = [...files.values()].flatMap((text) => targetsOf(text).map(({ expr }) => expr));
    const used = new Set(usedIn([...queries, ...rules.flatMap(textsOf)]));
    const unused = [...METRICS.map(({ name }) => name), RUN_DURATION.name].filter((name) => !used.has(name));
    expect(unused).to.deep.equal([]);
  });

  for (const [name, dashboard] of dashboards) {
    it(`with Grafana: ${name} uses core panels, one id each, that do not overlap`, () => {
      const { panels } = dashboard;
      expect(dashboard.schemaVersion).to.equal(42);
      expect(panels.filter(({ type }) => !CORE_PANELS.has(type))).to.deep.equal([]);
      expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
      );
      expect(new Set(cells).size).to.equal(cells.length);
      expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).to.deep.equal([]);
    });

    it(`with Grafana: ${name} asks the chosen data source only, and uses the variables it has`, () => {
      const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
      expect(targets.filter(({ datasource }) => datasource.uid !== '${datasource}')).to.deep.equal([]);
      const variables = new Set(dashboard.templating.list.map((variable) => variable.name));
      const asked = targets.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, variable = '']) => variable));
      expect(asked.filter((variable) => !variables.has(variable) && variable !== '__rate_interval')).to.deep.equal([]);
    });
  }
});

function usedIn(queries: readonly string[]): readonly string[] {
  return queries.flatMap((query) => metricNames(query)).map((name) => name.replace(/_(bucket|sum|count)$/, ''));
}

function textsOf(rule: RuleGroup['rules'][number]): readonly string[] {
  return [rule.expr, ...('annotations' in rule ? Object.values(rule.annotations) : [])];
}

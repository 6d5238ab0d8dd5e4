import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles } from '../../scripts/dashboards/dashboard-files.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { PROMETHEUS, startPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { eventually } from '../support/service.ts';
import { needs } from '../support/skips.ts';
import { targetsOf, variablesOf } from './dashboard-queries.ts';
import { type FleetOfChecks, startFleetOfChecks } from './fleet-of-checks.ts';

const RULES = readFileSync(join(import.meta.dirname, '../../alerts/drift-exporter.rules.yaml'), 'utf8');

describe('every query of the dashboards, asked of a Prometheus that scrapes two exporters with checks of the same names', () => {
  const fleets: FleetOfChecks[] = [];
  let prometheus: TestPrometheus;
  let postgres: PostgresServer;

  before(async function () {
    needs(this, { ...PROMETHEUS, git: 'apt-get install git' });
    this.timeout(120_000);
    postgres = await startPostgres(this);
    fleets.push(
      await startFleetOfChecks('environment: prod, cluster: eu, team: network', `{ url: '${postgres.url}' }`),
      await startFleetOfChecks(''),
    );
    for (const fleet of fleets) await fleet.drift(true);
    prometheus = await startPrometheus({ targets: fleets.map(({ target }) => target), rules: [RULES] });
    await eventually(
      async () => (await prometheus.query('drift:check_drifted:latest{check="flips"} == 1')).length === 2,
      60,
    );
    for (const fleet of fleets) await fleet.drift(false);
    await eventually(async () => (await prometheus.query('team:drift_reconcile_seconds:mean7d')).length > 0, 60);
  });

  after(async () => {
    await prometheus?.close();
    for (const fleet of fleets) await fleet.close();
    await postgres?.close();
  });

  for (const [file, text] of dashboardFiles()) {
    for (const { panel, expr } of targetsOf(text)) {
      it(`${file}: ${panel}: ${expr.replaceAll(/\s+/g, ' ').slice(0, 90)}`, async () => {
        const samples = await eventually(async () => {
          const found = await prometheus.query(filledIn(expr));
          return found.length > 0 && found;
        });
        expect(samples.every(({ value }) => !Number.isNaN(value) || /quantile/.test(expr))).to.equal(true);
      });
    }
    for (const { name, metric, label } of variablesOf(text)) {
      it(`${file}: the variable ${name} has values`, async () => {
        const samples = await eventually(async () => {
          const found = await prometheus.query(`count by (${label}) (${filledIn(metric)})`);
          return found.some((sample) => sample.metric[label] !== undefined) && found;
        });
        expect(samples).not.to.deep.equal([]);
      });
    }
  }
});

/** As Grafana does with everything selected. */
function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '10s').replaceAll(/\$\w+/g, '.*');
}

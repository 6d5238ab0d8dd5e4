import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTMANAGER, startAlertmanager, type TestAlertmanager } from '../support/alertmanager.ts';
import { eventually } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const EXAMPLE = join(import.meta.dirname, '../../alerts/alertmanager.example.yaml');

/** What fires together on one check, and what of it somebody is told. */
const CASES: readonly { readonly firing: readonly string[]; readonly told: readonly string[] }[] = [
  { firing: ['DriftDetected'], told: ['DriftDetected'] },
  { firing: ['DriftDetected', 'DriftPersisting'], told: ['DriftPersisting'] },
  { firing: ['DriftDetected', 'DriftDestructive', 'DriftByHuman'], told: ['DriftByHuman', 'DriftDestructive'] },
  { firing: ['DriftMass', 'DriftDetected', 'DriftDestructive'], told: ['DriftDestructive', 'DriftMass'] },
  { firing: ['DriftCheckFailing', 'DriftTargetUnreachable'], told: ['DriftTargetUnreachable'] },
  { firing: ['DriftCheckFailing', 'DriftCheckNeverConclusive'], told: ['DriftCheckNeverConclusive'] },
  { firing: ['DriftCheckStale', 'QueueSaturated'], told: ['QueueSaturated'] },
  { firing: ['ExporterDown', 'DriftCheckStale', 'DriftCheckFailing'], told: ['ExporterDown'] },
  { firing: ['ExporterDown', 'DriftDetected'], told: ['DriftDetected', 'ExporterDown'] },
];

describe('the Alertmanager example tells', () => {
  let alertmanager: TestAlertmanager;

  before(async function () {
    needs(this, ALERTMANAGER);
    alertmanager = await startAlertmanager(readFileSync(EXAMPLE, 'utf8'));
    const alerts = CASES.flatMap(({ firing }, at) => firing.map((alertname) => ({ labels: labelsOf(alertname, at) })));
    const response = await fetch(`http://${alertmanager.address}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    });
    expect(response.status).to.equal(200);
    await eventually(() => CASES.every(({ told: expected }, at) => told(at).length >= expected.length));
  });

  after(async () => {
    await alertmanager?.close();
  });

  const told = (at: number): readonly string[] =>
    alertmanager.notifications
      .flatMap(({ alerts }) => alerts)
      .filter(({ labels }) => labels['cluster'] === `cluster-${at}`)
      .map(({ labels }) => labels['alertname'] ?? '')
      .sort();

  for (const [at, { firing, told: expected }] of CASES.entries()) {
    it(`${expected.join(', ')} when ${firing.join(', ')} fire`, () => {
      expect(told(at)).to.deep.equal(expected);
    });
  }
});

function labelsOf(alertname: string, at: number): Record<string, string> {
  return { alertname, check: `check-${at}`, cluster: `cluster-${at}`, job: 'drift', instance: `exporter-${at}` };
}

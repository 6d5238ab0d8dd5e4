import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { needs } from '../support/skips.ts';

const EXAMPLE = join(import.meta.dirname, '../../alerts/alertmanager.example.yaml');

const CASES: readonly (readonly [labels: readonly string[], receiver: string])[] = [
  [['alertname=DriftDetected', 'severity=page'], 'on-call'],
  [['alertname=DriftDestructive', 'severity=critical'], 'on-call'],
  [['alertname=DriftDetected', 'severity=warning'], 'chat'],
  [['alertname=DriftDetected', 'severity=anything'], 'chat'],
  [['alertname=UnappliedChange', 'severity=page'], 'tickets'],
  [['alertname=DriftFlapping', 'severity=page'], 'tickets'],
  [['alertname=DriftCheckFailing', 'severity=page'], 'on-call'],
  [['alertname=IgnoreRuleExpired', 'severity=info'], 'tickets'],
  [['alertname=DriftMass', 'severity=critical'], 'on-call'],
  [['alertname=ExporterDown', 'severity=critical'], 'on-call'],
];

describe('the Alertmanager example sends', () => {
  for (const [labels, receiver] of CASES) {
    it(`${labels.join(', ')} to ${receiver}`, function () {
      needs(this, { amtool: 'apt-get install prometheus-alertmanager' });
      const args = ['config', 'routes', 'test', `--config.file=${EXAMPLE}`, ...labels];
      expect(execFileSync('amtool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()).to.equal(
        receiver,
      );
    });
  }
});

import { expect } from 'chai';
import { PROMETHEUS, startPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';
import { needs } from '../support/skips.ts';

const FILE = `
global: { interval: 1s, jitter: 0%, compatible_metrics: [promrun, kubediff, terradiff] }
checks:
  - { name: fine, checker: command, options: { command: [sh, -c, 'exit 0'] } }
  - { name: shop, checker: command, options: { command: [sh, -c, 'exit 2'] } }
  - { name: root, checker: terraform, options: { dir: ., binary: no-such-terraform } }
`;

describe('alerts that were written for prom-run, kubediff and terradiff', function () {
  this.timeout(120_000);
  let service: TestService;
  let prometheus: TestPrometheus;
  let remove: () => Promise<void>;

  before(async function () {
    needs(this, PROMETHEUS);
    const made = await configDir(FILE);
    ({ remove } = made);
    service = await startService(made.file);
    prometheus = await startPrometheus({ targets: [new URL(service.url).host] });
  });

  after(async () => {
    await prometheus?.close();
    await service?.end('SIGTERM');
    await remove?.();
  });

  const EXPRESSIONS: readonly (readonly [title: string, expr: string])[] = [
    ["kubediff's README", 'max(command_exit_code) != 0'],
    ['prom-run, a code that is not 0', 'sum by (code) (promrun_command_exits_total{code!="0"}) > 0'],
    ['prom-run, a success that is long ago', 'promrun_command_last_success_timestamp_seconds{check="fine"} > 0'],
    [
      'prom-run, how long it takes',
      'promrun_command_duration_seconds_sum / promrun_command_duration_seconds_count >= 0',
    ],
    ["terradiff's rule for a broken plan", 'max(terradiff_plan_exit_code) == 1'],
  ];
  for (const [title, expr] of EXPRESSIONS) {
    it(`fire on: ${title}`, async () => {
      const samples = await eventually(async () => {
        const found = await prometheus.query(expr);
        return found.length > 0 && found;
      });
      expect(samples).not.to.deep.equal([]);
    });
  }

  it('are exported as OpenMetrics too, before its end', async () => {
    const headers = { accept: 'application/openmetrics-text; version=1.0.0' };
    const text = await (await service.get('/metrics', { headers })).text();
    expect(text).to.match(/\npromrun_command_exits_total\{check="shop",code="2"\} \d+\n/);
    expect(text.endsWith('\n# EOF\n')).to.equal(true);
    expect(text.match(/# EOF/g)).to.have.length(1);
  });
});

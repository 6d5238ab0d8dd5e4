import { expect } from 'chai';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALERTMANAGER, startAlertmanager, type TestAlertmanager } from '../support/alertmanager.ts';
import { freePort } from '../support/child-server.ts';
import { PROMETHEUS, startPrometheus, type TestPrometheus } from '../support/prometheus.ts';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';
import { needs } from '../support/skips.ts';
import { type LiveProvider, PROVIDER_SOURCE, startLiveProvider } from '../support/terraform-provider/live-provider.ts';
import { terraformRoot, type TerraformRoot } from '../support/terraform-provider/terraform-root.ts';

const ROOT = `terraform {
  required_providers {
    live = { source = "${PROVIDER_SOURCE}" }
  }
}
resource "live_object" "web" {
  name = "web"
  size = 1
}
`;
const alerts = join(import.meta.dirname, '../../alerts');

describe('from a drift in a Terraform root to the person on call: exporter, Prometheus and Alertmanager', function () {
  let provider: LiveProvider;
  let root: TerraformRoot;
  let config: Awaited<ReturnType<typeof configDir>>;
  let service: TestService | undefined;
  let prometheus: TestPrometheus;
  let alertmanager: TestAlertmanager;

  before(async function () {
    needs(this, {
      ...PROMETHEUS,
      ...ALERTMANAGER,
      terraform: 'https://developer.hashicorp.com/terraform/install',
    });
    this.timeout(180_000);
    provider = await startLiveProvider();
    root = await terraformRoot({ 'main.tf': ROOT });
    await root.apply(provider.env);
    const port = await freePort();
    config = await configDir('');
    await writeFile(config.file, configuration(root.dir, provider.env, port));
    service = await startService(config.file);
    alertmanager = await startAlertmanager(await readFile(join(alerts, 'alertmanager.example.yaml'), 'utf8'));
    prometheus = await startPrometheus({
      targets: [`127.0.0.1:${port}`],
      rules: [await readFile(join(alerts, 'drift-exporter.rules.yaml'), 'utf8')],
      alertmanagers: [alertmanager.address],
    });
  });

  after(async () => {
    await prometheus?.close();
    await alertmanager?.close();
    await service?.end('SIGTERM');
    await config?.remove();
    await root?.remove();
    await provider?.close();
  });

  const status = async (expected: string): Promise<boolean> =>
    (await prometheus.query(`drift_check_status{check="web",status="${expected}"} == 1`)).length > 0;
  const firing = async (): Promise<readonly string[]> =>
    (await prometheus.alerts())
      .filter(({ state }) => state === 'firing')
      .map(({ labels }) => labels['alertname'] ?? '');
  const setSize = (size: number): void => {
    for (const object of provider.objects.values()) object.size = size;
  };
  /** Kills the service, waits until Prometheus has missed it, starts it again and waits for a run after that. */
  const restart = async (): Promise<void> => {
    await service?.end('SIGKILL');
    service = undefined;
    await eventually(async () => (await prometheus.query('up == 0')).length > 0);
    service = await startService(config.file);
    const restarted = Date.now() / 1000;
    await eventually(
      async () => (await prometheus.query(`drift_check_last_run_timestamp_seconds > ${restarted}`)).length > 0,
      60,
    );
  };

  it('is silent while everything is in sync, also over a crash and a restart', async () => {
    await eventually(() => status('in_sync'), 60);
    await restart();
    expect(await status('in_sync')).to.equal(true);
    expect(await firing()).to.deep.equal([]);
    expect(alertmanager.notifications).to.deep.equal([]);
  });

  it('tells the receiver for the severity of the check what drifted, since when, with links', async () => {
    setSize(7);
    const [notification] = await eventually(
      () => alertmanager.notifications.length > 0 && alertmanager.notifications,
      60,
    );
    const since = (await service!.json('/diff/web')).checks[0]?.driftedSince ?? '';
    expect(notification?.receiver).to.equal('on-call');
    expect(notification?.status).to.equal('firing');
    expect(notification?.alerts).to.have.length(1);
    const [alert] = notification?.alerts ?? [];
    expect(alert?.labels).to.include({
      alertname: 'DriftDetected',
      check: 'web',
      checker: 'terraform',
      team: 'network',
      severity: 'page',
      cluster: 'eu',
    });
    expect(alert?.annotations['summary']).to.match(
      new RegExp(`^web drifted: 1 update \\(out_of_band\\), since ${since.slice(0, 10)} ${since.slice(11, 19)}`),
    );
    expect(alert?.annotations['link']).to.equal('https://drift.example.org/checks/web');
    expect(alert?.annotations['runbook_url']).to.match(/\/docs\/runbooks\/DriftDetected\.md$/);
  });

  it('neither resolves nor repeats it over a crash and a restart', async () => {
    const before = alertmanager.notifications.length;
    const [{ activeAt } = {}] = await prometheus.alerts();
    const since = (await service!.json('/diff/web')).checks[0]?.driftedSince;
    await restart();
    expect(await status('drifted')).to.equal(true);
    expect(await firing()).to.deep.equal(['DriftDetected']);
    expect((await prometheus.alerts())[0]?.activeAt).to.equal(activeAt);
    expect((await service!.json('/diff/web')).checks[0]?.driftedSince).to.equal(since);
    expect(alertmanager.notifications.slice(before)).to.deep.equal([]);
  });

  it('resolves it when the root is mended', async () => {
    setSize(1);
    await eventually(() => alertmanager.notifications.at(-1)?.status === 'resolved', 60);
    expect(await firing()).to.deep.equal([]);
    expect(alertmanager.notifications.map(({ status: of }) => of)).to.deep.equal(['firing', 'resolved']);
  });

  it('has fired nothing else all the time', async () => {
    const fired = await prometheus.query('count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[1h]))');
    expect(fired.map(({ metric }) => metric['alertname'])).to.deep.equal(['DriftDetected']);
  });
});

function configuration(dir: string, env: Readonly<Record<string, string>>, port: number): string {
  return `
web: { listen: '127.0.0.1:${port}', external_url: 'https://drift.example.org' }
global: { interval: 3s, jitter: 0% }
sources: [{ name: root, directory: '${dir}' }]
checks:
  - name: web
    checker: terraform
    source: root
    labels: { team: network, severity: page, cluster: eu }
    options: { env: ${JSON.stringify(env)} }
`;
}

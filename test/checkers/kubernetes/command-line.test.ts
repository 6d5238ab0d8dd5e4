import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startReplayServer, type ReplayServer } from '../../support/kube-replay-server.ts';
import { kubeconfig, writeTree } from '../../support/kubernetes-sources.ts';
import { configDir, startService, type DiffAnswer, type TestService } from '../../support/service.ts';
import { configMaps, smallCluster } from '../../support/small-cluster.ts';

const MAIN = join(import.meta.dirname, '../../../src/main.ts');
const changed = configMaps(1, 'one').join('').replace('value', 'other');

const YAML = { 'content-type': 'application/yaml' };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('drift-exporter check --kubernetes, without a configuration', () => {
  let server: ReplayServer;
  let home: Awaited<ReturnType<typeof writeTree>>;

  before(async () => {
    server = await startReplayServer({ cluster: smallCluster({ one: 3, two: 1 }) });
    const nameless = configMaps(1, 'one').join('').replace(', namespace: one', '');
    home = await writeTree({
      '.kube/config': kubeconfig(server.url),
      'same/all.yaml': configMaps(3, 'one').join('---\n'),
      'changed.yaml': changed,
      'nameless.yaml': nameless,
      'gone/config': kubeconfig('http://127.0.0.1:1'),
    });
  });

  after(async () => {
    await server.close();
    await home.remove();
  });

  it('ends with 0 when all is in sync', async () => {
    const { code, stdout, stderr } = await check(['same']);
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).to.include('kubernetes');
  });

  it('ends with 2 and shows the field when something drifted', async () => {
    const { code, stdout } = await check(['changed.yaml', '--output', 'json']);
    const { checks } = JSON.parse(stdout) as {
      checks: { drift: { address: string; changes: { path: string }[] }[] }[];
    };
    expect(code).to.equal(2);
    expect(checks[0]?.drift.map(({ address }) => address)).to.deep.equal(['ConfigMap/one/c0']);
    expect(checks[0]?.drift[0]?.changes.map(({ path }) => path)).to.deep.equal(['/data/key']);
  });

  it('takes the namespace of objects that name none', async () => {
    expect((await check(['nameless.yaml', '--namespace', 'two'])).code).to.equal(0);
    const { code, stdout } = await check(['nameless.yaml', '--namespace', 'three']);
    expect(code).to.equal(2);
    expect(stdout).to.include('ConfigMap/three/c0');
  });

  it('ends with 1 when the server is not there, and says so', async () => {
    const { code, stdout } = await check(['same'], { KUBECONFIG: join(home.dir, 'gone/config') });
    expect(code).to.equal(1);
    expect(stdout).to.include('unreachable');
  });

  it('ends with 1 for a context that the kubeconfig does not have', async () => {
    const { code, stdout } = await check(['same', '--context', 'prod']);
    expect(code).to.equal(1);
    expect(stdout).to.include('no context "prod"; it has test');
  });

  it('ends with 1 for a path that is not there', async () => {
    const { code, stderr } = await check(['nothing']);
    expect(code).to.equal(1);
    expect(stderr).to.include('nothing');
  });

  function check([path = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return promisify(execFile)(process.execPath, [MAIN, 'check', '--kubernetes', join(home.dir, path), ...args], {
      env: { PATH: process.env['PATH'], HOME: home.dir, ...env },
    }).then(
      (output) => ({ code: 0, ...output }),
      (error: unknown) => error as Ended,
    );
  }
});

describe('POST /diff/:check with manifests', () => {
  let server: ReplayServer;
  let git: Awaited<ReturnType<typeof writeTree>>;
  let config: Awaited<ReturnType<typeof configDir>>;
  let service: TestService;

  before(async () => {
    server = await startReplayServer({ cluster: smallCluster({ one: 3 }) });
    git = await writeTree({
      'git/all.yaml': configMaps(3, 'one').join('---\n'),
      kubeconfig: kubeconfig(server.url),
    });
    config = await configDir(`
sources: [{ name: git, directory: ${git.dir} }]
checks:
  - name: shop
    checker: kubernetes
    source: git
    interval: 1h
    options: { kubeconfig: kubeconfig, manifests: git, namespace: one, extra: { namespaces: [one] } }
`);
    service = await startService(config.file);
    expect((await post()).checks[0]).to.include({ status: 'in_sync' });
  });

  after(async () => {
    await service?.end('SIGTERM');
    await server.close();
    await config.remove();
    await git.remove();
  });

  it('compares them as they would be applied, and nothing beside them', async () => {
    const nameless = changed.replace(', namespace: one', '');
    const [check] = (await post(nameless)).checks;
    expect(check?.status).to.equal('drifted');
    expect(check?.drift.map(({ address, action }) => [address, action])).to.deep.equal([
      ['ConfigMap/one/c0', 'update'],
    ]);
    const [created] = (await post(configMaps(5, 'one')[4] ?? '')).checks;
    expect(created?.drift.map(({ address, action }) => [address, action])).to.deep.equal([
      ['ConfigMap/one/c4', 'create'],
    ]);
  });

  it('takes JSON', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c1' }, data: { key: 'value' } };
    expect((await post(JSON.stringify(object), 'application/json')).checks[0]?.status).to.equal('in_sync');
  });

  it('leaves the state of the check as it was', async () => {
    await post(changed);
    expect((await service.json('/diff/shop')).checks[0]).to.deep.include({ status: 'in_sync', drift: [] });
    expect(await service.metrics()).to.match(/^drift_check_status\{check="shop",status="drifted"\} 0$/m);
  });

  it('makes a failure of what is no manifest', async () => {
    const [check] = (await post('kind: [')).checks;
    expect(check?.status).to.equal('error');
    expect(check?.failures[0]).to.include({ reason: 'invalid', phase: 'source' });
    expect(check?.failures[0]?.message).to.match(/^the request: document 1, line 1/);
  });

  it('refuses more than 10 MiB', async () => {
    const asked = server.requests.length;
    const body = `# ${'x'.repeat(10 * 1024 * 1024)}\n${changed}`;
    const response = await service.get('/diff/shop', { method: 'POST', headers: YAML, body });
    expect(response.status).to.equal(413);
    await response.text();
    expect(server.requests).to.have.length(asked);
  });

  async function post(body?: string, type = YAML['content-type']): Promise<DiffAnswer> {
    const init = body === undefined ? {} : { body, headers: { 'content-type': type } };
    const response = await service.get('/diff/shop?format=json', { method: 'POST', ...init });
    return (await response.json()) as DiffAnswer;
  }
});

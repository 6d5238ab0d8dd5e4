import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { needsKubeApiServer, startKubeApiServer, type KubeApiServer } from '../support/kube-apiserver.ts';
import { startReplayServer, type ReplayServer } from '../support/kube-replay-server.ts';
import { kubeconfig } from '../support/kubernetes-sources.ts';
import { smallCluster } from '../support/small-cluster.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: one }\ndata: { key: "${value}" }\n`;

describe('kubediff, by another name', () => {
  let dir: string;
  let server: ReplayServer;

  before(async () => {
    server = await startReplayServer({ cluster: smallCluster({ one: 2 }) });
  });
  after(() => server.close());

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-kubediff-'));
    await mkdir(join(dir, 'k8s/deep'), { recursive: true });
    await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url));
    await writeFile(join(dir, 'k8s/same.yaml'), configMap('c0', 'value'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** The tests' own servers answer while it runs. */
  async function run(program: string, ...args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [...process.execArgv, main, program, ...args], {
      cwd: dir,
      env: { ...process.env, HOME: dir },
    });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
      });
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...texts };
  }

  const K = ['--kubeconfig', 'kubeconfig'];

  it('says nothing and ends with 0 when all is as declared', async () => {
    expect(await run('kubediff', ...K, 'k8s')).to.deep.equal({ code: 0, stdout: '', stderr: '' });
    expect(await run('kubediff', ...K, '-j', 'k8s/same.yaml')).to.deep.equal({ code: 0, stdout: '{}\n', stderr: '' });
  });

  /** What is called `key` is not shown. */
  it('prints differences as kubediff did, and ends with 2, or with 0 where that is asked for', async () => {
    await writeFile(join(dir, 'k8s/deep/other.yml'), `${configMap('c1', 'other')}---\n${configMap('gone', 'x')}`);
    const text =
      "## one/c1 (ConfigMap.v1.)\n\n.data.key: '*****' != '*****'\n" +
      '## one/gone (ConfigMap.v1.)\n\nError from server (NotFound): ConfigMap "gone" not found\n';
    expect(await run('kubediff', ...K, 'k8s')).to.deep.equal({ code: 2, stdout: text, stderr: '' });
    expect(await run('kubediff', ...K, '-e', 'k8s')).to.deep.equal({ code: 0, stdout: text, stderr: '' });
    const json = await run('kubediff', ...K, '--json', './k8s/deep/', 'k8s/same.yaml');
    expect([json.code, JSON.parse(json.stdout)]).to.deep.equal([
      2,
      {
        'k8s/deep/other.yml': [
          ".data.key: '*****' != '*****'",
          'Error from server (NotFound): ConfigMap "gone" not found',
        ],
      },
    ]);
  });

  it('ends with 2 for what the cluster does not let it read, with 1 for a file that cannot be read', async () => {
    await writeFile(join(dir, 'down'), kubeconfig('http://127.0.0.1:1'));
    const down = await run('kubediff', '-k', 'down', 'k8s');
    expect([down.code, down.stdout]).to.satisfy(
      ([code, stdout]: [number, string]) => code === 2 && /^## .*\n\nError from server \(unreachable\): /.test(stdout),
    );
    await writeFile(join(dir, 'k8s/broken.yaml'), 'kind: [');
    const broken = await run('kubediff', ...K, 'k8s');
    expect([broken.code, broken.stdout]).to.deep.equal([1, '']);
    expect(broken.stderr).to.match(/^Failed parsing k8s\/broken\.yaml|^Failed parsing broken\.yaml/);
  });

  it('shows its help with 1 without paths, with 0 when asked, and refuses what it does not know with 2', async () => {
    expect(await run('kubediff'))
      .to.include({ code: 1 })
      .and.property('stdout')
      .match(/^usage: kubediff /);
    expect(await run('kubediff', '-h')).to.include({ code: 0 });
    expect(await run('kubediff', '--colour', 'k8s')).to.include({ code: 2, stdout: '' });
  });

  it('is what a link of that name starts', async () => {
    const link = join(dir, 'kubediff');
    await symlink(main, link);
    const child = spawn(process.execPath, [link, '-h'], { cwd: dir });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    await new Promise((resolve) => child.once('close', resolve));
    expect(stdout).to.match(/^usage: kubediff /);
  });

  describe('compare-images', () => {
    const workload = (namespace: string, image: string): string =>
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace },
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'a', image },
                { name: 'b', image: 'reg:5000/side:1' },
              ],
            },
          },
        },
      });

    it('prints the labels that differ as a table, or as JSON, and ends with 0', async () => {
      for (const [environment, image] of [
        ['staging', 'shop/web:2'],
        ['prod', 'shop/web:1'],
      ] as const) {
        await mkdir(join(dir, environment));
        await writeFile(join(dir, environment, 'web.yaml'), workload('default', image));
      }
      expect(await run('compare-images', 'staging/', 'prod')).to.deep.equal({
        code: 0,
        stdout: 'Image     staging  prod\n--------  -------  ----\nshop/web  2        1\n',
        stderr: '',
      });
      expect((await run('compare-images', '--format', 'json', 'staging', 'prod')).stdout).to.equal(
        '{"shop/web":["2","1"]}\n',
      );
      expect(await run('compare-images', 'staging')).to.include({ code: 1 });
    });
  });

  describe('on a real API server', () => {
    let real: KubeApiServer;

    before(async function () {
      this.timeout(120_000);
      real = await startKubeApiServer(needsKubeApiServer(this));
    });
    after(() => real?.close());

    it("says what kubediff's own end-to-end test expects", async function () {
      this.timeout(60_000);
      const declared = (replicas: number): string =>
        `apiVersion: apps/v1
kind: Deployment
metadata: { name: kubediff-app }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: kubediff-app } }
  template:
    metadata: { labels: { app: kubediff-app } }
    spec: { containers: [{ name: app, image: nginx, resources: { limits: { cpu: 0.5 } } }] }
`;
      await real.kubectl(['apply', '-f', '-'], { input: declared(3) });
      await writeFile(join(dir, 'k8s-deployment.yaml'), declared(1));
      const given = ['-k', real.kubeconfig, '-c', 'admin'];
      const found = await run('kubediff', ...given, 'k8s-deployment.yaml');
      expect(found).to.deep.equal({
        code: 2,
        stdout: "## default/kubediff-app (Deployment.v1.apps)\n\n.spec.replicas: '1' != '3'\n",
        stderr: '',
      });
      const json = await run('kubediff', ...given, '--json', 'k8s-deployment.yaml');
      expect(json.stdout).to.equal('{\n  "k8s-deployment.yaml": [\n    ".spec.replicas: \'1\' != \'3\'"\n  ]\n}\n');
    });
  });
});

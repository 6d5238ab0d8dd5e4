import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { compare } from '../../../checkers/compare/index.ts';
import { conformanceTests, runChecker, type Scenario } from '../../../src/testing/index.ts';
import { useSilentServer } from '../../support/silent-server.ts';
import { needs } from '../../support/skips.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';

type Options = Readonly<Record<string, unknown>>;

interface Web {
  readonly name?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly replicas?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Deployment as git declares it. */
function deployment({
  name = 'web',
  namespace = 'prod',
  image = 'shop/web:1',
  replicas = 2,
  env = {},
  labels = {},
}: Web = {}): string {
  const variables = Object.entries(env).map(([variable, value]) => ({ name: variable, value }));
  const container = { name: 'app', image, env: variables, ports: [{ containerPort: 80 }] };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: { replicas, template: { spec: { containers: [container, { name: 'proxy', image: 'envoy:1' }] } } },
  });
}

const sides =
  (left: readonly string[], right: readonly string[], options: Options = {}) =>
  async (dir: string): Promise<Options> => {
    await writeTree(dir, { 'left/all.yaml': left.join('\n---\n'), 'right/all.yaml': right.join('\n---\n') });
    return { left: { manifests: 'left' }, right: { manifests: 'right' }, ...options };
  };

async function writeTree(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
}

const STAGING = { namespaces: { staging: 'prod' } };

const scenarios: readonly Scenario[] = [
  {
    title: 'finds two environments the same that differ by their namespace',
    prepare: sides([deployment({ namespace: 'staging' })], [deployment()], { map: STAGING }),
    expect: { status: 'in_sync' },
  },
  {
    title: 'finds the image that was tested and does not run',
    prepare: sides([deployment({ namespace: 'staging', image: 'shop/web:2' })], [deployment()], { map: STAGING }),
    expect: { status: 'drifted', drifted: ['apps/Deployment/prod/web'] },
    verify: ({ drift: [drift] }) => {
      expect(drift?.changes).to.deep.equal([
        {
          op: 'replace',
          path: '/spec/template/spec/containers/0/image',
          live: { kind: 'known', value: 'shop/web:1' },
          desired: { kind: 'known', value: 'shop/web:2' },
        },
      ]);
    },
  },
  {
    title: 'tells on which side what the other lacks is, in fields and objects',
    prepare: sides(
      [deployment({ env: { A: '1', LEFT: 'x' } }), deployment({ name: 'left' })],
      [deployment({ env: { RIGHT: 'y', A: '1' } }), deployment({ name: 'right' })],
    ),
    expect: {
      status: 'drifted',
      drifted: ['apps/Deployment/prod/web', 'apps/Deployment/prod/left', 'apps/Deployment/prod/right'],
    },
    verify: ({ drift, resources }) => {
      expect(resources).to.equal(3);
      const found = drift.map(({ address, action, changes }) => [
        address.replace(/.*\//, ''),
        action,
        changes.map(({ op, path }) => `${op} ${path}`),
      ]);
      expect(found).to.have.deep.members([
        [
          'web',
          'update',
          ['remove /spec/template/spec/containers/0/env/0', 'add /spec/template/spec/containers/0/env/1'],
        ],
        ['left', 'create', []],
        ['right', 'delete', []],
      ]);
    },
  },
  {
    title: 'maps names by regular expressions, and values that refer to them',
    prepare: sides(
      [deployment({ name: 'stg-web', env: { HOST: 'web.staging.example.org' } })],
      [deployment({ name: 'web-prod', env: { HOST: 'web.example.org' } })],
      {
        map: {
          names: [{ match: '^stg-(.*)$', replace: '$1-prod', kind: 'Deploy*' }],
          values: [
            {
              path: '/spec/**/env/*/value',
              match: String.raw`^(.*)\.staging\.example\.org$`,
              replace: '$1.example.org',
            },
          ],
        },
      },
    ),
    expect: { status: 'in_sync' },
  },
  {
    title: 'strips generated hashes of both sides',
    prepare: sides([deployment({ name: 'web-abc1234567' })], [deployment({ name: 'web-def7654321' })], {
      map: { names: [{ match: '-[a-z0-9]{10}$', replace: '', side: 'both' }] },
    }),
    expect: { status: 'in_sync' },
  },
  {
    title: 'lets differ what may, and says why it may',
    prepare: sides(
      [deployment({ replicas: 1, env: { LOG: 'debug' } }), deployment({ name: 'debug' })],
      [deployment({ replicas: 9, env: { LOG: 'info' } })],
      {
        allowed: [
          { path: '/spec/replicas', kind: 'Deployment', reason: 'staging is smaller' },
          { path: '/spec/**/env/LOG', reason: 'staging logs more' },
          { name: 'debug', reason: 'only staging is debugged' },
        ],
      },
    ),
    expect: { status: 'in_sync' },
    verify: ({ notices }) => {
      expect(notices.map(({ kind, message, address }) => [kind, message, address])).to.have.deep.members([
        ['allowed_difference', 'staging is smaller', 'apps/Deployment/prod/web'],
        ['allowed_difference', 'staging logs more', 'apps/Deployment/prod/web'],
        ['allowed_difference', 'only staging is debugged', 'apps/Deployment/prod/debug'],
      ]);
    },
  },
  {
    title: 'keeps what is not allowed beside what is',
    prepare: sides([deployment({ replicas: 1, image: 'shop/web:2' })], [deployment({ replicas: 9 })], {
      allowed: [{ path: '/spec/replicas', reason: 'smaller' }],
    }),
    expect: { status: 'drifted', drifted: ['apps/Deployment/prod/web'] },
    verify: ({ drift: [drift] }) => {
      expect(drift?.changes.map(({ path }) => path)).to.deep.equal(['/spec/template/spec/containers/0/image']);
    },
  },
  {
    title: 'compares only the fields that were asked for, and shows all their values',
    prepare: sides([deployment({ image: 'shop/web:2', replicas: 1 })], [deployment({ replicas: 9 })], {
      fields: ['image'],
    }),
    expect: { status: 'drifted', drifted: ['apps/Deployment/prod/web'] },
    verify: ({ drift: [drift], notices: [notice] }) => {
      expect(drift?.changes.map(({ path }) => path)).to.deep.equal(['/spec/template/spec/containers/app/image']);
      expect([notice?.kind, notice?.message]).to.deep.equal([
        'compared_values',
        'image: 2 on both sides, 1 not the same',
      ]);
      expect(notice?.changes?.map(({ path }) => path.split('/').at(-2))).to.deep.equal(['app', 'proxy']);
    },
  },
  {
    title: 'shows no secret: of Secrets, of variables named like one, in fields that were asked for either',
    prepare: sides(
      [deployment({ env: { DB_PASSWORD: 'c4n4ry-left' } }), secret('c4n4ry-sealed-left')],
      [deployment({ env: { DB_PASSWORD: 'c4n4ry-right' } }), secret('c4n4ry-sealed-right')],
      {
        fields: [
          { name: 'env', path: '/spec/**/env/*/value' },
          { name: 'data', path: '/data/*' },
          { name: 'text', path: '/stringData/*' },
        ],
      },
    ),
    expect: { status: 'drifted', drifted: ['apps/Deployment/prod/web', 'Secret/prod/s'] },
    secrets: ['c4n4ry-left', 'c4n4ry-right', 'c4n4ry-sealed-left', 'c4n4ry-sealed-right'],
  },
  {
    title: 'sees two Secrets differ and shows neither',
    prepare: sides([secret('c4n4ry-sealed-left')], [secret('c4n4ry-sealed-right')]),
    expect: { status: 'drifted', drifted: ['Secret/prod/s'] },
    secrets: ['c4n4ry-sealed', Buffer.from('c4n4ry-sealed-left').toString('base64')],
  },
  {
    title: 'tells nothing missing of a side that could not be read whole',
    prepare: sides(
      [deployment(), 'kind: [', deployment({ name: 'left' })],
      [deployment(), deployment({ name: 'right' })],
    ),
    expect: { status: 'error', failures: ['invalid'], drifted: ['apps/Deployment/prod/left'] },
    verify: ({ failures: [failure] }) => {
      expect(failure?.message).to.match(/^left: left\/all\.yaml: document 2, line/);
    },
  },
  {
    title: 'fails on a side that declares nothing',
    prepare: sides([deployment()], ['# later']),
    expect: { status: 'error', failures: ['not_found'] },
    verify: ({ failures: [failure] }) => {
      expect(failure?.message).to.equal('right: declares no Kubernetes object');
    },
  },
  {
    title: 'fails on a directory that is not there',
    prepare: async (dir) => ({
      ...(await sides([deployment()], [deployment()])(dir)),
      right: { manifests: 'nowhere' },
    }),
    expect: { status: 'error', failures: ['not_found'] },
  },
  {
    title: 'fails on a repository that is not there',
    prepare: async (dir) => ({
      ...(await sides([deployment()], [deployment()])(dir)),
      right: { git: { url: join(dir, 'nowhere.git') }, manifests: '.' },
    }),
    expect: { status: 'error', failures: ['not_found'] },
  },
  {
    title: 'fails on a cluster that does not answer',
    prepare: async (dir) => {
      const options = await sides([deployment()], [])(dir);
      await writeFile(join(dir, 'kubeconfig'), kubeconfig('http://127.0.0.1:1'));
      return { ...options, right: { cluster: { kubeconfig: 'kubeconfig' } } };
    },
    expect: { status: 'error', failures: ['unreachable'] },
  },
];

function secret(value: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'prod' },
    stringData: { k: value },
  });
}

describe('checker compare, as every checker', () => {
  const silent = useSilentServer();

  const left = { manifests: 'left' };
  const tests = conformanceTests(compare, {
    scenarios,
    slow: {
      prepare: async (dir) => {
        await writeFile(join(dir, 'kubeconfig'), kubeconfig(silent.url()));
        const cluster = { kubeconfig: 'kubeconfig' };
        return { left: { cluster }, right: { cluster } };
      },
    },
    badOptions: {
      'one side': { left },
      'a side that is nothing': { left, right: {} },
      'a side that is two things': { left, right: { manifests: 'a', kustomize: 'b' } },
      'git of a cluster': { left, right: { cluster: {}, git: { url: '/srv/git' } } },
      'a URL with a token in it': { left, right: { ...left, git: { url: 'https://x:y@example.org/a.git' } } },
      'a URL of another protocol': { left, right: { ...left, git: { url: 'ext::sh -c date' } } },
      'a ref that is an option': { left, right: { ...left, git: { url: '/srv/git', ref: '--upload-pack=x' } } },
      'a difference allowed without a reason': { left, right: left, allowed: [{ path: '/spec/replicas' }] },
      'everything allowed': { left, right: left, allowed: [{ reason: 'no' }] },
      'a path that is none': { left, right: left, allowed: [{ path: 'spec.replicas', reason: 'x' }] },
      'an expression that is none': { left, right: left, map: { names: [{ match: '(', replace: '' }] } },
      'a field nobody knows': { left, right: left, fields: ['colour'] },
    },
  });
  for (const { title, run } of tests) it(title, run);
});

describe('the compare checker on two commits', () => {
  let dir: string;

  const git = (...args: string[]): Promise<unknown> =>
    promisify(execFile)('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);

  /** Each pair of sides comes to what it says, in sync unless it does. */
  async function hold(
    pairs: readonly (Readonly<Record<string, unknown>> & { readonly drifted?: readonly string[] })[],
  ): Promise<void> {
    for (const { drifted = [], ...options } of pairs) {
      const { failures, drift } = await runChecker(compare, { options, source: dir });
      expect(failures).to.deep.equal([]);
      expect(drift.map(({ address }) => address)).to.deep.equal(drifted);
    }
  }

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-compare-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('compares two overlays of one base, and one overlay at two refs', async function () {
    needs(this, { kubectl: 'https://kubernetes.io/docs/tasks/tools/' });
    const overlay = (namespace: string, tag: string): string =>
      JSON.stringify({
        resources: ['../base'],
        namespace,
        namePrefix: `${namespace}-`,
        images: [{ name: 'shop/web', newTag: tag }],
      });
    await git('init', '-q', '-b', 'main');
    await writeTree(dir, {
      'base/web.yaml': deployment({}),
      'base/kustomization.yaml': JSON.stringify({ resources: ['web.yaml'] }),
      'staging/kustomization.yaml': overlay('staging', '2'),
      'prod/kustomization.yaml': overlay('prod', '2'),
    });
    await git('add', '-A');
    await git('commit', '-qm', 'kustomized');
    await git('tag', 'kustomized');
    await writeTree(dir, { 'prod/kustomization.yaml': overlay('prod', '3') });
    await git('commit', '-qam', 'newer');
    const map = { namespaces: { staging: 'prod' }, names: [{ match: '^staging-', replace: 'prod-' }] };
    const at = (ref: string, path: string): object => ({ git: { url: dir, ref }, kustomize: path });
    const drifted = ['apps/Deployment/prod/prod-web'];
    await hold([
      { left: at('kustomized', 'staging'), right: at('kustomized', 'prod'), map },
      { left: at('main', 'staging'), right: at('main', 'prod'), map, drifted },
      { left: at('main', 'prod'), right: at('kustomized', 'prod'), drifted },
    ]);
  });

  it('compares two refs of a repository, and a tag with a branch', async () => {
    await git('init', '-q', '-b', 'main');
    await writeTree(dir, { 'k8s/web.yaml': deployment() });
    await git('add', '-A');
    await git('commit', '-qm', 'one');
    await git('tag', 'v1');
    await writeTree(dir, { 'k8s/web.yaml': deployment({ image: 'shop/web:2' }) });
    await git('commit', '-qam', 'two');
    const of = (ref: string): object => ({ git: { url: dir, ref }, manifests: 'k8s' });
    const tests = conformanceTests(compare, {
      scenarios: [
        { title: 'same', prepare: async () => ({ left: of('v1'), right: of('v1') }), expect: { status: 'in_sync' } },
        {
          title: 'other',
          prepare: async () => ({ left: of('main'), right: of('v1') }),
          expect: { status: 'drifted', drifted: ['apps/Deployment/prod/web'] },
        },
        {
          title: 'no such ref',
          prepare: async () => ({ left: of('main'), right: of('v9') }),
          expect: { status: 'error', failures: ['not_found'] },
        },
      ],
      badOptions: {},
    });
    for (const { run } of tests) await run();
  });
});

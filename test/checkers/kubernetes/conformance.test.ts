import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { kubernetes } from '../../../checkers/kubernetes/index.ts';
import { conformanceTests, type Scenario } from '../../../src/testing/index.ts';
import {
  answerWith,
  startReplayServer,
  statusBody,
  type Fault,
  type ReplayServer,
} from '../../support/kube-replay-server.ts';
import { kubeconfig } from '../../support/kubernetes-sources.ts';
import { configMaps, smallCluster } from '../../support/small-cluster.ts';

const TOKEN = 'c4n4ry-bearer-token';
const secret = (value: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: one}\ntype: Opaque\nstringData: {k: ${value}}\n`;
const forbidden = answerWith(({ path }) => path.endsWith('/configmaps'), {
  status: 403,
  body: statusBody(403, 'configmaps is forbidden'),
});

describe('checker kubernetes, as every checker', () => {
  let server: ReplayServer;
  let silent: Server;
  let fault: Fault = () => false;

  before(async () => {
    server = await startReplayServer({
      cluster: smallCluster({ one: 3 }),
      token: () => TOKEN,
      fault: (...args) => fault(...args),
    });
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });

  after(async () => {
    await server.close();
    silent.close();
  });

  const manifests =
    (texts: readonly string[], { options = {}, broken = () => false }: Given = {}) =>
    async (dir: string): Promise<Readonly<Record<string, unknown>>> => {
      fault = broken;
      await mkdir(join(dir, 'git'));
      await writeFile(join(dir, 'git/all.yaml'), texts.join('---\n'));
      await writeFile(join(dir, 'kubeconfig'), kubeconfig(server.url, { token: TOKEN }));
      return { kubeconfig: 'kubeconfig', manifests: 'git', ...options };
    };

  const scenarios: readonly Scenario[] = [
    {
      title: 'a namespace as git has it',
      prepare: manifests([...configMaps(3, 'one'), secret('v')]),
      expect: { status: 'in_sync', drifted: [] },
      secrets: [TOKEN],
    },
    {
      title: 'an object that is missing and one that is not declared',
      prepare: manifests([...configMaps(2, 'one'), ...configMaps(4, 'one').slice(3)], {
        options: { extra: { namespaces: ['one'] } },
      }),
      expect: { status: 'drifted', drifted: ['ConfigMap/one/c2', 'ConfigMap/one/c3'] },
    },
    {
      title: 'a Secret that differs',
      prepare: manifests([secret('c4n4ry-in-git')]),
      expect: { status: 'drifted', drifted: ['Secret/one/s'] },
      secrets: ['c4n4ry-in-git', Buffer.from('c4n4ry-in-git').toString('base64'), TOKEN],
    },
    {
      title: 'a kind that may not be listed',
      prepare: manifests([...configMaps(3, 'one'), secret('v')], { broken: forbidden }),
      expect: { status: 'error', failures: ['forbidden'] },
    },
    {
      title: 'a manifest that cannot be read, beside drift',
      prepare: manifests([secret('other'), 'kind: [\n']),
      expect: { status: 'error', drifted: ['Secret/one/s'], failures: ['invalid'] },
    },
    {
      title: 'a server that is not there',
      prepare: async (dir) => {
        const options = await manifests(configMaps(1, 'one'))(dir);
        await writeFile(join(dir, 'kubeconfig'), kubeconfig('http://127.0.0.1:1'));
        return options;
      },
      expect: { status: 'error', drifted: [], failures: ['unreachable'] },
    },
  ];
  const tests = conformanceTests(kubernetes, {
    scenarios,
    slow: {
      prepare: async (dir) => {
        const options = await manifests(configMaps(1, 'one'), { options: { request_timeout_seconds: 600 } })(dir);
        const { port } = silent.address() as AddressInfo;
        await writeFile(join(dir, 'kubeconfig'), kubeconfig(`http://127.0.0.1:${port}`));
        return options;
      },
    },
    badOptions: {
      'nothing that says what git declares': {},
      'two answers to what git declares': { manifests: 'git', command: ['render'] },
      'a command that is a line for a shell': { command: 'render | sort' },
      'a release name that Helm refuses': { helm: { chart: 'chart', release: 'My Release' } },
      'a page of no objects': { manifests: 'git', page_size: 0 },
      'an ignore rule that is no JSON Pointer': {
        manifests: 'git',
        ignore_differences: [{ kind: 'Deployment', jsonPointers: ['spec.replicas'] }],
      },
      'an ignore rule in jq that selects no fields': {
        manifests: 'git',
        ignore_differences: [{ kind: 'Deployment', jqPathExpressions: ['.spec | keys'] }],
      },
    },
  });
  for (const { title, run } of tests) it(title, run);
});

interface Given {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly broken?: Fault;
}

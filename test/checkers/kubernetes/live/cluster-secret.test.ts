import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { kubernetes } from '../../../../checkers/kubernetes/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../../support/checker-context.ts';
import { startReplayServer, type ReplayServer } from '../../../support/kube-replay-server.ts';
import { kubeconfig } from '../../../support/kubernetes-sources.ts';
import { configMaps, smallCluster } from '../../../support/small-cluster.ts';

const TOKEN = 'c4n4ry-workload-token';
const CA = 'c4n4ry-in-a-file';

describe('A cluster that a Secret in another one says how to reach', () => {
  let dir = '';
  let management: ReplayServer;
  let workload: ReplayServer;
  let secret: string | undefined;
  let secrets: readonly string[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-cluster-secret-'));
    const documents = {
      get: (path: string) => (path === '/api/v1/namespaces/prod/secrets/eu' ? secret : undefined),
    } as unknown as ReadonlyMap<string, string>;
    management = await startReplayServer({ cluster: { documents, lists: new Map() } });
    workload = await startReplayServer({ cluster: smallCluster({ one: 2 }), token: () => TOKEN });
    await writeFile(join(dir, 'kubeconfig'), kubeconfig(management.url));
    await writeFile(join(dir, 'all.yaml'), configMaps(2, 'one').join('---\n'));
    await writeFile(join(dir, 'token.pem'), CA);
    await writeFile(
      join(dir, 'plugin'),
      `#!/bin/sh\necho '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"${TOKEN}"}}'\n`,
    );
    await chmod(join(dir, 'plugin'), 0o755);
  });

  after(async () => {
    await Promise.all([management.close(), workload.close()]);
    await rm(dir, { recursive: true });
  });

  const check = async (data: Readonly<Record<string, string>> | undefined, options: object = {}): Promise<Sum> => {
    const encoded = Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    secret = data === undefined ? undefined : JSON.stringify({ kind: 'Secret', data: Object.fromEntries(encoded) });
    const context = await checkerContext({ sourceDir: dir });
    try {
      const cluster_secret = { namespace: 'prod', name: 'eu', ...options };
      return await sumOfRun(kubernetes, { kubeconfig: 'kubeconfig', manifests: 'all.yaml', cluster_secret }, context);
    } finally {
      ({ secrets } = context);
      await context.cleanup();
    }
  };
  const workloadConfig = (user: object, cluster: object = {}): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: workload.url, 'insecure-skip-tls-verify': true, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  const argo = (config: object): Record<string, string> => ({
    name: 'eu',
    server: workload.url,
    config: JSON.stringify({ tlsClientConfig: { insecure: true }, ...config }),
  });

  const ways: readonly (readonly [string, () => Record<string, string>, (() => object)?])[] = [
    ['a kubeconfig', () => ({ value: workloadConfig({ token: TOKEN }) })],
    ['a kubeconfig under another key', () => ({ admin: workloadConfig({ token: TOKEN }) }), () => ({ key: 'admin' })],
    [
      'a kubeconfig whose plugin is allowed',
      () => ({
        value: workloadConfig({
          exec: { command: join(dir, 'plugin'), apiVersion: 'client.authentication.k8s.io/v1' },
        }),
      }),
      () => ({ exec: [join(dir, 'plugin')] }),
    ],
    ['a bearer token of Argo CD', () => argo({ bearerToken: TOKEN }), () => ({ format: 'argo_cd' })],
    [
      'a plugin of Argo CD that is allowed',
      () =>
        argo({
          execProviderConfig: {
            command: join(dir, 'plugin'),
            apiVersion: 'client.authentication.k8s.io/v1',
            env: { A: 'b' },
          },
        }),
      () => ({ format: 'argo_cd', exec: [join(dir, 'plugin')] }),
    ],
  ];
  for (const [title, data, options] of ways) {
    it(`is reached by ${title}`, async () => {
      const { resources, drift, failures } = await check(data(), options?.());
      expect({ resources, drift, failures }).to.deep.equal({ resources: 2, drift: [], failures: [] });
      expect(secrets).to.include(TOKEN);
    });
  }

  const refused: readonly (readonly [string, () => Record<string, string> | undefined, object, string, RegExp])[] = [
    ['there is no such Secret', () => undefined, {}, 'not_found', /GET \/api\/v1\/namespaces\/prod\/secrets\/eu: 404/],
    [
      'the key is not there',
      () => ({ other: 'x' }),
      {},
      'invalid',
      /^Secret prod\/eu: expected data.value; it has other$/,
    ],
    ['it is no kubeconfig', () => ({ value: `{ ${TOKEN}` }), {}, 'invalid', /^Secret prod\/eu: expected a kubeconfig$/],
    [
      'it names a file of a certificate authority',
      () => ({ value: workloadConfig({ token: TOKEN }, { 'certificate-authority': join(dir, 'token.pem') }) }),
      {},
      'unsupported',
      /^Secret prod\/eu: the kubeconfig has certificate-authority of a cluster: expected no more than/,
    ],
    [
      'it names a file with a token',
      () => ({ value: workloadConfig({ tokenFile: join(dir, 'token.pem') }) }),
      {},
      'unsupported',
      /^Secret prod\/eu: the kubeconfig has tokenFile of a user: expected no more than/,
    ],
    [
      'it names a file with a token, as a library spells it',
      () => ({ value: workloadConfig({ 'token-file': join(dir, 'token.pem') }) }),
      {},
      'unsupported',
      /^Secret prod\/eu: the kubeconfig has token-file of a user/,
    ],
    [
      'it names a file with a key',
      () => ({ value: workloadConfig({ 'client-key': join(dir, 'token.pem') }) }),
      {},
      'unsupported',
      /^Secret prod\/eu: the kubeconfig has client-key of a user: expected no more than/,
    ],
    [
      'it runs a program',
      () => ({ value: workloadConfig({ exec: { command: join(dir, 'plugin') } }) }),
      { exec: ['aws'] },
      'unsupported',
      /^Secret prod\/eu: the kubeconfig runs ".*plugin" for a token; expected one of cluster_secret.exec \(aws\)$/,
    ],
    [
      'it has an auth-provider',
      () => ({
        value: workloadConfig({ 'auth-provider': { name: 'gcp', config: { 'cmd-path': join(dir, 'plugin') } } }),
      }),
      {},
      'unsupported',
      /^Secret prod\/eu: the kubeconfig has auth-provider of a user/,
    ],
    [
      "it needs Argo CD's own program",
      () => argo({ awsAuthConfig: { clusterName: 'eu' } }),
      { format: 'argo_cd' },
      'unsupported',
      /^Secret prod\/eu: awsAuthConfig needs/,
    ],
    [
      "Argo CD's configuration is no JSON",
      () => ({ server: workload.url, config: TOKEN }),
      { format: 'argo_cd' },
      'invalid',
      /^Secret prod\/eu: data.config: expected JSON$/,
    ],
  ];
  for (const [title, data, options, reason, message] of refused) {
    it(`is a failure when ${title}`, async () => {
      const { resources, drift, failures } = await check(data(), options);
      expect({ resources, drift }).to.deep.equal({ resources: 0, drift: [] });
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(message);
      expect(failures[0]?.message).not.to.include('c4n4ry');
    });
  }
});

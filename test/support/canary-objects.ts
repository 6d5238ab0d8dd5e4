/** What is applied to a cluster with secrets in it, and words that quote secrets, for tests that look for them. */
import type { Canaries } from './canaries.ts';
import { gitopsCluster, type CustomKind } from './gitops-cluster.ts';
import type { Cluster, KubeItem } from './kube-replay-server.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Words of a controller or server that quote what it logs in with. */
export function quotingWords(canaries: Canaries, what: string): string {
  const plant = (where: string): string => canaries.plant(where);
  return [
    `failed to clone https://bot:${plant(`${what}: a password in a URL`)}@git.example.org/a.git`,
    `https://${plant(`${what}: a token for a user`)}@git.example.org/a.git is not there`,
    `nor https://${plant(`${what}: a token before a word`)}:x-oauth-basic@git.example.org/a.git`,
    `Authorization: Bearer ${plant(`${what}: a bearer`)}`,
    `authorization: Basic ${base64(`u:${plant(`${what}: a basic login`)}`)}`,
    `helm upgrade --set auth.password=${plant(`${what}: a flag`)}`,
    `{"clientSecret": ${JSON.stringify(canaries.plantOdd(`${what}: a key of JSON`))}}`,
    `api-key: ${plant(`${what}: a header`)}`,
  ].join('; ');
}

export interface Applied {
  /** Keys and values of what is applied: the name says whether it is a secret. */
  readonly secret: string;
  readonly named: string;
  readonly file: string;
  /** No secret, unless the test makes it one. */
  readonly elsewhere: string;
  readonly size: string;
}

export const applied = (canaries: Canaries, what: string, size: string): Applied => ({
  secret: canaries.plantOdd(`${what}: a Secret`),
  named: canaries.plant(`${what}: a key called password`),
  file: canaries.plant(`${what}: a file in a ConfigMap`),
  elsewhere: `hello ${size}`,
  size,
});

export const objectsOf = (of: Applied, metadata: (name: string) => Fields): Fields[] => [
  { apiVersion: 'v1', kind: 'Secret', metadata: metadata('app'), data: { key: base64(of.secret) } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('app'),
    data: {
      DB_PASSWORD: of.named,
      greeting: of.elsewhere,
      'app.conf': `host = db\nurl = postgres://u:${of.file}@db/x\n`,
      size: of.size,
    },
  },
];

/** What must be told to have changed between two of them. */
export const CHANGED: Readonly<Record<string, readonly string[]>> = {
  'Secret/app': ['/data/key'],
  'ConfigMap/app': ['/data/DB_PASSWORD', '/data/app.conf', '/data/greeting', '/data/size'],
};

export const yaml = (documents: readonly Fields[]): string =>
  documents.map((one) => `---\n${JSON.stringify(one)}\n`).join('');

/** A cluster whose Secrets and ConfigMaps are these. */
export function clusterOf(kinds: readonly CustomKind[], items: readonly Fields[]): Cluster {
  const { documents, lists } = gitopsCluster(kinds);
  const list = (kind: string) => {
    const found = items.filter((one) => one['kind'] === kind) as unknown as readonly KubeItem[];
    return { apiVersion: 'v1', kind: `${kind}List`, items: found };
  };
  return {
    documents,
    lists: new Map([...lists, ['/api/v1/secrets', list('Secret')], ['/api/v1/configmaps', list('ConfigMap')]]),
  };
}

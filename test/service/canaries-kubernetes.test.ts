import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createCanaries, investigate } from '../support/canaries.ts';
import { makeCertificates } from '../support/git-http.ts';
import { statusBody, startReplayServer, type Cluster, type KubeItem } from '../support/kube-replay-server.ts';
import { configDir } from '../support/service.ts';

const canaries = createCanaries();
/** What a program has in its environment because it needs it there. */
const given = createCanaries();
const plant = (what: string): string => canaries.plant(`kubernetes ${what}`);
const odd = (what: string): string => canaries.plantOdd(`kubernetes ${what}`);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
/** What people call the keys under which secrets stand. */
const KEYS = `
  password DB_PASSWORD dbPassword root-password passwd pgpassword passphrase token API_TOKEN authToken
  api-key apiKey AWS_SECRET_ACCESS_KEY clientSecret client_secret private_key encryption-key
  connectionString credentials cookie psk _authToken dockerconfigjson
`
  .trim()
  .split(/\s+/);

type Fields = Record<string, unknown>;
interface Pair {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Git's side and the live one. */
  readonly git: Fields;
  readonly live: Fields;
  readonly annotations?: { readonly git: Fields; readonly live: Fields };
  /** Pointers that must be told to have changed. */
  readonly changed: readonly string[];
}

const jwt = (secret: string): string => `${['ey', 'JhbGciOiJIUzI1NiJ9'].join('')}.eyJzdWIiOiIxMjM0In0.${secret}`;
const pem = (secret: string): string =>
  ['-----BEGIN RSA PRIV', `ATE KEY-----\n${secret}\n`, '-----END RSA PRIV', 'ATE KEY-----\n'].join('');
const both = (
  what: string,
  make: (what: string) => string = plant,
): { readonly git: string; readonly live: string } => ({
  git: make(`${what} in git`),
  live: make(`${what} in the cluster`),
});
const container = (fields: Fields): Fields => ({ containers: [{ name: 'a', image: 'app:1', ...fields }] });
const pod = (name: string, fields: { git: Fields; live: Fields }, changed: string): Pair => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name,
  git: { spec: container(fields.git) },
  live: { spec: container(fields.live) },
  changed: [`/spec/containers/0${changed}`],
});

/** One object for each way a secret gets into Kubernetes; both sides hold other secrets. */
function pairs(): Pair[] {
  const v1 = { apiVersion: 'v1' } as const;
  const secret = (name: string, git: Fields, live: Fields, changed: readonly string[]): Pair => ({
    ...v1,
    kind: 'Secret',
    name,
    git,
    live,
    changed,
  });
  const found: Pair[] = [];
  for (const key of ['a', 'harmless', 'tls.crt']) {
    const data = both(`Secret data ${key}`, odd);
    found.push(
      secret(`data-${key}`, { data: { [key]: base64(data.git) } }, { data: { [key]: base64(data.live) } }, [
        `/data/${key}`,
      ]),
    );
    const text = both(`Secret stringData ${key}`, odd);
    found.push(
      secret(`string-${key}`, { stringData: { [key]: text.git } }, { data: { [key]: base64(text.live) } }, [
        `/data/${key}`,
      ]),
    );
  }
  const wrapped = both('Secret with wrapped base64');
  found.push(
    secret(
      'wrapped',
      { data: { a: base64(`${'x'.repeat(70)}${wrapped.git}`).replaceAll(/(.{40})/g, '$1\n') } },
      { data: { a: base64(wrapped.live) } },
      ['/data/a'],
    ),
  );
  const invalid = both('Secret that is no base64');
  found.push(secret('invalid', { data: { a: `${invalid.git}!` } }, { data: { a: base64(invalid.live) } }, ['/data/a']));
  const only = plant('Secret key only in the cluster');
  found.push(secret('more', { data: {} }, { data: { extra: base64(only) } }, ['/data/extra']));
  const docker = both('registry login');
  const dockerConfig = (login: string): Fields => ({
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': base64(JSON.stringify({ auths: { 'r.example.org': { auth: base64(`u:${login}`) } } })),
    },
  });
  found.push(secret('docker', dockerConfig(docker.git), dockerConfig(docker.live), ['/data/.dockerconfigjson']));
  const applied = plant('Secret annotation last-applied');
  found.push({
    ...secret('annotated', { data: { a: 'eA==' } }, { data: { a: 'eQ==' } }, ['/data/a']),
    annotations: {
      git: {},
      live: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
          kind: 'Secret',
          stringData: { a: applied },
        }),
      },
    },
  });

  for (const key of KEYS) {
    const value = both(`ConfigMap data ${key}`);
    const name = `c-${key.toLowerCase().replaceAll(/[^a-z]/g, '')}-${found.length}`;
    const pointer = `/data/${key}`;
    found.push({
      ...v1,
      kind: 'ConfigMap',
      name,
      git: { data: { [key]: value.git, size: '1' } },
      live: { data: { [key]: value.live, size: '1' } },
      changed: [pointer],
    });
    const file = both(`ConfigMap file with ${key}`, odd);
    const lines = (secret: string): Fields => ({
      'app.yaml': `user: bob\n${key}: ${JSON.stringify(secret)}\nport: 80\n`,
      'app.json': JSON.stringify({ user: 'bob', nested: { [key]: secret } }),
      'app.env': `USER=bob\n${key.replaceAll(/\W/g, '_')}='${secret}'\n`,
    });
    found.push({
      ...v1,
      kind: 'ConfigMap',
      name: `f-${name}`,
      git: { data: lines(file.git) },
      live: { data: lines(file.live) },
      changed: ['/data/app.yaml', '/data/app.json', '/data/app.env'],
    });
    const env = both(`variable ${key}`, odd);
    const variables = (value: string): Fields => ({ env: [{ name: key.replaceAll(/\W/g, '_'), value }] });
    found.push(pod(`env-${name}`, { git: variables(env.git), live: variables(env.live) }, '/env/0/value'));
    const flag = both(`argument ${key}`);
    const args = (value: string): Fields => ({ args: [`--${key}=${value}`, '--verbose'] });
    found.push(pod(`args-${name}`, { git: args(flag.git), live: args(flag.live) }, '/args/0'));
    const after = both(`argument after --${key}`);
    const split = (value: string): Fields => ({ command: ['app', `--${key}`, value] });
    found.push(pod(`split-${name}`, { git: split(after.git), live: split(after.live) }, '/command/2'));
  }

  const shapes: Readonly<Record<string, (secret: string) => string>> = {
    'a database URL': (value) => `postgres://app:${value}@db:5432/x`,
    'a broker URL': (value) => `amqps://u:${value}@mq/vhost`,
    'a query': (value) => `https://h.example.org/hook?api_key=${value}&x=1`,
    'a header': (value) => `Authorization: Bearer ${value}`,
    'a web token': jwt,
    'a private key': pem,
    'a bcrypt hash': (value) => `u:$2y$10$${value}`,
    'a shadow hash': (value) => `root:$6$salt$${value}:19000:0:::::`,
    'a storage account': (value) => `AccountName=x;AccountKey=${value}==;EndpointSuffix=y`,
    'a GitHub token': (value) => ['gh', `p_${value}0123456789`].join(''),
    'a Slack token': (value) => ['xox', `b-${value}`].join(''),
    'a Slack hook': (value) => `https://${['hooks.slack', 'com'].join('.')}/services/T0/B0/${value}`,
    'a kubeconfig': (value) => `users:\n- name: u\n  user:\n    token: ${value}\n    client-key-data: ${value}\n`,
    'a netrc': (value) => `machine h login u password ${value}\n`,
    'an ini file': (value) => `[db]\nhost = h\npassword = ${value}\n`,
    'a properties file': (value) => `spring.datasource.password=${value}\n`,
    'a command line': (value) => `mysql --user=u --password=${value} db`,
    'an xml attribute': (value) => `<db user="u" password="${value}"/>`,
  };
  for (const [title, shape] of Object.entries(shapes)) {
    const value = both(title);
    const name = `s-${found.length}`;
    found.push({
      ...v1,
      kind: 'ConfigMap',
      name,
      git: { data: { text: `a\n${shape(value.git)}\nb`, size: '1' } },
      live: { data: { text: `a\n${shape(value.live)}\nb`, size: '2' } },
      changed: ['/data/text', '/data/size'],
    });
    const env = both(`${title} in a variable`);
    const variables = (value: string): Fields => ({ env: [{ name: 'SETTING', value: shape(value) }] });
    found.push(pod(`v-${name}`, { git: variables(env.git), live: variables(env.live) }, '/env/0/value'));
    const note = both(`${title} in an annotation`);
    found.push({
      ...v1,
      kind: 'ConfigMap',
      name: `a-${name}`,
      git: { data: { size: '1' } },
      live: { data: { size: '2' } },
      annotations: { git: { note: shape(note.git) }, live: { note: shape(note.live) } },
      changed: ['/data/size', '/metadata/annotations/note'],
    });
  }
  return found;
}

const RESOURCES = { Secret: 'secrets', ConfigMap: 'configmaps', Pod: 'pods', Namespace: 'namespaces' } as const;

function clusterOf(lists: Readonly<Record<string, readonly KubeItem[]>>): Cluster {
  const verbs = ['get', 'list'];
  const resources = Object.entries(RESOURCES).map(([kind, name]) => ({
    name,
    kind,
    namespaced: kind !== 'Namespace',
    verbs,
  }));
  const document = (value: unknown): string => JSON.stringify(value, null, 1);
  return {
    documents: new Map([
      ['/openapi/v3', document({ paths: { 'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=1' } } })],
      ['/openapi/v3/api/v1', document({ components: { schemas: {} } })],
      ['/api/v1', document({ kind: 'APIResourceList', groupVersion: 'v1', resources })],
    ]),
    lists: new Map(
      Object.entries(RESOURCES).map(([kind, name]) => [
        `/api/v1/${name}`,
        { apiVersion: 'v1', kind: `${kind}List`, items: lists[kind] ?? [] },
      ]),
    ),
  };
}

const named = ({ name, annotations }: Pair, side: 'git' | 'live', namespace: string): Fields => ({
  name,
  namespace,
  ...(annotations && { annotations: annotations[side] }),
});

describe('no secret of Kubernetes', () => {
  it('is in anything that is said or kept, and what differs is said to differ', async function () {
    this.timeout(240_000);
    const { dir, file, remove } = await configDir('');
    const found = pairs();
    const files = makeCertificates(dir);
    const tls = { key: readFileSync(files.key, 'utf8'), cert: readFileSync(files.cert, 'utf8') };
    const token = plant('token of the kubeconfig');
    const live = (namespace: string, side: 'git' | 'live'): Record<string, KubeItem[]> =>
      Object.groupBy(
        found.map((pair) => ({ kind: pair.kind, metadata: named(pair, side, namespace), ...liveOf(pair, side) })),
        ({ kind }) => kind,
      ) as unknown as Record<string, KubeItem[]>;
    const drifted = live('drifted', 'live');
    const inSync = live('synced', 'git');
    const kinds = Object.keys(RESOURCES);
    const server = await startReplayServer({
      cluster: clusterOf(
        Object.fromEntries(kinds.map((kind) => [kind, [...(drifted[kind] ?? []), ...(inSync[kind] ?? [])]])),
      ),
      token: () => token,
      tls,
    });
    const refusing = await startReplayServer({
      cluster: clusterOf({}),
      tls,
      fault: ({ headers }, response) => {
        const message = `no: ${headers.authorization}; x-api-key=${said}; https://u:${said}@h/`;
        response.writeHead(500, { 'content-type': 'application/json' }).end(statusBody(500, message));
        return true;
      },
    });
    const said = plant('what a server says');
    const manifests = async (name: string, namespace: string): Promise<void> => {
      await mkdir(join(dir, name));
      const documents = found.map((pair) => ({
        apiVersion: pair.apiVersion,
        kind: pair.kind,
        metadata: named(pair, 'git', namespace),
        ...pair.git,
      }));
      await writeFile(
        join(dir, name, 'all.yaml'),
        documents.map((one) => `---\n${JSON.stringify(one, null, 1)}\n`).join(''),
      );
    };
    await manifests('drifted', 'drifted');
    await manifests('synced', 'synced');
    await mkdir(join(dir, 'broken'));
    for (const [index, text] of brokenManifests().entries()) await writeFile(join(dir, `broken/${index}.yaml`), text);
    const kubeconfig = async (name: string, url: string, user: Fields): Promise<void> => {
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'c',
        clusters: [{ name: 'k', cluster: { server: url, 'certificate-authority': files.ca } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      };
      await writeFile(join(dir, name), JSON.stringify(config));
    };
    await kubeconfig('good', server.url, { token });
    await kubeconfig('wrong-token', server.url, { token: plant('wrong token of a kubeconfig') });
    await kubeconfig('basic', server.url, { username: 'u', password: plant('password of a kubeconfig') });
    await kubeconfig('key', server.url, { 'client-key-data': base64(pem(plant('client key of a kubeconfig'))) });
    await kubeconfig('failing', refusing.url, { token: plant('token that the server repeats') });
    await kubeconfig('userinfo', server.url.replace('//', `//u:${plant('URL of a kubeconfig')}@`), { token });
    const exec = (script: string, value: string): Fields => ({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Never',
        command: 'sh',
        args: ['-c', script],
        env: [{ name: 'LOGIN_TOKEN', value }],
      },
    });
    await kubeconfig(
      'exec',
      server.url,
      exec('echo "no: $LOGIN_TOKEN" >&2; exit 1', given.plant('env of a login program')),
    );
    const credential = {
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      status: { token: plant('token that a program prints') },
    };
    await writeFile(join(dir, 'credential.json'), JSON.stringify(credential));
    await kubeconfig('exec-token', server.url, exec(`cat '${join(dir, 'credential.json')}'`, 'x'));
    await writeFile(join(dir, 'no-yaml'), `users: [{name: u, user: {token: ${plant('kubeconfig that is none')}`);
    const check = (name: string, config: string, manifests: string): string =>
      `  - { name: ${name}, checker: kubernetes, source: here, options: { kubeconfig: '${join(dir, config)}', manifests: [${manifests}] } }`;
    const failing = ['wrong-token', 'basic', 'key', 'failing', 'exec', 'exec-token', 'no-yaml'];
    await writeFile(
      file,
      `web: { listen: '127.0.0.1:0', enable_lifecycle: true }
global: { log_level: trace }
sources: [{ name: here, directory: . }]
checks:
${[check('drifted', 'good', 'drifted'), check('synced', 'good', 'synced'), check('broken', 'good', 'broken'), check('url', 'userinfo', 'synced')].join('\n')}
${failing.map((name) => check(`bad-${name}`, name, 'synced')).join('\n')}
`,
    );
    const { places, checks } = await investigate({
      dir,
      file,
      more: async (service) => {
        const said = new Map<string, string>();
        for (const [index, body] of [...brokenManifests(), posted()].entries()) {
          const headers = { 'content-type': 'application/yaml' };
          const answer = await service.get('/diff/drifted', { method: 'POST', body, headers });
          said.set(`POST ${index}: ${answer.status}`, await answer.text());
        }
        return said;
      },
    });
    await Promise.all([server.close(), refusing.close()]);
    expect(canaries.leaks(places).join('\n'), 'leaks').to.equal('');
    places.delete('the environment of commands');
    expect(given.leaks(places).join('\n'), 'leaks').to.equal('');
    expect(canaries.count).to.be.above(300);

    const answered = [...places.keys()].filter((place) => place.startsWith('POST '));
    expect(answered.filter((place) => place.endsWith(': 200'))).to.have.length.above(0);

    const of = (name: string) => checks.find(({ check: one }) => one === name)!;
    expect(of('synced').failures).to.deep.equal([]);
    expect(of('synced').drift.map(({ address }) => address)).to.deep.equal([]);
    for (const name of ['broken', ...failing.map((one) => `bad-${one}`)])
      expect(of(name).status, name).to.equal('error');
    const changes = new Map(
      of('drifted').drift.map((drift) => [
        drift.address,
        (drift['changes'] as { path: string }[]).map(({ path }) => path),
      ]),
    );
    const missing = found.flatMap(({ kind, name, changed }) => {
      const seen = changes.get(`${kind}/drifted/${name}`) ?? [];
      return changed
        .filter((path) => !seen.some((one) => one.startsWith(path)))
        .map((path) => `${kind}/${name}${path}: ${seen.join(' ')}`);
    });
    expect(missing, 'what differs is told, though not as what').to.deep.equal([]);
    expect(places.get('/diff?format=text')).to.include('(sensitive').and.include('size');
    await remove();
  });
});

function liveOf(pair: Pair, side: 'git' | 'live'): Fields {
  const fields = pair[side];
  if (!('stringData' in fields)) return fields;
  const data = Object.entries(fields['stringData'] as Record<string, string>).map(([key, value]) => [
    key,
    base64(value),
  ]);
  return { data: Object.fromEntries(data) as Fields };
}

/** Manifests of a request: a Secret and a ConfigMap that the cluster has with other values. */
function posted(): string {
  const metadata = (name: string): Fields => ({ name, namespace: 'drifted' });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('data-a'),
    stringData: { a: plant('a Secret in a request') },
  };
  const token = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('x'),
    data: { api_token: plant('a token in a request') },
  };
  return [secret, token].map((one) => `---\n${JSON.stringify(one)}\n`).join('');
}

/** Files that cannot be read, each with a secret near the place where the reader stops. */
function brokenManifests(): string[] {
  const head = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n';
  return [
    `${head}stringData:\n  a: "${plant('a quote that is not closed')}\n  b: c\n`,
    `${head}stringData: {a: ${plant('a brace that is not closed')}\n`,
    `${head}stringData:\n  password: ${plant('indentation that is wrong')}\n bad: x\n`,
    `${head}stringData:\n\tpassword: ${plant('a tab')}\n`,
    `${head}stringData: {a: &x ${plant('an anchor')}, b: *y}\n`,
    `${head}stringData: [${plant('a list for a map')}]\n`,
    `${head}data: ${plant('a text for a map')}\n`,
    `${head}data: {a: !!binary "${plant('a bad tag')}"}\n`,
    `${head}stringData: {a: b}\nstringData: {a: ${plant('a key twice')}}\n`,
    `{"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "${plant('JSON that ends early')}`,
    `kind: Unheard\npassword: ${plant('a kind that is none')}\n`,
  ];
}

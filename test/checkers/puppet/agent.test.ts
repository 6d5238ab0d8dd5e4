import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { puppet } from '../../../checkers/puppet/index.ts';
import { fingerprint } from '../../../src/testing/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';

const run = promisify(execFile);

/** The real agent against a server that answers as Puppet Server does, with a catalog of two files. */
describe('puppet agent', function () {
  let root: string;
  let host: string;
  let live: string;
  let server: Server;
  let port: number;
  let requests: string[];
  let catalog: () => { status: number; body: string };

  before(async function () {
    needs(this, { puppet: 'apt-get install puppet-agent', openssl: 'apt-get install openssl' });
    root = await mkdtemp(join(tmpdir(), 'drift-puppet-agent-'));
    [host, live] = [join(root, 'host'), join(root, 'live')];
    for (const dir of [
      live,
      ...['private_keys', 'certs'].map((name) => join(host, 'ssl', name)),
      join(host, 'state'),
    ]) {
      await mkdir(dir, { recursive: true });
    }
    await issueCertificates(join(host, 'ssl'));
    for (const name of ['watched', 'other']) await writeFile(join(live, name), 'x\n', { mode: 0o666 });
    await chmod(join(live, 'watched'), 0o666);
    await chmod(join(live, 'other'), 0o666);
    await startServer();
    await writeFile(join(host, 'puppet.conf'), hostSettings());
    await writeFile(join(host, 'state/transactionstore.yaml'), lastRun());
    // Stands for a host whose Puppet has its configuration there.
    const config = `case "$1" in config) exec puppet "$@" --confdir '${host}' --vardir '${host}';; esac; exec puppet "$@"`;
    await writeFile(join(root, 'puppet'), `#!/bin/sh\n${config}\n`, { mode: 0o755 });
  });

  after(async () => {
    server.close();
    await rm(root, { recursive: true, force: true });
  });

  it('knows from the host’s last run what somebody changed, and changes nothing', async () => {
    catalog = () => ({ status: 200, body: JSON.stringify(compiled()) });
    const untouched = [await fingerprint(host), await fingerprint(live)];
    const found = await check();
    expect(found.failures).to.deep.equal([]);
    expect(found.drift.map(({ address, cause, changes }) => [address, cause, changes.length])).to.deep.equal([
      [`agent.test/File[${live}/watched]`, 'out_of_band', 1],
      [`agent.test/File[${live}/other]`, 'unknown', 1],
    ]);
    expect(found.drift[0]?.origin).to.deep.equal({ file: 'modules/base/manifests/init.pp', line: 3 });
    expect([await fingerprint(host), await fingerprint(live)]).to.deep.equal(untouched);
    expect(requests.some((request) => request.includes('/catalog/agent.test'))).to.equal(true);
    expect(requests.filter((request) => request.includes('/report/'))).to.deep.equal([]);
    expect(await readdir(root), 'the pre-run command would leave a file').not.to.include('prerun');
  });

  it('a catalog that does not compile is a failure with the server’s message', async () => {
    const message = 'Server Error: Could not find class ::nowhere for agent.test';
    catalog = () => ({ status: 500, body: JSON.stringify({ message, issue_kind: 'RUNTIME_ERROR' }) });
    const { failures, drift } = await check();
    expect(drift).to.deep.equal([]);
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['invalid']);
    expect(failures[0]?.message).to.contain('Could not find class ::nowhere');
  });

  it('a server that does not answer is unreachable', async () => {
    const { failures } = await check({ server_port: 1 });
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['unreachable']);
  });

  async function check(options: object = {}): Promise<Sum> {
    requests = [];
    const context = await checkerContext({ sourceDir: root, timeoutMs: 50_000 });
    try {
      return await sumOfRun(puppet, { mode: 'agent', puppet: join(root, 'puppet'), ...options }, context);
    } finally {
      await context.cleanup();
    }
  }

  async function startServer(): Promise<void> {
    const ssl = join(host, 'ssl');
    const [ca, cert, key] = await Promise.all(
      ['certs/ca.pem', 'server.pem', 'server.key'].map((name) => readFile(join(ssl, name))),
    );
    server = createServer({ ca, cert, key, requestCert: true }, (request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const { status, body } = answerTo(request.url ?? '');
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json', 'x-puppet-version': '7.23.0' }).end(body);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = server.address() as AddressInfo);
  }

  function answerTo(url: string): { status: number; body: string } {
    if (url.includes('/catalog/')) return catalog();
    if (url.includes('/file_metadatas/')) return { status: 200, body: JSON.stringify([NO_PLUGINS]) };
    if (url.includes('/file_metadata/')) return { status: 200, body: JSON.stringify(NO_PLUGINS) };
    return { status: 404, body: '{"message": "Not Found", "issue_kind": "RESOURCE_NOT_FOUND"}' };
  }

  function hostSettings(): string {
    const settings = { server: 'localhost', serverport: port, certname: 'agent.test', certificate_revocation: false };
    const lines = Object.entries({ ...settings, prerun_command: `/usr/bin/touch ${root}/prerun` });
    return `[main]\nssldir = ${host}/ssl\n${lines.map(([name, value]) => `${name} = ${value}`).join('\n')}\n`;
  }

  function lastRun(): string {
    return `---\nresources:\n  File[${live}/watched]:\n    parameters:\n      mode:\n        system_value:\n        - '0644'\n`;
  }

  function compiled(): object {
    const file = '/etc/puppetlabs/code/environments/production/modules/base/manifests/init.pp';
    const own = (title: string, line: number): object => {
      const parameters = { mode: '0644', noop: false };
      return { type: 'File', title, tags: ['file'], file, line, exported: false, kind: 'compilable_type', parameters };
    };
    return {
      tags: ['settings'],
      name: 'agent.test',
      version: 1,
      code_id: null,
      catalog_uuid: '9d7b04b3-e1a7-4284-b414-96af0325b54a',
      catalog_format: 2,
      environment: 'production',
      resources: [
        { type: 'Stage', title: 'main', tags: ['stage'], kind: 'compilable_type', parameters: { name: 'main' } },
        { type: 'Class', title: 'main', tags: ['class'], kind: 'unknown', parameters: { name: 'main' } },
        own(`${live}/watched`, 3),
        own(`${live}/other`, 4),
      ],
      edges: [
        { source: 'Stage[main]', target: 'Class[main]' },
        { source: 'Class[main]', target: `File[${live}/watched]` },
        { source: 'Class[main]', target: `File[${live}/other]` },
      ],
      classes: [],
    };
  }
});

/** An empty directory of plugins, as the file server tells of it. */
const NO_PLUGINS = {
  path: '/srv/plugins',
  relative_path: '.',
  links: 'manage',
  owner: 0,
  group: 0,
  mode: 0o755,
  checksum: { type: 'ctime', value: '{ctime}2026-11-21 07:00:00 +0000' },
  type: 'directory',
  destination: null,
};

/** A CA, a certificate for localhost and one for the agent, where Puppet looks for them. */
async function issueCertificates(ssl: string): Promise<void> {
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: ssl });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'certs/ca.pem',
    '-subj',
    '/CN=Test CA',
    '-days',
    '2',
  );
  await writeFile(join(ssl, 'san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  for (const [name, keyFile, out] of [
    ['localhost', 'server.key', 'server.pem'],
    ['agent.test', 'private_keys/agent.test.pem', 'certs/agent.test.pem'],
  ] as const) {
    await openssl('req', ...key, '-keyout', keyFile, '-out', 'request.csr', '-subj', `/CN=${name}`);
    const signed = ['-CA', 'certs/ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san', '-days', '2'];
    await openssl('x509', '-req', '-in', 'request.csr', ...signed, '-out', out);
  }
}

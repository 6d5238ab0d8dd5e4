import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { puppet } from '../../../checkers/puppet/index.ts';
import { checkerContext, sumOfRun, type Sum, type TestContext } from '../../support/checker-context.ts';

type Answer = { status?: number; body: unknown };

describe('puppet reports in PuppetDB', () => {
  let server: Server;
  let url: string;
  let dir: string;
  let requests: URL[];
  let headers: IncomingMessage['headers'][];
  let answer: (url: URL) => Answer;
  let context: TestContext;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-puppetdb-'));
    [requests, headers] = [[], []];
    server = createServer((request, response) => {
      const asked = new URL(request.url ?? '', url);
      requests.push(asked);
      headers.push(request.headers);
      const { status = 200, body } = answer(asked);
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    context = await checkerContext({ sourceDir: dir });
  });

  afterEach(async () => {
    server.close();
    await context.cleanup();
    await rm(dir, { recursive: true, force: true });
  });

  it('reads the latest report of every node, page by page', async () => {
    const all = Array.from({ length: 120 }, (_, index) => report(`web-${String(index).padStart(3, '0')}`));
    answer = ({ searchParams }) => {
      const [offset, limit] = [Number(searchParams.get('offset')), Number(searchParams.get('limit'))];
      return { body: all.slice(offset, offset + limit) };
    };
    const found = await check();
    expect(found.failures).to.deep.equal([]);
    expect(found.resources).to.equal(120 * 57);
    expect(found.drift).to.have.lengthOf(120);
    expect(found.drift[0]).to.deep.equal({
      address: 'web-000/File[/etc/motd]',
      type: 'File',
      scope: 'web-000',
      action: 'update',
      cause: 'out_of_band',
      changes: [
        {
          op: 'replace',
          path: '/mode',
          live: { kind: 'known', value: '0666' },
          desired: { kind: 'known', value: '0644' },
        },
      ],
      origin: { file: 'modules/motd/manifests/init.pp', line: 12 },
    });
    expect(requests).to.have.lengthOf(3);
    expect(requests[0]?.pathname).to.equal('/pdb/query/v4/reports');
    expect(JSON.parse(requests[0]?.searchParams.get('query') ?? '')).to.deep.equal(['=', 'latest_report?', true]);
  });

  it('asks for the catalog where an exec is pending, to know whether it has a guard', async () => {
    const events = [execEvent('guarded'), execEvent('bare')];
    const execs = [
      { title: 'guarded', parameters: { unless: 'test -e /x' } },
      { title: 'bare', parameters: { command: '/bin/true' } },
    ];
    answer = ({ pathname }) => ({ body: pathname.endsWith('/resources') ? execs : [report('web-01', { events })] });
    const found = await check();
    expect(found.drift.map(({ address }) => address)).to.deep.equal(['web-01/Exec[guarded]']);
    expect(found.notCompared.map(({ address }) => address)).to.deep.equal(['web-01/Exec[bare]']);
  });

  const ensures: [string, unknown, unknown, string, string][] = [
    ['a package that is missing', 'purged', 'present', 'create', 'add'],
    ['a package that should be gone', '1.22-1', 'purged', 'delete', 'remove'],
    ['a package of another version', '1.20-1', '1.22-1', 'update', 'replace'],
    ['a service that is stopped', 'stopped', 'running', 'update', 'replace'],
    ['a file that is missing', 'absent', 'file', 'create', 'add'],
  ];
  for (const [title, old, desired, action, op] of ensures) {
    it(`${title} is to ${action}`, async () => {
      const name = 'ensure_changed';
      const event = { ...EVENT, property: 'ensure', name, old_value: old, new_value: desired };
      answer = () => ({ body: [report('web-01', { events: [event] })] });
      const [drift] = (await check()).drift;
      expect([drift?.action, drift?.changes.map((change) => change.op)]).to.deep.equal([action, [op]]);
    });
  }

  it('tells stale, failed and missing nodes from drifted ones', async () => {
    const failed = { ...EVENT, property: null, status: 'failure', message: 'no such user' };
    answer = () => ({
      body: [
        report('web-01'),
        report('web-02', { end_time: '2020-01-01T00:00:00Z' }),
        report('web-03', { events: [failed], status: 'failed' }),
        report('web-04', { events: [], status: 'failed', total: 0, logs: [COMPILE_ERROR] }),
      ],
    });
    const found = await check({ hosts: ['web-01', 'web-05'] });
    expect(found.drift.map(({ scope }) => scope)).to.deep.equal(['web-01']);
    expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
      ['stale', 'web-02'],
      ['task_failed', 'web-03/File[/etc/motd]'],
      ['invalid', 'web-04'],
      ['not_found', 'web-05'],
    ]);
    expect(found.failures[2]?.message).to.match(/Could not find class ::shop/);
  });

  it('sends the token, which is a secret', async () => {
    await writeFile(join(dir, 'token'), 'pe-token-123\n');
    answer = () => ({ body: [report('web-01')] });
    await check({ puppetdb: { url, token_file: join(dir, 'token'), environment: 'production' } });
    expect(headers[0]?.['x-authentication']).to.equal('pe-token-123');
    expect(context.secrets).to.deep.equal(['pe-token-123']);
    const latest = ['=', 'latest_report?', true];
    expect(JSON.parse(requests[0]?.searchParams.get('query') ?? '')).to.deep.equal([
      'and',
      latest,
      ['=', 'environment', 'production'],
    ]);
  });

  const bad: Record<string, { given: () => Answer; reason: string; says: RegExp }> = {
    nothing: { given: () => ({ body: [] }), reason: 'not_found', says: /PuppetDB has no report of any node/ },
    'a page of a proxy': {
      given: () => ({ body: '<html>login</html>' }),
      reason: 'bad_output',
      says: /expected JSON, got "<html>login<\/html>"/,
    },
    'JSON cut off': { given: () => ({ body: '[{"certname":' }), reason: 'bad_output', says: /expected JSON/ },
    'reports without their events': {
      given: () => ({ body: [{ certname: 'web-01', end_time: 'x', status: 'changed' }] }),
      reason: 'bad_output',
      says: /PuppetDB's report of web-01: resource_events/,
    },
    '401': { given: () => ({ status: 401, body: 'who?' }), reason: 'unauthenticated', says: /HTTP 401: who\?/ },
    '403': { given: () => ({ status: 403, body: 'no' }), reason: 'forbidden', says: /HTTP 403/ },
    '404': {
      given: () => ({ status: 404, body: '' }),
      reason: 'unsupported',
      says: /\/pdb\/query\/v4\/reports: HTTP 404/,
    },
    '503': { given: () => ({ status: 503, body: 'starting' }), reason: 'unreachable', says: /HTTP 503: starting/ },
  };
  for (const [title, { given, reason, says }] of Object.entries(bad)) {
    it(`an answer of ${title} is ${reason}`, async () => {
      answer = given;
      const { failures } = await check();
      expect(failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(failures[0]?.message).to.match(says);
    });
  }

  it('no server, and a key file that is not there, are failures', async () => {
    const silent = await check({ puppetdb: { url: 'http://127.0.0.1:1' } });
    expect(silent.failures[0]?.reason).to.equal('unreachable');
    expect(silent.failures[0]?.message).to.equal('PuppetDB at http://127.0.0.1:1: ECONNREFUSED');
    const keyless = await check({ puppetdb: { url, key_file: '/no/such/key' } });
    expect(keyless.failures[0]?.message).to.equal('/no/such/key: cannot be read: ENOENT');
  });

  function check(options: object = {}): Promise<Sum> {
    return sumOfRun(puppet, { mode: 'reports', puppetdb: { url }, ...options }, context);
  }
});

/** As the events of a report come, with the fields that PuppetDB adds. */
const EVENT = {
  status: 'noop',
  timestamp: '2026-11-21T07:00:00.000Z',
  resource_type: 'File',
  resource_title: '/etc/motd',
  property: 'mode' as string | null,
  name: 'mode_changed',
  new_value: '0644' as unknown,
  old_value: '0666' as unknown,
  message: "current_value '0666', should be '0644' (noop)",
  file: '/etc/puppetlabs/code/environments/production/modules/motd/manifests/init.pp',
  line: 12,
  containing_class: 'Motd',
  containment_path: ['Stage[main]', 'Motd', 'File[/etc/motd]'],
  corrective_change: true,
};

function execEvent(title: string): object {
  const exec = { resource_type: 'Exec', resource_title: title };
  return { ...EVENT, ...exec, property: 'returns', old_value: 'notrun', new_value: ['0'] };
}

const COMPILE_ERROR = {
  level: 'err',
  message: 'Could not retrieve catalog from remote server: Error 500 on SERVER: Could not find class ::shop for web-04',
  source: 'Puppet',
  file: null,
  line: null,
  tags: ['err'],
  time: '2026-11-21T07:00:00.000Z',
};

function report(
  certname: string,
  given: { events?: object[]; status?: string; end_time?: string; total?: number; logs?: object[] } = {},
): object {
  const { events = [EVENT], status = 'unchanged', end_time = new Date().toISOString(), total = 57, logs = [] } = given;
  return {
    certname,
    hash: 'd06e1d2e7c9e1c1f6a4a5d3e1b0b9d6c5e4f3a2b',
    puppet_version: '8.10.0',
    report_format: 12,
    end_time,
    start_time: end_time,
    noop: true,
    noop_pending: true,
    environment: 'production',
    status,
    corrective_change: true,
    resource_events: { href: '/pdb/query/v4/reports/d06e/events', data: events },
    logs: { href: '/pdb/query/v4/reports/d06e/logs', data: logs },
    metrics: {
      href: '/pdb/query/v4/reports/d06e/metrics',
      data: [{ category: 'resources', name: 'total', value: total }],
    },
  };
}

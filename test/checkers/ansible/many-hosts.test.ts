import { expect } from 'chai';
import { needs } from '../../support/skips.ts';
import { createLab, TOOLS, type Found, type Lab } from './lab.ts';

const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';
const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`);
/** Nothing listens there. */
const CLOSED = 'ansible_host=127.0.0.1 ansible_port=1';
const TASK = '{ name: File, copy: { dest: "LIVE/{{ inventory_hostname }}", content: x } }';

describe('ansible: many hosts', function () {
  this.timeout(120_000);
  let lab: Lab;
  before(function () {
    needs(this, TOOLS);
  });
  beforeEach(async () => {
    lab = await createLab();
  });
  afterEach(() => lab.close());

  const failures = (found: Found): (string | undefined)[][] =>
    found.failures.map(({ reason, address }) => [reason, address]);
  const scopes = (found: Found): string[] => found.drift.map(({ scope }) => scope ?? '').toSorted();

  it('one unreachable host hides nothing of twenty others, whatever the strategy', async () => {
    const hosts = names('web', 20);
    await lab.write({
      hosts: [...hosts.map((host) => `${host} ${LOCAL}`), `gone ${CLOSED}`].join('\n') + '\n',
      'site.yml': `- { hosts: all, gather_facts: false, strategy: free, tasks: [${TASK}] }\n`,
    });
    const found = await lab.check({ forks: 4 });
    expect(scopes(found)).to.deep.equal(hosts);
    expect(failures(found)).to.deep.equal([['unreachable', 'gone']]);
    expect(found.exitCode).to.equal(4);
  });

  it('a play whose hosts are all unreachable hides nothing of the plays after it', async () => {
    await lab.write({
      hosts: `[web]\nweb-01 ${CLOSED}\n[db]\ndb-01 ${LOCAL}\ndb-02 ${LOCAL}\n`,
      'site.yml':
        `- { name: All, hosts: db, gather_facts: false, tasks: [${TASK}] }\n` +
        `- { name: Web, hosts: web, gather_facts: false, tasks: [${TASK}] }\n` +
        '- { name: Db, hosts: db, gather_facts: false, tasks: [{ name: More, copy: { dest: "LIVE/{{ inventory_hostname }}.db", content: x } }] }\n',
    });
    const found = await lab.check();
    expect(found.drift.map(({ address }) => address).toSorted()).to.deep.equal([
      'db-01/File',
      'db-01/More',
      'db-02/File',
      'db-02/More',
    ]);
    expect(failures(found)).to.deep.equal([['unreachable', 'web-01']]);
  });

  it('a batch whose hosts all fail hides nothing of the batches after it', async () => {
    await lab.write({
      hosts: `web-01 ${CLOSED}\nweb-02 ${LOCAL}\nweb-03 ${LOCAL}\n`,
      'site.yml': `- { hosts: all, serial: 1, gather_facts: false, tasks: [${TASK}] }\n`,
    });
    const found = await lab.check();
    expect(scopes(found)).to.deep.equal(['web-02', 'web-03']);
    expect(failures(found)).to.deep.equal([['unreachable', 'web-01']]);
  });

  it('hosts of a play that any_errors_fatal ended are failures of their own', async () => {
    await lab.write({
      hosts: `web-01 ${LOCAL}\nweb-02 ${LOCAL}\n`,
      'site.yml': `- { hosts: all, any_errors_fatal: true, gather_facts: false, tasks: [{ fail: { msg: stop }, when: inventory_hostname == 'web-01' }, ${TASK}] }\n`,
    });
    const found = await lab.check();
    expect(found.drift).to.deep.equal([]);
    expect(failures(found)).to.deep.equal([
      ['dependency', 'web-02'],
      ['task_failed', 'web-01/fail'],
    ]);
  });
});

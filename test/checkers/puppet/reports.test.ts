import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { puppet } from '../../../checkers/puppet/index.ts';
import { checkerContext, sumOfRun, type Sum } from '../../support/checker-context.ts';

const RECORDED = join(import.meta.dirname, 'fixtures/reports/db-01.yaml');

describe('puppet reports in a directory', () => {
  let dir: string;
  let recorded: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'drift-puppet-reports-'));
    recorded = (await readFile(RECORDED, 'utf8')).replace(/^time: .*$/m, `time: '${new Date().toISOString()}'`);
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  it('reads what a real noop run found', async () => {
    const found = await check({ 'db-01.yaml': recorded });
    expect(found.failures).to.deep.equal([]);
    expect(found.drift.map(({ address, cause }) => [address, cause])).to.deep.equal([
      ['db-01/File[/srv/live/motd]', 'unapplied'],
      ['db-01/File[/srv/live/id_rsa]', 'unapplied'],
      ['db-01/File[/srv/live/app.conf]', 'unapplied'],
    ]);
    expect(found.drift[0]?.changes).to.deep.equal([
      {
        op: 'replace',
        path: '/content/1',
        live: { kind: 'known', value: 'hello\nWORLD\n' },
        desired: { kind: 'known', value: 'hello\nworld\n' },
      },
    ]);
    expect(found.notCompared).to.deep.equal([
      {
        address: 'db-01/Exec[pending]',
        type: 'Exec',
        scope: 'db-01',
        why: 'the report does not tell whether this exec has a guard',
      },
    ]);
  });

  it('masks what is secret in a content that Puppet itself does not know to be', async () => {
    const text = JSON.stringify(await check({ 'db-01.yaml': recorded }));
    expect(text).to.contain('db_password = (sensitive').and.to.contain('user = app');
    expect(text).not.to.contain('before-the-change').and.not.to.contain('after-the-change');
    expect(text).not.to.contain('old key').and.not.to.contain('new key');
  });

  it('takes the newest report of each directory, as Puppet Server keeps them', async () => {
    const found = await check({
      'db-01/202601010000.yaml': 'not read at all',
      'db-01/202601020000.yaml': recorded,
      'db-02/202601020000.yaml': recorded.replace('host: db-01', 'host: db-02'),
    });
    expect(found.failures).to.deep.equal([]);
    expect(new Set(found.drift.map(({ scope }) => scope))).to.deep.equal(new Set(['db-01', 'db-02']));
  });

  it('knows from Puppet that somebody changed the host', async () => {
    const found = await check({
      'db-01.yaml': recorded.replaceAll('corrective_change: false', 'corrective_change: true'),
    });
    expect(new Set(found.drift.map(({ cause }) => cause))).to.deep.equal(new Set(['out_of_band']));
  });

  it('what a run has put back is a notice, not drift', async () => {
    const applied = recorded
      .replaceAll('status: noop', 'status: success')
      .replaceAll('corrective_change: false', 'corrective_change: true');
    const found = await check({ 'db-01.yaml': applied });
    expect(found.drift).to.deep.equal([]);
    expect(found.notices.map(({ kind, address }) => [kind, address])).to.deep.include([
      'outside_change',
      'db-01/File[/srv/live/motd]',
    ]);
  });

  it('reads what older versions wrote, and makes no object of any tag', async () => {
    const found = await check({ 'old-01.yaml': OLD.replace('TIME', new Date().toISOString()) });
    expect(found.failures).to.deep.equal([]);
    expect(found.drift).to.deep.equal([
      {
        address: 'old-01/Service[nginx]',
        type: 'Service',
        scope: 'old-01',
        action: 'update',
        cause: 'unapplied',
        changes: [
          {
            op: 'replace',
            path: '/ensure',
            live: { kind: 'known', value: 'stopped' },
            desired: { kind: 'known', value: 'running' },
          },
        ],
        origin: { file: 'modules/web/manifests/init.pp', line: 7 },
      },
    ]);
  });

  it('a host without a report and an old report are failures; the others are compared', async () => {
    const old = recorded.replace(/^time: .*$/m, "time: '2020-02-03T04:05:06Z'").replace('host: db-01', 'host: db-02');
    const found = await check({ 'db-01.yaml': recorded, 'db-02.yaml': old }, { hosts: ['db-01', 'db-02', 'db-03'] });
    expect(found.drift).to.have.lengthOf(3);
    expect(found.failures.map(({ reason, address }) => [reason, address])).to.deep.equal([
      ['stale', 'db-02'],
      ['not_found', 'db-03'],
    ]);
    expect(found.failures[0]?.message).to.match(/db-02: the newest report is of 2020-02-03.*; allowed: 120 min/);
  });

  it('reads a report of Puppet 8, which leaves out what is in sync, and counts it all the same', async () => {
    const [head = '', statuses = ''] = recorded.split('resource_statuses:\n');
    const kept = statuses.split(/^(?=  [A-Z]\w*\[)/m).filter((status) => status.includes('out_of_sync: true'));
    const found = await check({ 'db-01.yaml': `${head}resource_statuses:\n${kept.join('')}` });
    const whole = await check({ 'db-01.yaml': recorded });
    expect(found).to.deep.equal(whole);
    const cut = await check({ 'db-01.yaml': `${head}resource_statuses:\n${kept.slice(0, 2).join('')}` });
    expect(cut.failures.map(({ message }) => message)).to.deep.equal([
      'db-01.yaml: cut off: 2 of 4 out_of_sync resources',
    ]);
  });

  const bad: Record<string, { content: () => string | Buffer; reason: string; says: RegExp }> = {
    'an empty file': { content: () => '', reason: 'bad_output', says: /got nothing/ },
    'only white space': { content: () => '\n \n', reason: 'bad_output', says: /got nothing/ },
    'YAML cut off in a mapping': {
      content: () => recorded.slice(0, recorded.indexOf('resource_statuses')),
      reason: 'bad_output',
      says: /resource_statuses: Invalid input: expected record/,
    },
    'YAML cut off in a text': {
      content: () => recorded.slice(0, recorded.indexOf('+world') + 3),
      reason: 'bad_output',
      says: /expected a Puppet report in YAML: /,
    },
    'YAML cut off between two resources': {
      content: () => recorded.slice(0, recorded.indexOf('  Exec[pending]:')),
      reason: 'bad_output',
      says: /db-01\.yaml: cut off: 3 of 4 out_of_sync resources/,
    },
    'JSON of something else': { content: () => '{"a": 1}', reason: 'bad_output', says: /with report_format/ },
    'a list': { content: () => '- 1\n- 2\n', reason: 'bad_output', says: /expected a mapping with report_format/ },
    'plain text': { content: () => 'Error: no route to host', reason: 'bad_output', says: /expected a mapping/ },
    'bytes that are no UTF-8': {
      content: () => Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      reason: 'bad_output',
      says: /db-01\.yaml: expected a Puppet report in UTF-8/,
    },
    'UTF-16': {
      content: () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(recorded, 'utf16le')]),
      reason: 'bad_output',
      says: /UTF-8/,
    },
    'a format that is too new': {
      content: () => recorded.replace('report_format: 12', 'report_format: 99'),
      reason: 'unsupported',
      says: /a Puppet report of format 99; expected 4 to 12/,
    },
    'a format that is too old': {
      content: () => recorded.replace('report_format: 12', 'report_format: 2'),
      reason: 'unsupported',
      says: /a Puppet report of format 2; expected 4 to 12/,
    },
    'a report without a host': {
      content: () => recorded.replace(/^host: .*\n/m, ''),
      reason: 'bad_output',
      says: /no Puppet report: host: /,
    },
    'a time that is none': {
      content: () => recorded.replace(/^time: .*$/m, 'time: yesterday'),
      reason: 'bad_output',
      says: /expected the time of the report, got "yesterday"/,
    },
    'events that are no list': {
      content: () => recorded.replace('events: []', 'events: 7'),
      reason: 'bad_output',
      says: /resource_statuses\..*events: /,
    },
    'two documents': {
      content: () => `${recorded}\n--- \na: 1\n`,
      reason: 'bad_output',
      says: /expected a Puppet report in YAML/,
    },
    'an alias that is not defined': { content: () => 'a: *nothing', reason: 'bad_output', says: /alias/ },
    'a tag of another language': {
      content: () => 'a: !!python/object/apply:os.system ["true"]',
      reason: 'bad_output',
      says: /unknown .*tag/,
    },
  };
  for (const [title, { content, reason, says }] of Object.entries(bad)) {
    it(`${title} is ${reason}, and hides no other report`, async () => {
      const found = await check({
        'db-01.yaml': content(),
        'db-02.yaml': recorded.replace('host: db-01', 'host: db-02'),
      });
      expect(found.failures.map((failure) => failure.reason)).to.deep.equal([reason]);
      expect(found.failures[0]?.message).to.match(says);
      expect(found.drift).to.have.lengthOf(3);
    });
  }

  it('a huge file is not read', async () => {
    await writeFile(join(dir, 'huge.yaml'), '');
    await truncate(join(dir, 'huge.yaml'), 200 * 1024 * 1024);
    const { failures } = await check({});
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['too_large']);
    expect(failures[0]?.message).to.match(/huge\.yaml: 209715200 bytes; a report may have 134217728/);
  });

  it('a second report of the same host is a failure', async () => {
    const { failures } = await check({ 'a.yaml': recorded, 'b.yaml': recorded });
    expect(failures.map(({ reason, message }) => [reason, message])).to.deep.equal([
      ['invalid', 'b.yaml: a second report of db-01; expected one a host'],
    ]);
  });

  it('no directory, and a directory without reports, are failures', async () => {
    const { failures } = await check({ 'README.txt': 'no reports yet' });
    expect(failures.map(({ reason }) => reason)).to.deep.equal(['not_found']);
    const missing = await check({}, { directory: '/no/such/directory' });
    expect(missing.failures[0]?.reason).to.equal('not_found');
    expect(missing.failures[0]?.message).to.match(/expected a directory of reports: ENOENT/);
  });

  it('a report that is gone by the time it is read is not_found', async () => {
    await symlink('/no/such/report', join(dir, 'db-01.yaml'));
    const { failures } = await check({});
    expect(failures.map(({ reason, message }) => [reason, message])).to.deep.equal([
      ['not_found', 'db-01.yaml: is gone'],
    ]);
  });

  async function check(files: Record<string, string | Buffer>, options: object = {}): Promise<Sum> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true });
      await writeFile(join(dir, name), content);
    }
    const context = await checkerContext({ sourceDir: dir });
    try {
      return await sumOfRun(puppet, { mode: 'reports', directory: '.', ...options }, context);
    } finally {
      await context.cleanup();
    }
  }
});

/** As Puppet 4 wrote it: every level is an object of its own class, values are symbols. */
const OLD = `--- !ruby/object:Puppet::Transaction::Report
metrics:
  resources: !ruby/object:Puppet::Util::Metric
    name: resources
    label: Resources
    values:
    - - total
      - Total
      - 1
logs:
- !ruby/object:Puppet::Util::Log
  level: !ruby/sym notice
  tags: !ruby/object:Puppet::Util::TagSet
    hash:
      notice: true
  message: current_value stopped, should be running (noop)
  source: "/Stage[main]/Web/Service[nginx]/ensure"
  time: 2016-03-01 10:00:00.000000000 +00:00
resource_statuses:
  Service[nginx]: !ruby/object:Puppet::Resource::Status
    resource: Service[nginx]
    file: "/etc/puppetlabs/code/environments/production/modules/web/manifests/init.pp"
    line: 7
    evaluation_time: 0.1
    change_count: 0
    out_of_sync_count: 1
    tags: !ruby/object:Puppet::Util::TagSet
      hash:
        service: true
    time: 2016-03-01 10:00:00.000000000 +00:00
    events:
    - !ruby/object:Puppet::Transaction::Event
      audited: false
      property: ensure
      previous_value: !ruby/sym stopped
      desired_value: !ruby/sym running
      historical_value:
      message: current_value stopped, should be running (noop)
      name: !ruby/sym service_started
      status: noop
      time: 2016-03-01 10:00:00.000000000 +00:00
    out_of_sync: true
    changed: false
    resource_type: Service
    title: nginx
    skipped: false
    failed: false
    containment_path:
    - Stage[main]
    - Web
    - Service[nginx]
host: old-01
time: 'TIME'
kind: apply
report_format: 4
puppet_version: 4.3.2
configuration_version: 1456826400
environment: production
status: unchanged
`;

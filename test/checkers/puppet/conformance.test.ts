import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { puppet } from '../../../checkers/puppet/index.ts';
import { conformanceTests } from '../../../src/testing/index.ts';
import { needs } from '../../support/skips.ts';

const SECRET = 'correct-horse-battery-staple';

/** A manifest as the source, and the options that check it. */
async function manifest(dir: string, code: string): Promise<Record<string, unknown>> {
  await writeFile(join(dir, 'site.pp'), code);
  return { mode: 'apply', manifest: 'site.pp' };
}

describe('the puppet checker', function () {
  before(function () {
    needs(this, { puppet: 'apt-get install puppet-agent' });
  });

  const tests = conformanceTests(puppet, {
    scenarios: [
      {
        title: 'is in sync with what is there',
        prepare: (dir) => manifest(dir, "file { '/': ensure => directory }\n"),
        expect: { status: 'in_sync' },
      },
      {
        title: 'finds what is not there, and keeps its secret',
        prepare: (dir) => manifest(dir, `file { '/no-such-file': content => Sensitive('${SECRET}') }\n`),
        expect: { status: 'drifted' },
        secrets: [SECRET],
      },
      {
        title: 'fails on a manifest that does not compile',
        prepare: (dir) => manifest(dir, 'include nowhere\n'),
        expect: { status: 'error', failures: ['invalid'] },
      },
    ],
    slow: {
      prepare: (dir) => manifest(dir, "exec { 'slow': command => '/bin/true', unless => '/bin/sleep 120' }\n"),
    },
    badOptions: {
      'no mode': { manifest: 'site.pp' },
      'an unknown mode': { mode: 'noop', manifest: 'site.pp' },
      'neither manifest nor environment': { mode: 'apply' },
      'a manifest outside the source': { mode: 'apply', manifest: '../site.pp' },
      'an absolute manifest': { mode: 'apply', manifest: '/etc/site.pp' },
      'a certname for many hosts': { mode: 'apply', manifest: 'a.pp', certname: 'x', remote: { hosts: ['a', 'b'] } },
      'reports from nowhere': { mode: 'reports' },
      'reports from two places': { mode: 'reports', directory: '.', puppetdb: { url: 'http://127.0.0.1:8080' } },
      'a PuppetDB that is no URL': { mode: 'reports', puppetdb: { url: 'puppetdb:8080' } },
      'an age without a unit': { mode: 'reports', directory: '.', max_age: 7200 },
      'a server in mode apply': { mode: 'apply', manifest: 'a.pp', server: 'puppet' },
    },
  });
  for (const { title, run } of tests) it(title, run);
});

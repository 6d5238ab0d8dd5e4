import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { puppet } from '../../../checkers/puppet/index.ts';
import { checkerContext, sumOfRun } from '../../support/checker-context.ts';
import { needs } from '../../support/skips.ts';

const EXAMPLE = join(import.meta.dirname, '../../../examples/puppet');

describe('the example of masterless Puppet', () => {
  it('finds what differs from the tarball on this host', async function () {
    needs(this, { puppet: 'apt-get install puppet-agent' });
    const { checks } = load(await readFile(join(EXAMPLE, 'drift-exporter.yaml'), 'utf8')) as {
      checks: { options: unknown }[];
    };
    for (const { options } of checks) expect(puppet.options.safeParse(options).error).to.equal(undefined);
    const releases = await mkdtemp(join(tmpdir(), 'drift-releases-'));
    const context = await checkerContext({ sourceDir: releases });
    try {
      await promisify(execFile)('tar', [
        '-czf',
        join(releases, 'puppet.tar.gz'),
        '-C',
        join(EXAMPLE, 'environment'),
        '.',
      ]);
      const found = await sumOfRun(puppet, checks[0]?.options, context);
      expect(found.failures).to.deep.equal([]);
      expect(found.resources).to.equal(2);
      const umask = found.drift.find(({ address }) => address.endsWith('/File[/etc/profile.d/umask.sh]'));
      expect([umask?.action, umask?.origin]).to.deep.equal([
        'create',
        { file: 'modules/base/manifests/init.pp', line: 9 },
      ]);
    } finally {
      await context.cleanup();
      await rm(releases, { recursive: true, force: true });
    }
  });
});

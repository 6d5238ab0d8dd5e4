import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programOnPath, skipOptional } from '../support/skips.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy/systemd');
const UNIT = join(DEPLOY, 'drift-exporter.service');

/** Most that `systemd-analyze security` may give, in tenths: 0 is safe, 100 is root with everything open. */
const MOST_EXPOSURE = 20;

describe('the systemd unit', () => {
  before(function () {
    if (programOnPath('systemd-analyze') === undefined) skipOptional(this, 'systemd-analyze is not on PATH (systemd)');
  });

  it('is what systemd understands', () => {
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', UNIT], { encoding: 'utf8' });
    // What is installed elsewhere is not here: the command itself.
    const issues = stderr.split('\n').filter((line) => line !== '' && !/drift-exporter is not executable/.test(line));
    expect(issues).to.deep.equal([]);
  });

  it('leaves little open', function () {
    const args = ['security', '--offline=true', `--threshold=${MOST_EXPOSURE}`, '--no-pager', UNIT];
    const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    if (/unrecognized option/.test(stderr)) skipOptional(this, 'systemd-analyze security needs systemd 250 or newer');
    expect(status, stdout.split('\n').slice(-3).join('\n')).to.equal(0);
  });

  it('runs as a user that sysusers makes, in a directory of its own', () => {
    const unit = readFileSync(UNIT, 'utf8');
    const user = /^User=(.+)$/m.exec(unit)?.[1];
    const line = readFileSync(join(DEPLOY, 'drift-exporter.sysusers.conf'), 'utf8')
      .split('\n')
      .find((text) => text.startsWith('u '));
    expect(line?.split(/\s+/)[1]).to.equal(user);
    expect(line).to.include(/^WorkingDirectory=(.+)$/m.exec(unit)?.[1]);
    expect(/^StateDirectory=(.+)$/m.exec(unit)?.[1]).to.equal('drift-exporter');
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { configDir, eventually, startService } from '../support/service.ts';

describe('a run', () => {
  it('leaves nothing behind of what left its session, closed its pipes and lost its parent', async function () {
    if (process.platform !== 'linux') this.skip();
    const mark = `orphan-${process.pid}-${Date.now()}`;
    const leave = 'setsid sh -c "setsid sleep 300 >/dev/null 2>&1 & exit" >/dev/null 2>&1 & exit 2';
    const { file, remove } = await configDir(`
global: { jitter: 0%, kill_grace: 500ms }
checks:
  - { name: a, checker: command, interval: 1s, options: { command: [sh, -c, '${leave}'], env: { MARK: ${mark} } } }
`);
    const service = await startService(file);
    try {
      const finished = (): number => service.log.filter(({ msg }) => msg === 'run finished').length;
      await eventually(() => finished() >= 3);
      expect((await service.json('/diff')).checks[0]?.status).to.equal('drifted');
      // At most what the run that goes on now has started.
      await eventually(() => marked(mark) === 0);
    } finally {
      expect(await service.end('SIGTERM')).to.equal(0);
      await remove();
    }
    expect(marked(mark)).to.equal(0);
  });
});

/** How many live processes have the text in their environment. */
function marked(text: string): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && environment(name).includes(text)).length;
}

function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}

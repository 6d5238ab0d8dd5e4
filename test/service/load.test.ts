import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { configDir, eventually, startService } from '../support/service.ts';

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

describe('/metrics', () => {
  it('answers while 50 checks run and one hangs', async function () {
    this.timeout(120_000);
    const busy = range(50).map(
      (at) =>
        `  - { name: busy-${at}, checker: command, interval: 1s, jitter: 0%, options: { command: [sh, -c, 'seq 1 20000; exit ${at % 3 === 0 ? 2 : 0}'] } }`,
    );
    const { file, remove } = await configDir(`
global: { concurrency: 60, kill_grace: 500ms }
checks:
${busy.join('\n')}
  - { name: hangs, checker: command, timeout: 1h, options: { command: [sh, -c, 'trap "" TERM; while :; do sleep 1; done'] } }
`);
    const service = await startService(file);
    const answers: string[] = [];
    for (let at = 0; at < 40; at++) {
      const response = await service.get('/metrics', { signal: AbortSignal.timeout(5_000) });
      expect(response.status).to.equal(200);
      answers.push(await response.text());
      await sleep(100);
    }
    const last = answers.at(-1) ?? '';
    expect(last).to.include('drift_check_running{check="hangs"} 1\n');
    expect(last).to.include('drift_check_status{check="hangs",status="unknown"} 1\n');
    expect(last).to.include('drift_check_status{check="busy-0",status="drifted"} 1\n');
    expect(last).to.include('drift_check_status{check="busy-49",status="in_sync"} 1\n');
    expect(await service.end('SIGTERM')).to.equal(0);
    await remove();
  });
});

describe('shutdown', () => {
  it('ends what runs, with its descendants, and exits 0', async () => {
    const marker = `drift-shutdown-${process.pid}`;
    const { file, remove } = await configDir(`
global: { kill_grace: 500ms }
checks:
  - { name: a, checker: command, options: { command: [sh, -c, 'setsid sh -c "exec -a ${marker} sleep 300" & sleep 300'], env: { MARK: ${marker} } } }
`);
    const service = await startService(file);
    await eventually(async () => (await marked(marker)) > 0);
    expect(await service.end('SIGTERM')).to.equal(0);
    expect(await marked(marker)).to.equal(0);
    await remove();
  });
});

/** How many live processes have the text in their environment. */
async function marked(text: string): Promise<number> {
  const { execFileSync } = await import('node:child_process');
  const found = execFileSync('sh', ['-c', 'grep -l "MARK=$1" /proc/[0-9]*/environ 2>/dev/null; true', 'sh', text], {
    encoding: 'utf8',
  });
  return found.split('\n').filter((line) => line !== '').length;
}

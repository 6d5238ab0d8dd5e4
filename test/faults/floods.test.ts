import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';

/** MiB: what a service holds at most in these tests, far below what it is flooded with. */
const MOST_MEMORY = 600;

describe('a service that is flooded', () => {
  let made: Awaited<ReturnType<typeof configDir>>;
  let service: TestService;

  async function start(checks: string): Promise<void> {
    made = await configDir(`global: { jitter: 0%, kill_grace: 1s }\nchecks:\n${checks}`);
    service = await startService(made.file);
  }

  afterEach(async () => {
    expect(await service.end('SIGTERM')).to.equal(0);
    await made.remove();
  });

  const failures = (): Promise<Readonly<Record<string, readonly string[]>>> =>
    eventually(async () => {
      const { checks } = await service.json('/diff');
      if (checks.some(({ status }) => status === 'unknown')) return undefined;
      return Object.fromEntries(checks.map(({ check, failures }) => [check, failures.map(({ reason }) => reason)]));
    }, 100);

  it('with output, lines or errors without end keeps its memory, and says which limit was met', async function () {
    this.timeout(120_000);
    const script = {
      zeros: 'exec cat /dev/zero',
      lines: 'exec yes',
      daemon: 'setsid yes & exec sleep 300',
      errors: 'head -c 1000000000 /dev/zero >&2',
      deaf: 'trap "" TERM INT HUP PIPE; while :; do cat /dev/zero; done',
    };
    await start(
      Object.entries(script)
        .map(
          ([name, text]) =>
            `  - { name: ${name}, checker: command, timeout: 60s, options: { command: [sh, -c, '${text}'] } }`,
        )
        .join('\n'),
    );
    const tooLarge = ['too_large'];
    expect(await failures()).to.deep.equal({
      zeros: tooLarge,
      lines: tooLarge,
      daemon: tooLarge,
      deaf: tooLarge,
      errors: [],
    });
    expect(peakMemory(service.pid)).to.be.below(MOST_MEMORY);
  });

  it('with 100,000 drifted resources in one run counts them all, shows some, and answers meanwhile', async function () {
    this.timeout(120_000);
    const resources = Array.from({ length: 100_000 }, (_, at) => ({
      address: `thing-${at}`,
      type: 'thing',
      action: 'update',
      cause: 'unknown',
      changes: [],
    }));
    await start(
      `  - { name: huge, checker: command, options: { output: json, command: [cat, DOCUMENT] } }\n`.replace(
        'DOCUMENT',
        '/nowhere',
      ),
    );
    await failures();
    const document = `${made.dir}/drift.json`;
    await writeFile(document, JSON.stringify({ resources: 100_000, drift: resources }));
    await writeFile(made.file, readFileSync(made.file, 'utf8').replace('/nowhere', document));
    await service.get('/-/reload', { method: 'POST' });
    await eventually(async () => {
      const metrics = await service.metrics();
      return metrics.includes('drift_check_drifted_resources{check="huge",action="update",cause="unknown"} 100000\n');
    }, 60);
    const metrics = await service.metrics();
    expect(metrics).to.include('drift_resource_series_truncated{check="huge"} 99500\n');
    expect(metrics.split('\n').filter((line) => line.startsWith('drift_resource_changed_fields{'))).to.have.length(500);
    const page = (await (await service.get('/diff?limit=10')).json()) as {
      readonly checks: readonly { readonly drift: readonly unknown[] }[];
    };
    expect(page.checks[0]?.drift).to.have.length(10);
    expect((await service.get('/')).status).to.equal(200);
    expect((await service.get('/checks/huge')).status).to.equal(200);
    expect(peakMemory(service.pid)).to.be.below(2 * MOST_MEMORY);
  });
});

/** The most that a process ever held, MiB. */
function peakMemory(pid: number): number {
  const [, kibibytes = 'NaN'] = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}

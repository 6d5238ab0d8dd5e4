import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { configDir, eventually, startService, type TestService } from '../support/service.ts';
import { needs, programOnPath, skipOptional } from '../support/skips.ts';

/** Each run leaves a process behind whose parent has gone: it falls to the first process of the namespace. */
const CONFIG = `
global: { jitter: 0%, kill_grace: 500ms }
checks:
  - { name: a, checker: command, interval: 1s, options: { command: [sh, -c, '(setsid sh -c "setsid sleep 0.1 & exit" &) ; exit 2'] } }
`;

const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

describe('a service as the first process of a container', () => {
  before(function () {
    needs(this, { unshare: 'apt-get install util-linux' });
    try {
      execFileSync(NAMESPACE[0] ?? '', [...NAMESPACE.slice(1), 'true'], { stdio: 'ignore' });
    } catch {
      skipOptional(this, 'no process namespace can be made here: it takes root');
    }
  });

  it('runs its checks, ends in good order, and says that it needs an init', async () => {
    const { file, remove } = await configDir(CONFIG);
    const service = await startService(file, { under: NAMESPACE });
    try {
      await someRuns(service);
      expect(service.log.map(({ msg }) => msg)).to.include(
        'runs as process 1, without an init: what checks leave behind stays as zombies; use tini, or docker run --init',
      );
    } finally {
      // unshare passes no signal on; its child is the service.
      process.kill(childOf(service.pid), 'SIGTERM');
      await eventually(() => service.log.some(({ msg }) => msg === 'shutting down'));
      await service.end('SIGTERM');
      await remove();
    }
  });

  it('with an init, as the image starts it, leaves no zombie', async function () {
    if (programOnPath('tini') === undefined) skipOptional(this, 'tini is not on PATH (apt-get install tini)');
    const { file, remove } = await configDir(CONFIG);
    const service = await startService(file, { under: [...NAMESPACE, 'tini', '--'] });
    try {
      await someRuns(service);
      expect(service.log.some(({ msg }) => String(msg).startsWith('runs as process 1'))).to.equal(false);
      const init = childOf(service.pid);
      await eventually(() => childrenOf(init).every((pid) => stateOf(pid) !== 'Z'));
      process.kill(init, 'SIGTERM');
      await eventually(() => service.log.some(({ msg }) => msg === 'shutting down'));
    } finally {
      await service.end('SIGTERM');
      await remove();
    }
  });
});

async function someRuns(service: TestService): Promise<void> {
  await eventually(() => service.log.filter(({ msg }) => msg === 'run finished').length >= 3);
  expect((await service.json('/diff')).checks.map(({ status }) => status)).to.deep.equal(['drifted']);
}

function stat(pid: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

const stateOf = (pid: number): string | undefined => stat(String(pid))[0];

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && stat(name)[1] === String(parent))
    .map(Number);
}

function childOf(parent: number): number {
  const [child] = childrenOf(parent);
  if (child === undefined) throw new Error(`process ${parent} has no child`);
  return child;
}

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { configDir, eventually, startService } from '../support/service.ts';

/** A git server that takes connections and never says a word. */
async function silentServer(): Promise<{ readonly url: string; connections(): number; close(): void }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `git://127.0.0.1:${(server.address() as AddressInfo).port}/repo.git`,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('SIGTERM', () => {
  it('while everything goes on at once ends it all in good order, whenever it comes', async function () {
    this.timeout(180_000);
    const server = await silentServer();
    const { dir, file, remove } = await configDir('');
    const mark = `sigterm-${process.pid}-${Date.now()}`;
    const config = (checks: number): string => `
web: { listen: '127.0.0.1:0', enable_lifecycle: true }
global: { jitter: 0%, kill_grace: 500ms, concurrency: 6 }
sources: [{ name: silent, git: { url: '${server.url}', interval: 1s } }]
checks:
  - { name: waits, checker: command, source: silent, interval: 1s, options: { command: ['true'] } }
  - { name: deaf, checker: command, options: { command: [sh, -c, 'trap "" TERM; while :; do sleep 0.2; done'], env: { MARK: ${mark} } } }
${Array.from({ length: checks }, (_, at) => `  - { name: quick-${at}, checker: command, interval: 1s, options: { command: [sh, -c, 'seq 1 2000; exit 2'], env: { MARK: ${mark} } } }`).join('\n')}
`;
    try {
      for (let round = 0; round < 4; round++) {
        await writeFile(file, config(8));
        const seen = server.connections();
        const service = await startService(file);
        if (round > 0) await eventually(() => server.connections() > seen);
        await sleep(round * 110);
        await writeFile(file, config(4));
        // All at once: a reload, requests, a run asked for, and the end.
        const asked = [
          service.get('/-/reload', { method: 'POST' }),
          service.get('/diff/quick-1', { method: 'POST' }),
          ...Array.from({ length: 5 }, () => service.get('/metrics')),
        ].map((request) => request.then(async (response) => response.text()).catch(() => ''));
        process.kill(service.pid, 'SIGHUP');
        if (round % 2 === 0) await sleep(round * 20);
        expect(await service.end('SIGTERM'), `round ${round}`).to.equal(0);
        await Promise.all(asked);
        expect(service.log.filter(({ level }) => Number(level) >= 50).map(({ msg }) => msg)).to.not.include(
          'unhandled rejection',
        );
        const left = execFileSync('sh', [
          '-c',
          'grep -l "MARK=$1" /proc/[0-9]*/environ 2>/dev/null | wc -l',
          'sh',
          mark,
        ]);
        expect(Number(left.toString()), `round ${round}`).to.equal(0);
      }
      // What it left can be opened again.
      execFileSync('sh', ['-c', 'test -s "$1"', 'sh', join(dir, 'data/drift.db')]);
    } finally {
      server.close();
      await remove();
    }
  });
});

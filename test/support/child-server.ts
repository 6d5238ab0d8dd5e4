/** A program that serves on 127.0.0.1, over a directory of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChildServer {
  readonly url: string;
  readonly dir: string;
  /** Ends the program and removes its directory. */
  close(): Promise<void>;
}

const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts it and waits until it is ready, as Prometheus and its kin say it. Rejects with what it printed when it ends before. */
export async function startChildServer(
  program: string,
  argsOf: (given: { readonly dir: string; readonly port: number }) => Promise<readonly string[]>,
): Promise<ChildServer> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-server-'));
  const port = await freePort();
  const child = spawn(program, await argsOf({ dir, port }), { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => printed.push(String(text)));
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child, printed);
  return {
    url,
    dir,
    close: async () => {
      if (running.has(child)) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function ready(url: string, child: ChildProcess, printed: readonly string[]): Promise<void> {
  for (let round = 0; round < 300; round++) {
    if (child.exitCode !== null) break;
    const answered = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answered?.ok === true) return;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`${child.spawnfile} did not become ready: ${printed.join('').slice(-2000)}`);
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

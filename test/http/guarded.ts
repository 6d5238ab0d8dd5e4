/** The real server with a web configuration file of its own. */
import { hashSync } from 'bcryptjs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { dump } from 'js-yaml';
import { pino } from 'pino';
import type { HttpDeps } from '../../src/http/deps.ts';
import { keepWebConfig, type WebConfigKeeper } from '../../src/web-config/keep-web-config.ts';
import { serve, smallFleet, type Served } from './fleet.ts';

export interface GuardedServer extends Served {
  readonly keeper: WebConfigKeeper;
  readonly dir: string;
  /** Log lines so far. */
  readonly log: Readonly<Record<string, unknown>>[];
  /** Puts other content in place of the file, at once. */
  rewrite(content: unknown): Promise<void>;
}

const hashes = new Map<string, string>();

/** A cheap hash; the same for the same password. */
export function hashOf(password: string): string {
  const hash = hashes.get(password) ?? hashSync(password, 4).replace('$2b$', '$2y$');
  hashes.set(password, hash);
  return hash;
}

export async function guardedServer(content: unknown, change: Partial<HttpDeps> = {}): Promise<GuardedServer> {
  const dir = await mkdtemp(join(tmpdir(), 'drift-web-config-'));
  const file = join(dir, 'web-config.yml');
  const rewrite = async (content: unknown): Promise<void> => {
    await writeFile(`${file}.new`, typeof content === 'string' ? content : dump(content));
    await rename(`${file}.new`, file);
  };
  await rewrite(content);
  const log: Record<string, unknown>[] = [];
  const lines = new Writable({
    write: (line, _encoding, done) => {
      log.push(JSON.parse(String(line)) as Record<string, unknown>);
      done();
    },
  });
  const logger = pino({ level: 'info' }, lines);
  const keeper = await keepWebConfig(file, { log: logger, pollMs: 20 });
  const served = await serve(smallFleet(), { webConfig: keeper, log: logger, ...change });
  return {
    ...served,
    keeper,
    dir,
    log,
    rewrite,
    close: async (graceMs) => {
      keeper.close();
      await served.close(graceMs);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

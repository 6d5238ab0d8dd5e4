import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Store, WorkerBeat } from '../store/store.ts';

const BEAT_MS = 10_000;
/** A worker not heard of for this long counts as dead. */
const DEAD_AFTER_MS = 45_000;
/** A worker not heard of for this long is forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** Says that this worker lives, until it leaves. */
export interface Beating {
  leave(): Promise<void>;
}

export async function startBeating(
  store: Store,
  worker: { readonly pools: readonly string[]; readonly version: string; readonly running: () => number },
  log: Logger,
): Promise<Beating> {
  const id = randomUUID();
  let beats = 0;
  let told = false;
  const beat = async (): Promise<void> => {
    try {
      const { pools, version } = worker;
      await store.beat({ id, host: hostname(), pools, version, running: worker.running(), beats: ++beats });
      told = false;
    } catch (error) {
      if (!told) log.warn({ error: String(error) }, 'this worker cannot say that it lives');
      told = true;
    }
  };
  await beat();
  const timer = setInterval(() => void beat(), BEAT_MS).unref();
  return {
    leave: async () => {
      clearInterval(timer);
      await store.leave(id).catch(() => undefined); // it will be taken for dead
    },
  };
}

/** One worker as a server sees it. */
export interface Worker extends WorkerBeat {
  readonly alive: boolean;
}

/** Which workers live, as a server sees it: those whose beats go on. No two clocks are compared. */
export interface Presence {
  look(): Promise<void>;
  workers(): readonly Worker[];
}

export function createPresence(store: Store, now: () => number = () => performance.now()): Presence {
  const heard = new Map<string, { readonly row: WorkerBeat; readonly at: number }>();
  return {
    look: async () => {
      const rows = await store.workers();
      const at = now();
      for (const row of rows) if (heard.get(row.id)?.row.beats !== row.beats) heard.set(row.id, { row, at });
      const gone = [...heard].filter(([id]) => !rows.some((row) => row.id === id));
      for (const [id] of gone) heard.delete(id);
      for (const [id, { at: last }] of heard) if (at - last > FORGOTTEN_AFTER_MS) await store.leave(id);
    },
    workers: () => [...heard.values()].map(({ row, at }) => ({ ...row, alive: now() - at < DEAD_AFTER_MS })),
  };
}

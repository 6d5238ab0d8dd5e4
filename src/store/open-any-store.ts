import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { CheckState } from '../run/state.ts';
import { LateStore } from './late-store.ts';
import { memoryStore, openStore } from './open-store.ts';
import { StoreError, type Store, type StoreErrorReason } from './store.ts';

export interface OpenStore {
  readonly store: Store;
  readonly states: readonly CheckState[];
  /** Where it is not the configured one yet: the same store, and why. */
  readonly late?: { readonly store: LateStore; readonly note: string };
}

/** A process of a fleet waits for its database this long. */
const WAIT_MS = 60_000;
const RETRY_MS = 2_000;
/** What a database that starts, or is crowded, says. */
const MAY_PASS: ReadonlySet<StoreErrorReason> = new Set(['unreachable', 'locked', 'full', 'read_only']);

/**
 * The configured store; where a file cannot be opened or read, one in memory that becomes the file's when it can be, and
 * a note that says so. Rejects with a StoreError when a database stays away.
 */
export async function openAnyStore(config: Config, log: Logger): Promise<OpenStore> {
  const options = { retention: config.global.retention, log };
  if (config.store.kind === 'postgres') return awaitStore(() => openStore(config.store, options), log);
  try {
    return await openAndLoad(await openStore(config.store, options));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.error({ error: error.message }, 'the store cannot be used; results are kept in memory only');
    const open = async (): Promise<Store> =>
      (await openAndLoad(await openStore(config.store, { ...options, waitMs: 0 }))).store;
    const store = new LateStore({ memory: await memoryStore(options), open, log });
    return { store, states: [], late: { store, note: `Results are kept in memory only: ${error.message}` } };
  }
}

async function awaitStore(open: () => Promise<Store>, log: Logger): Promise<OpenStore> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return await openAndLoad(await open());
    } catch (error) {
      if (!(error instanceof StoreError) || !MAY_PASS.has(error.reason) || Date.now() > deadline) throw error;
      log.warn({ error: error.message }, 'the database cannot be used; trying again');
      await sleep(RETRY_MS);
    }
  }
}

async function openAndLoad(store: Store): Promise<OpenStore> {
  try {
    return { store, states: await store.load() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

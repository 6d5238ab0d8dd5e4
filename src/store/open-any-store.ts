import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { CheckState } from '../run/state.ts';
import { memoryStore, openStore } from './open-store.ts';
import { StoreError, type Store } from './store.ts';

export interface OpenStore {
  readonly store: Store;
  readonly states: readonly CheckState[];
  /** Why it is not the configured one. */
  readonly note?: string;
}

/** The configured store; where that cannot be opened or read, one in memory and a note that says so. */
export async function openAnyStore(config: Config, log: Logger): Promise<OpenStore> {
  const options = { retention: config.global.retention, log };
  try {
    return await openAndLoad(await openStore(config.store, options));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.error({ error: error.message }, 'the store cannot be used; results are kept in memory only');
    return { store: await memoryStore(options), states: [], note: `Results are kept in memory only: ${error.message}` };
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

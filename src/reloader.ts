import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { ConfigError, type LoadedConfig } from './config/load-config.ts';
import type { Discoveries } from './discovery/discoveries.ts';
import type { Board } from './run/board.ts';
import type { CheckState } from './run/state.ts';
import { RestartNeeded, type Service } from './service.ts';
import type { Store } from './store/store.ts';

export type ReloadOutcome = { readonly ok: true } | { readonly ok: false; readonly errors: readonly string[] };

export interface Reloader {
  reload(): Promise<ReloadOutcome>;
  /** Puts the file in force as it was read, with the checks now discovered. Never rejects. */
  refresh(): Promise<void>;
  /** The one in force, with the checks that were discovered. */
  config(): Config;
  readonly successful: boolean;
  /** ISO 8601. */
  readonly loadedAt: string;
}

interface ReloaderParts {
  readonly service: Service;
  readonly board: Board;
  readonly store: Store;
  readonly discoveries: Pick<Discoveries, 'start'>;
}

/** One reload at a time; each reads the file anew. Those asked for before the next one begins share it. */
export function createReloader(
  {
    read: readFirst,
    loaded,
    load,
    complete,
    log,
  }: {
    /** As it was read. */
    readonly read: LoadedConfig;
    /** What is put in force at the start. */
    readonly loaded: LoadedConfig;
    readonly load: () => Promise<LoadedConfig>;
    /** With the checks that were discovered: what is put in force. */
    readonly complete: (read: LoadedConfig) => Promise<LoadedConfig>;
    readonly log: Logger;
  },
  { service, board, store, discoveries }: ReloaderParts,
): Reloader {
  let read = readFirst;
  let { config } = loaded;
  let successful = true;
  let loadedAt = new Date().toISOString();
  let last: Promise<unknown> = Promise.resolve();
  let waiting: Promise<ReloadOutcome> | undefined;
  /** What the store knows of a check that comes back after a while without it. */
  const remembered = async ({ checks }: Config): Promise<Map<string, CheckState> | undefined> => {
    if (checks.every(({ name }) => board.get(name) !== undefined)) return undefined;
    try {
      return new Map((await store.load()).map((state) => [state.check, state]));
    } catch (error) {
      log.warn({ error: String(error) }, 'what is stored of new checks cannot be read');
      return undefined;
    }
  };
  const putInForce = async (next: LoadedConfig): Promise<void> => {
    const whole = await complete(next);
    await service.apply(whole, await remembered(whole.config));
    read = next;
    ({ config } = whole);
  };
  const once = async (): Promise<ReloadOutcome> => {
    waiting = undefined;
    try {
      const next = await load();
      await putInForce(next);
      discoveries.start(next);
      successful = true;
      loadedAt = new Date().toISOString();
      log.info({ checks: config.checks.length }, 'configuration reloaded');
      return { ok: true };
    } catch (error) {
      successful = false;
      const errors = errorsOf(error);
      log.error({ errors }, 'configuration not reloaded; the old one stays in force');
      return { ok: false, errors };
    }
  };
  return {
    reload: () => {
      waiting ??= last.then(once);
      last = waiting;
      return waiting;
    },
    refresh: async () => {
      const turn = last.then(() => putInForce(read));
      last = turn.catch((error: unknown) => {
        log.error({ error: String(error) }, 'discovered checks not put in force');
      });
      await last;
    },
    config: () => config,
    get successful() {
      return successful;
    },
    get loadedAt() {
      return loadedAt;
    },
  };
}

function errorsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.errors;
  return [error instanceof RestartNeeded ? error.message : String(error)];
}

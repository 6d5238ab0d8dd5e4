import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { describeCheck } from './config/describe-check.ts';
import { ConfigError, type LoadedConfig } from './config/load-config.ts';
import { createApp } from './http/app.ts';
import { listen } from './http/listen.ts';
import { createMetrics, type Metrics } from './metrics/exposition.ts';
import { Board } from './run/board.ts';
import { createRecorder, type Recorder } from './run/recorder.ts';
import type { CheckState } from './run/state.ts';
import { createService, RestartNeeded, type Service } from './service.ts';
import { memoryStore, openStore } from './store/open-store.ts';
import { StoreError, type Store } from './store/store.ts';

export interface ExporterOptions {
  readonly loaded: LoadedConfig;
  /** Reads the configuration again, for a reload. */
  readonly load: () => Promise<LoadedConfig>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
}

export interface Exporter {
  /** Where it listens. */
  readonly url: string;
  /** Swaps in the configuration file when it is valid; the errors otherwise, and the old one stays. */
  reload(): Promise<ReloadOutcome>;
  /** Ends the runs that go on, and everything they started. */
  close(): Promise<void>;
}

export type ReloadOutcome = { readonly ok: true } | { readonly ok: false; readonly errors: readonly string[] };

const PRUNE_MS = 3_600_000;

/** Wires the parts and starts them. Rejects only when it cannot listen. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { log, environment } = options;
  const { config } = options.loaded;
  const { store, states, note } = await openAnyStore(config, log);
  const known = new Map(states.map((state) => [state.check, state]));
  if (note === undefined) await removeLeftovers(config, log);

  const board = new Board();
  const recorder = createRecorder(store, log);
  const tally = createTally();
  const service = createService({
    board,
    recorder,
    environment,
    log,
    finished: ({ checker, redactions, durationSeconds }) => {
      tally.redactions[checker] = (tally.redactions[checker] ?? 0) + redactions;
      metrics.observeRun(checker, durationSeconds);
    },
  });
  let closing = false;
  const reloader = createReloader(options, { service, board, store });
  const metrics = createMetricsOf({
    board,
    service,
    recorder,
    tally,
    reloader,
    storeUp: note === undefined,
    version: options.version,
  });

  const app = createApp({
    board,
    actions: {
      run: (check, { ref, input, signal }) =>
        service.queue.enqueue(
          check,
          ref === undefined && input === undefined
            ? undefined
            : { ...(ref !== undefined && { ref }), ...(input !== undefined && { input }) },
          signal,
        ),
      reload: () => reloader.reload(),
    },
    runs: (check, query) => store.runs(check, query),
    metrics,
    sources: () => [...service.sources.values()].map((source) => source.status()),
    describe: (check) => describeCheck(check, reloader.config().redact),
    ready: () => (closing ? { ready: false, reason: 'it is shutting down' } : { ready: true }),
    web: config.web,
    log,
    version: options.version,
    notes: () => (note === undefined ? [] : [note]),
  });
  board.configure(config.checks, known);
  const listening = await listen(app, config.web, log).catch(async (error: unknown) => {
    await Promise.allSettled([service.close(), store.close()]);
    throw error;
  });
  await service.apply(options.loaded, known).catch(async (error: unknown) => {
    await Promise.allSettled([service.close(), listening.close(0), store.close()]);
    throw error;
  });
  const pruning = setInterval(() => void prune(store, reloader.config(), log), PRUNE_MS).unref();
  void prune(store, config, log);
  log.info({ url: listening.url, checks: config.checks.length }, 'ready');
  return {
    url: listening.url,
    reload: () => reloader.reload(),
    close: async () => {
      closing = true;
      clearInterval(pruning);
      await Promise.all([service.close(), listening.close()]);
      metrics.close();
      await recorder.close();
      await store.close();
    },
  };
}

interface OpenStore {
  readonly store: Store;
  readonly states: readonly CheckState[];
  /** Why it is not the configured one. */
  readonly note?: string;
}

/** The configured store; where that cannot be opened or read, one in memory and a note that says so. */
async function openAnyStore(config: Config, log: Logger): Promise<OpenStore> {
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

interface Tally {
  readonly redactions: Record<string, number>;
}

function createTally(): Tally {
  return { redactions: {} };
}

interface Reloader {
  reload(): Promise<ReloadOutcome>;
  /** The one in force. */
  config(): Config;
  readonly successful: boolean;
  /** ISO 8601. */
  readonly loadedAt: string;
}

/** One reload at a time; each reads the file anew. Those asked for before the next one begins share it. */
function createReloader(
  { loaded, load, log }: ExporterOptions,
  { service, board, store }: { readonly service: Service; readonly board: Board; readonly store: Store },
): Reloader {
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
  const once = async (): Promise<ReloadOutcome> => {
    waiting = undefined;
    try {
      const next = await load();
      await service.apply(next, await remembered(next.config));
      ({ config } = next);
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
    config: () => config,
    get successful() {
      return successful;
    },
    get loadedAt() {
      return loadedAt;
    },
  };
}

/** Temporary files of runs that a crash cut off. */
async function removeLeftovers({ global }: Config, log: Logger): Promise<void> {
  try {
    await rm(join(global.dataDir, 'tmp'), { recursive: true, force: true });
  } catch (error) {
    log.warn({ error: String(error) }, 'temporary files of an earlier start cannot be removed');
  }
}

function errorsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.errors;
  return [error instanceof RestartNeeded ? error.message : String(error)];
}

function createMetricsOf(parts: {
  readonly board: Board;
  readonly service: Service;
  readonly recorder: Recorder;
  readonly tally: Tally;
  readonly reloader: Reloader;
  readonly storeUp: boolean;
  readonly version: string;
}): Metrics {
  const { board, service, recorder, tally, reloader, storeUp, version } = parts;
  return createMetrics(() => {
    const { global, ignore, web } = reloader.config();
    const beside = {
      resourceSeriesPerCheck: global.resourceSeriesPerCheck,
      sources: [...service.sources.values()].map((source) => source.status()),
      rules: ignore,
      queueLength: service.queue.queued,
      workersBusy: service.queue.running,
      redactions: tally.redactions,
      version,
      ...(web.externalUrl !== undefined && { externalUrl: web.externalUrl }),
      config: { lastReloadSuccessful: reloader.successful, loadedAt: reloader.loadedAt },
      store: { up: storeUp && recorder.up, errors: recorder.errors },
    };
    return { version: `${board.version} ${JSON.stringify(beside)}`, view: { ...beside, entries: board.entries() } };
  });
}

async function prune(store: Store, config: Config, log: Logger): Promise<void> {
  try {
    await store.forget(config.checks.map(({ name }) => name));
    const removed = await store.prune(new Date());
    if (removed > 0) log.debug({ removed }, 'history pruned');
  } catch (error) {
    log.warn({ error: String(error) }, 'history not pruned');
  }
}

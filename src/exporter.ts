import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { describeCheck } from './config/describe-check.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { createApp } from './http/app.ts';
import { listen } from './http/listen.ts';
import { createMetrics, type Metrics } from './metrics/exposition.ts';
import { createReloader, type Reloader, type ReloadOutcome } from './reloader.ts';
import { Board } from './run/board.ts';
import { createRecorder, type Recorder } from './run/recorder.ts';
import { createService, type Service } from './service.ts';
import { openAnyStore } from './store/open-any-store.ts';
import type { Store } from './store/store.ts';

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
  const redactions: Record<string, number> = {};
  const service = createService({
    board,
    recorder,
    environment,
    log,
    finished: ({ checker, redactions: masked, durationSeconds }) => {
      redactions[checker] = (redactions[checker] ?? 0) + masked;
      metrics.observeRun(checker, durationSeconds);
    },
  });
  let closing = false;
  const reloader = createReloader(options, { service, board, store });
  const metrics = createMetricsOf({
    board,
    service,
    recorder,
    redactions,
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

/** Temporary files of runs that a crash cut off. */
async function removeLeftovers({ global }: Config, log: Logger): Promise<void> {
  try {
    await rm(join(global.dataDir, 'tmp'), { recursive: true, force: true });
  } catch (error) {
    log.warn({ error: String(error) }, 'temporary files of an earlier start cannot be removed');
  }
}

function createMetricsOf(parts: {
  readonly board: Board;
  readonly service: Service;
  readonly recorder: Recorder;
  /** Values masked since the start, by checker. */
  readonly redactions: Readonly<Record<string, number>>;
  readonly reloader: Reloader;
  readonly storeUp: boolean;
  readonly version: string;
}): Metrics {
  const { board, service, recorder, redactions, reloader, storeUp, version } = parts;
  return createMetrics(() => {
    const { global, ignore, web } = reloader.config();
    const beside = {
      resourceSeriesPerCheck: global.resourceSeriesPerCheck,
      sources: [...service.sources.values()].map((source) => source.status()),
      rules: ignore,
      queueLength: service.queue.queued,
      workersBusy: service.queue.running,
      redactions,
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

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import { partFor } from './config/part-for.ts';
import { ALONE, DEFAULT_POOL, type Role } from './config/role.ts';
import { describeCheck } from './config/describe-check.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { createDiscoveries, type Discoveries } from './discovery/discoveries.ts';
import type { Fleet } from './fleet/fleet.ts';
import { poolNotes, poolsOf } from './fleet/pools.ts';
import { createApp } from './http/app.ts';
import { listen } from './http/listen.ts';
import { createCompatibleMetrics, type Compatible } from './metrics/compatible-metrics.ts';
import { createMetrics, type Metrics } from './metrics/exposition.ts';
import { createReloader, type Reloader, type ReloadOutcome } from './reloader.ts';
import { Board } from './run/board.ts';
import { createRecorder, type Recorder } from './run/recorder.ts';
import type { RunResult } from './run/result.ts';
import { createService, type Service } from './service.ts';
import { openAnyStore } from './store/open-any-store.ts';
import type { Store } from './store/store.ts';
import { takeOver } from './store/take-over.ts';
import { keepWebConfig, type WebConfigKeeper } from './web-config/keep-web-config.ts';

export interface ExporterOptions {
  readonly loaded: LoadedConfig;
  /** Reads the configuration again, for a reload. */
  readonly load: () => Promise<LoadedConfig>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly role: Role;
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

/** Wires the parts and starts them. Rejects only when it cannot listen, or when a fleet's database stays away. */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { log, environment, version } = options;
  const role = roleIn(options.loaded.config, options.role);
  const discoveries = createDiscoveries({
    dependencies: () => service.dependencies(),
    dataDir: options.loaded.config.global.dataDir,
    log,
    changed: () => reloader.refresh(),
  });
  /** With what is discovered, and without what is for other processes. */
  const complete = async (all: LoadedConfig): Promise<LoadedConfig> => {
    const merged = await discoveries.merge(all);
    return { ...merged, config: partFor(merged.config, role) };
  };
  const loaded = await complete(options.loaded);
  const { config } = loaded;
  const webConfig = await keepWebConfig(config.web.configFile, { log });
  const { store, states, late } = await openAnyStore(config, log);
  const known = new Map(states.map((state) => [state.check, state]));
  if (late === undefined) await removeLeftovers(config, log);

  const board = new Board();
  const recorder = createRecorder(store, log);
  const redactions: Record<string, number> = {};
  const finished = (result: RunResult): void => {
    const { checker, redactions: masked, durationSeconds } = result;
    redactions[checker] = (redactions[checker] ?? 0) + masked;
    metrics.observeRun(checker, durationSeconds);
    compatible.observe(result);
  };
  const fleet =
    config.store.kind === 'postgres'
      ? await (
          await import('./fleet/fleet.ts')
        ).joinFleet({ database: config.store, role, store, board, version, seen: finished, log })
      : undefined;
  const service = createService({
    board,
    recorder,
    environment,
    log,
    finished,
    ...(fleet !== undefined && { beginTurns: fleet.beginTurns }),
  });
  let closing = false;
  const reloader = createReloader(
    { read: options.loaded, loaded, load: options.load, complete, log },
    { service, board, store, discoveries },
  );
  const compatible = createCompatibleMetrics(() => ({
    names: reloader.config().global.compatibleMetrics ?? [],
    entries: role.serves ? board.entries() : [],
  }));
  const metrics = createMetricsOf({
    compatible,
    board,
    service,
    recorder,
    redactions,
    reloader,
    discoveries,
    fleet,
    serves: role.serves,
    webConfig,
    version,
  });

  const app = createApp({
    board,
    actions: {
      run: (check, { ref, input, signal }) => {
        // Others may wait for a plain run, too: it goes on when one of them leaves.
        const adHoc = { ...(ref !== undefined && { ref }), ...(input !== undefined && { input }) };
        const request = ref === undefined && input === undefined ? {} : { adHoc, signal };
        const entry = board.get(check);
        return fleet === undefined || entry === undefined
          ? service.queue.enqueue(check, request)
          : fleet.request(entry.config, request);
      },
      reload: () => reloader.reload(),
    },
    runs: (check, query) => store.runs(check, query),
    metrics,
    sources: () => [...service.sources.values()].map((source) => source.status()),
    discoveries: () => discoveries.statuses(),
    ...(fleet !== undefined && {
      fleet: { pools: () => poolsOf(board, fleet.workers()), workers: () => fleet.workers() },
    }),
    describe: (check) => describeCheck(check, reloader.config().redact),
    ready: () => (closing ? { ready: false, reason: 'it is shutting down' } : { ready: true }),
    web: config.web,
    webConfig,
    log,
    version,
    serves: role.serves,
    notes: () => [
      ...(late?.store.provisional === true ? [late.note] : []),
      ...(fleet === undefined ? [] : fleetNotes(board, fleet)),
    ],
  });
  board.configure(config.checks, known);
  const listening = await listen(app, config.web, log, { webConfig }).catch(async (error: unknown) => {
    await Promise.allSettled([service.close(), fleet?.close(), store.close()]);
    throw error;
  });
  await service
    .apply(loaded, known)
    .then(() => fleet?.startWork(service.queue, config.global.concurrency))
    .catch(async (error: unknown) => {
      await Promise.allSettled([service.close(), listening.close(0), fleet?.close(), store.close()]);
      throw error;
    });
  discoveries.start(options.loaded);
  late?.store.retry(() => takeOver(store, { recorder, board }));
  const pruning = setInterval(() => void prune(store, reloader.config(), log), PRUNE_MS).unref();
  void prune(store, config, log);
  log.info({ url: listening.url, checks: config.checks.length }, 'ready');
  return {
    url: listening.url,
    reload: () => reloader.reload(),
    close: async () => {
      closing = true;
      webConfig.close();
      clearInterval(pruning);
      await discoveries.close();
      await fleet?.stopWork().catch(() => undefined); // a worker that cannot say so is taken for dead
      await Promise.all([service.close(), listening.close()]);
      metrics.close();
      await late?.store.attempt();
      await recorder.close();
      await fleet?.close().catch(() => undefined);
      await store.close();
    },
  };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function fleetNotes(board: Board, fleet: Fleet): string[] {
  const { sync } = fleet;
  const away = sync.up ? [] : [`The database does not answer: what is shown was read at ${sync.lastReadAt}.`];
  return [...away, ...poolNotes(poolsOf(board, fleet.workers()))];
}

/** On PostgreSQL, a process without a role is a server and a worker of the default pool. */
function roleIn({ store }: Config, role: Role): Role {
  if (store.kind === 'postgres') return role.pools === 'all' ? { ...role, pools: [DEFAULT_POOL] } : role;
  if (role === ALONE) return role;
  throw new RangeError('--role, --pool: expected a PostgreSQL store (store.url) beside them; got an SQLite file');
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
  readonly compatible: Compatible;
  readonly board: Board;
  readonly service: Service;
  readonly recorder: Recorder;
  /** Values masked since the start, by checker. */
  readonly redactions: Readonly<Record<string, number>>;
  readonly reloader: Reloader;
  readonly discoveries: Pick<Discoveries, 'statuses'>;
  readonly fleet: Fleet | undefined;
  /** A worker exports what is its own: the checks are the servers'. */
  readonly serves: boolean;
  readonly webConfig: WebConfigKeeper;
  readonly version: string;
}): Metrics {
  const { board, service, recorder, redactions, reloader, discoveries, fleet, serves, version } = parts;
  return createMetrics(() => {
    const { global, ignore, web } = reloader.config();
    const pools = serves && fleet !== undefined ? poolsOf(board, fleet.workers()) : [];
    const beside = {
      resourceSeriesPerCheck: global.resourceSeriesPerCheck,
      sources: [...service.sources.values()].map((source) => source.status()),
      discoveries: discoveries.statuses(),
      rules: serves ? ignore : [],
      pools,
      queueLength: serves && fleet !== undefined ? sum(pools, ({ queued }) => queued) : service.queue.queued,
      workersBusy: serves && fleet !== undefined ? sum(pools, ({ running }) => running) : service.queue.running,
      redactions,
      version,
      ...(web.externalUrl !== undefined && { externalUrl: web.externalUrl }),
      config: { lastReloadSuccessful: reloader.successful, loadedAt: reloader.loadedAt },
      web: parts.webConfig.status(),
      store: { up: recorder.up && (fleet?.sync.up ?? true), errors: recorder.errors },
    };
    const entries = serves ? board.entries() : [];
    return { version: `${board.version} ${JSON.stringify(beside)}`, view: { ...beside, entries } };
  }, parts.compatible);
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

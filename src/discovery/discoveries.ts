import { join } from 'node:path';
import type { Logger } from 'pino';
import type { DiscoveredItem } from '../checker.ts';
import type { CheckConfig, DiscoveryConfig } from '../config/config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { discoverersOf } from '../config/to-discovery.ts';
import type { Failure } from '../drift.ts';
import type { RunDependencies } from '../run/run-check.ts';
import type { DiscoveryStatus } from './discovery-status.ts';
import { createItemFile, definitionOf } from './item-file.ts';
import { look } from './look.ts';
import { makeChecks } from './make-checks.ts';
import { nextItems } from './next-items.ts';

/** The discoveries in force, and the checks made of what they found. */
export interface Discoveries {
  /** The configured checks and those made of what is known now. What the configuration says wins a name. */
  merge(loaded: LoadedConfig): Promise<LoadedConfig>;
  /** Looks from now on, by this configuration; what it does not change goes on. */
  start(loaded: LoadedConfig): void;
  statuses(): readonly DiscoveryStatus[];
  close(): Promise<void>;
}

export interface DiscoveriesOptions {
  /** Of the service, when it has a configuration in force. */
  readonly dependencies: () => RunDependencies;
  /** What was found is kept below it. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Other checks are to be put in force. Never rejects. */
  readonly changed: () => Promise<void>;
}

interface Known {
  readonly definition: string;
  items: readonly DiscoveredItem[];
  dropped: number;
  up?: boolean;
  lookedAt?: string;
  succeededAt?: string;
  /** Of the last look. */
  failures: readonly Failure[];
  /** Of the last time that checks were made. */
  made: { readonly checks: number; readonly failures: readonly Failure[] };
}

interface Turn {
  readonly config: DiscoveryConfig;
  readonly stop: AbortController;
  timer?: NodeJS.Timeout;
  looking?: Promise<void>;
  /** Commit of the source at the last look. */
  revision?: string | undefined;
}

/** How soon a new commit of a source is noticed: one comparison in memory. */
const SOURCE_POLL_MS = 1_000;

export function createDiscoveries(options: DiscoveriesOptions): Discoveries {
  const { log, dataDir, dependencies } = options;
  const file = createItemFile(join(dataDir, 'discovery'), log);
  const known = new Map<string, Known>();
  const turns = new Map<string, Turn>();
  let inForce: LoadedConfig | undefined;
  let closed = false;

  const knownOf = async (config: DiscoveryConfig): Promise<Known> => {
    const definition = definitionOf(config);
    const now = known.get(config.name);
    if (now?.definition === definition) return now;
    const stored = await file.read(config);
    const made = { checks: 0, failures: [] };
    const fresh: Known = { definition, items: [], dropped: 0, failures: [], made, ...stored };
    known.set(config.name, fresh);
    return fresh;
  };

  const warnOf = ({ name }: DiscoveryConfig, failures: readonly Failure[], text: string): void => {
    const [first] = failures;
    if (first === undefined) return;
    log.warn({ discovery: name, reason: first.reason, error: first.message, failures: failures.length }, text);
  };

  const lookAt = async (turn: Turn, loaded: LoadedConfig): Promise<boolean> => {
    const { config, stop } = turn;
    const discoverer = discoverersOf(loaded.checkers).find(({ name }) => name === config.discoverer);
    if (discoverer === undefined) return false; // refused when the configuration was loaded
    const state = await knownOf(config);
    const lookedAt = new Date().toISOString();
    turn.revision = revisionOf(config);
    const seen = await look(config, { discoverer, dependencies: dependencies(), signal: stop.signal });
    if (stop.signal.aborted) return false;
    const next = nextItems(state.items, seen, config.limit);
    const moved = JSON.stringify(next.items) !== JSON.stringify(state.items);
    const up = seen.failures.length === 0;
    Object.assign(state, next, { up, lookedAt, ...(up && { succeededAt: lookedAt }) });
    warnOf(config, next.failures, 'discovery failed');
    if (seen.discovered === undefined) return false;
    const { items, succeededAt } = state;
    await file.write(config, { items, ...(succeededAt !== undefined && { succeededAt }) });
    if (moved) log.info({ discovery: config.name, items: items.length }, 'discovery found other things');
    return moved;
  };

  const revisionOf = ({ source }: DiscoveryConfig): string | undefined =>
    source === undefined ? undefined : dependencies().sources.get(source)?.status().revision;

  const begin = (turn: Turn): void => {
    clearTimeout(turn.timer);
    if (inForce === undefined || turn.looking !== undefined) return;
    turn.looking = lookAt(turn, inForce)
      .then((moved) => (moved && !turn.stop.signal.aborted ? options.changed() : undefined))
      .catch((error: unknown) => {
        log.error({ discovery: turn.config.name, error: String(error) }, 'discovery broke');
      })
      .finally(() => {
        delete turn.looking;
        if (!turn.stop.signal.aborted) turn.timer = setTimeout(() => begin(turn), turn.config.intervalMs).unref();
      });
  };

  const end = async (turn: Turn): Promise<void> => {
    turn.stop.abort();
    clearTimeout(turn.timer);
    await turn.looking;
  };

  const polling = setInterval(() => {
    for (const turn of turns.values()) {
      const revision = turn.looking === undefined ? revisionOf(turn.config) : undefined;
      if (revision !== undefined && revision !== turn.revision) begin(turn);
    }
  }, SOURCE_POLL_MS).unref();

  return {
    merge: async (loaded) => {
      const { checks: configured, discover } = loaded.config;
      if (discover.length === 0) return loaded;
      const taken = new Map(configured.map(({ name }) => [name, 'a check in `checks`']));
      const found: CheckConfig[] = [];
      for (const config of discover) {
        const state = await knownOf(config);
        const made = makeChecks(config, state.items, { makeCheck: loaded.makeCheck, taken });
        state.made = { checks: made.checks.length, failures: made.failures };
        warnOf(config, made.failures, 'discovered, but no check could be made of it');
        found.push(...made.checks);
      }
      return { ...loaded, config: { ...loaded.config, checks: [...configured, ...found] } };
    },
    start: (loaded) => {
      if (closed) return;
      inForce = loaded;
      const wanted = new Map(loaded.config.discover.map((config) => [config.name, config]));
      for (const [name, turn] of turns) {
        if (JSON.stringify(wanted.get(name)) === JSON.stringify(turn.config)) continue;
        turns.delete(name);
        void end(turn);
      }
      for (const name of known.keys()) if (!wanted.has(name)) known.delete(name);
      for (const [name, config] of wanted) {
        if (turns.has(name)) continue;
        const turn: Turn = { config, stop: new AbortController() };
        turns.set(name, turn);
        begin(turn);
      }
    },
    statuses: () => (inForce?.config.discover ?? []).flatMap((config) => statusOf(config, known.get(config.name))),
    close: async () => {
      closed = true;
      clearInterval(polling);
      await Promise.all([...turns.values()].map(end));
    },
  };
}

function statusOf({ name, discoverer }: DiscoveryConfig, state: Known | undefined): DiscoveryStatus {
  const { up, lookedAt, succeededAt } = state ?? {};
  return {
    name,
    discoverer,
    ...(up !== undefined && { up }),
    ...(lookedAt !== undefined && { lookedAt }),
    ...(succeededAt !== undefined && { succeededAt }),
    items: state?.items.length ?? 0,
    dropped: state?.dropped ?? 0,
    checks: state?.made.checks ?? 0,
    failures: [...(state?.failures ?? []), ...(state?.made.failures ?? [])],
  };
}

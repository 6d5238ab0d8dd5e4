import type { Logger } from 'pino';
import type { Board } from '../run/board.ts';
import type { RunResult } from '../run/result.ts';
import type { Store } from '../store/store.ts';

/** Notifications are gathered for this long. */
const GATHER_MS = 50;
/** Between two full looks: notifications are lost with a connection. */
const LOOK_MS = 2_000;

/** Keeps a server's board at what the workers stored. */
export interface BoardSync {
  /** Reads these checks now. */
  refresh(checks: readonly string[]): Promise<void>;
  /** ISO 8601: when the store last answered. */
  readonly lastReadAt: string;
  /** Whether the last look succeeded. */
  readonly up: boolean;
  close(): Promise<void>;
}

export interface BoardSyncParts {
  readonly board: Board;
  readonly store: Store;
  /** Checks with a run that waits or goes on. */
  readonly activities: () => Promise<ReadonlyMap<string, 'queued' | 'running'>>;
  /** Told of each new result. */
  readonly seen: (result: RunResult) => void;
  readonly log: Logger;
}

export async function startBoardSync({ board, store, activities, seen, log }: BoardSyncParts): Promise<BoardSync> {
  const changed = new Set<string>();
  let lastReadAt = new Date().toISOString();
  let up = true;
  let gathering: NodeJS.Timeout | undefined;

  const refresh = async (checks: readonly string[]): Promise<void> => {
    for (const state of await store.load(checks)) {
      const known = board.get(state.check)?.state;
      if (known === undefined || known.version >= state.version) continue; // it may be ahead: not stored yet
      board.update(state.check, { state });
      if (state.last !== undefined && state.last.id !== known.last?.id) seen(state.last);
    }
  };
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    try {
      await read();
      lastReadAt = new Date().toISOString();
      if (!up) log.info('the store answers again');
      up = true;
    } catch (error) {
      if (up) log.error({ error: String(error) }, 'the store does not answer; what is known stands');
      up = false;
    }
  };
  const look = async (): Promise<void> => {
    const versions = await store.versions();
    const stale = board.entries().filter(({ state }) => (versions.get(state.check) ?? 0) > state.version);
    if (stale.length > 0) await refresh(stale.map(({ state }) => state.check));
    const active = await activities();
    for (const { config, activity } of board.entries()) {
      const now = active.get(config.name) ?? 'idle';
      if (now !== activity) board.update(config.name, { activity: now });
    }
  };
  const gather = (check: string): void => {
    changed.add(check);
    gathering ??= setTimeout(() => {
      const checks = [...changed];
      changed.clear();
      gathering = undefined;
      void attempt(() => refresh(checks));
    }, GATHER_MS);
  };

  const watching = await store.watch(gather);
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= attempt(look).finally(() => {
      looking = undefined;
    });
  }, LOOK_MS).unref();
  return {
    refresh,
    get lastReadAt() {
      return lastReadAt;
    },
    get up() {
      return up;
    },
    close: async () => {
      clearInterval(timer);
      clearTimeout(gathering);
      await watching.close();
      await looking;
    },
  };
}

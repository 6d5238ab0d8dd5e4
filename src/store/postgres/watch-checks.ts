import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg, { type ClientConfig } from 'pg';
import type { Logger } from 'pino';
import { decodeText } from '../plain-text.ts';
import type { Store, Watch } from '../store.ts';
import { CHANNEL } from './schema.ts';

/** How often the connection is tried: one that the network cut says nothing by itself. */
const PING_MS = 5_000;
const ANSWER_MS = 5_000;
/** Between two attempts to connect: doubles up to the longest. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

interface Watching {
  readonly options: ClientConfig;
  readonly store: Pick<Store, 'versions'>;
  readonly changed: (check: string) => void;
  readonly log: Logger;
}

/**
 * Listens on a connection of its own, and connects again whenever it is lost: whatever was recorded meanwhile is told
 * then. Resolves once it listens, or the first attempt failed. Never rejects.
 */
export async function watchChecks(watching: Watching): Promise<Watch> {
  const stop = new AbortController();
  const first = Promise.withResolvers<void>();
  const known = new Map<string, number>();
  let begun = false;
  const session = async (): Promise<void> => {
    await listen(watching, { known, baseline: !begun, signal: stop.signal, listening: first.resolve });
  };
  const keepListening = async (): Promise<void> => {
    for (let pause = FIRST_PAUSE_MS; !stop.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const since = performance.now();
      await session().catch((error: unknown) => {
        watching.log.warn({ error: String(error) }, 'changes in the store are not heard of; trying again');
      });
      begun = true;
      first.resolve();
      if (performance.now() - since > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
      await sleep(pause, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  };
  const done = keepListening();
  await first.promise;
  return {
    close: async () => {
      stop.abort();
      await done;
    },
  };
}

interface Session {
  /** Versions told, or there from the beginning. */
  readonly known: Map<string, number>;
  /** Whether what is there already is the beginning, not a change. */
  readonly baseline: boolean;
  readonly signal: AbortSignal;
  readonly listening: () => void;
}

/** Until the connection is lost (rejects) or the signal comes (resolves). */
async function listen({ options, store, changed }: Watching, session: Session): Promise<void> {
  const { known, baseline, signal, listening } = session;
  const client = new pg.Client({ ...options, application_name: 'drift-exporter watch', query_timeout: ANSWER_MS });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  client.on('error', lost.reject);
  client.on('end', () => lost.reject(new Error('the connection ended')));
  const compare = async (tell: boolean): Promise<void> => {
    for (const [check, version] of await store.versions()) {
      if (tell && known.get(check) !== version) changed(check);
      known.set(check, version);
    }
  };
  client.on('notification', ({ payload = '' }) => {
    const [, version, check] = /^(\d+) (.*)$/s.exec(payload) ?? [];
    if (check === undefined) {
      void compare(true).catch(lost.reject);
      return;
    }
    known.set(decodeText(check), Number(version));
    changed(decodeText(check));
  });
  const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    await compare(!baseline);
    listening();
    while (!signal.aborted) {
      await Promise.race([sleep(PING_MS, undefined, { signal, ref: false }).catch(() => undefined), lost.promise]);
      if (!signal.aborted) await Promise.race([client.query('SELECT 1'), lost.promise, aborted]);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

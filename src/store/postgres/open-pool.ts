import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Logger } from 'pino';
import pg, { type ClientConfig, type PoolClient } from 'pg';

/** A pool for Kysely. A connection that did not answer in time is given up at once, with what was under way on it. */
export function openPool(
  options: ClientConfig,
  { max, log }: { readonly max: number; readonly log: Logger },
): PostgresPool {
  const pool = new pg.Pool({ ...options, max });
  // A connection may break while nobody uses it, or between two statements: the next statement says so.
  pool.on('error', (error) => log.debug({ error: String(error) }, 'an idle connection of the store ended'));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    options: {},
    connect: async () => adapt(await pool.connect()),
    end: () => pool.end(),
  };
}

function adapt(client: PoolClient): PostgresPoolClient {
  const query = async (sql: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      if (error instanceof Error && error.message === 'Query read timeout') void (client as unknown as pg.Client).end();
      throw error;
    }
  };
  return { query, release: (destroy?: boolean) => client.release(destroy) } as PostgresPoolClient;
}

import { PostgresDialect, PostgresDriver, type Driver, type PostgresPool } from 'kysely';

/** Kysely over a pool of connections. Closing Kysely closes the pool. */
export class StoreDialect extends PostgresDialect {
  readonly #pool: PostgresPool;

  constructor(pool: PostgresPool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): Driver {
    return new StoreDriver({ pool: this.#pool });
  }
}

class StoreDriver extends PostgresDriver {
  /** On a connection that broke this fails, too, and would hide why: the connection is given up, and that is all. */
  override async rollbackTransaction(...connection: Parameters<PostgresDriver['rollbackTransaction']>): Promise<void> {
    await super.rollbackTransaction(...connection).catch(() => undefined);
  }
}

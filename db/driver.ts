import { AsyncLocalStorage } from 'node:async_hooks'
import {
  CompiledQuery,
  type DatabaseConnection,
  type KyselyPlugin,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely'

/** SQLite behind Kysely with `BEGIN IMMEDIATE`: a transaction that reads first must not find another writer when it writes. */
export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#config)
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter()
  }
}

/** SQLite can undo DDL; Kysely does not count on it. A migration cut off by a crash must leave nothing behind. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

const insideTransaction = new AsyncLocalStorage<true>()

/** Marks everything awaited by `work` as part of a transaction, for the guard below. */
export function asTransaction<T>(work: () => Promise<T>): Promise<T> {
  return insideTransaction.run(true, work)
}

/**
 * There is one connection: a query beside the transaction that awaits it would wait for ever. This plugin of the
 * connection outside turns that silent deadlock into an error.
 */
export const deadlockGuard: KyselyPlugin = {
  transformQuery({ node }) {
    if (insideTransaction.getStore()) throw new Error('Within a transaction, use the stores that it hands out')
    return node
  },
  async transformResult({ result }) {
    return result
  },
}

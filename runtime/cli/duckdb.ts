// DuckDB where somebody installed it: chopsticks does not bring it along.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import { Failure } from './failure.ts'

const PACKAGE = '@duckdb/node-api'

/** Values as DuckDB's package gives them: numbers, bigints, texts, dates, lists, objects, null. */
interface Reader {
  columnNames(): readonly string[]
  getRowsJS(): readonly (readonly unknown[])[]
}
interface Connection { runAndReadAll(sql: string): Promise<Reader>; closeSync(): void }
interface Instance { connect(): Promise<Connection>; closeSync(): void }
interface Module { readonly DuckDBInstance: { create(path: string, options: Readonly<Record<string, string>>): Promise<Instance> } }

/** What a statement answered. */
export interface Answer { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }

export class DuckDb implements Disposable {
  readonly #instance: Instance
  readonly #connection: Connection

  private constructor(instance: Instance, connection: Connection) {
    this.#instance = instance
    this.#connection = connection
  }

  /** A database in memory. Throws a Failure (104) where DuckDB is not installed beside chopsticks nor in the working folder. */
  static async open(cwd: string): Promise<DuckDb> {
    const { DuckDBInstance } = load(cwd)
    // Nothing is fetched from anywhere unless the SQL says so.
    const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' })
    return new DuckDb(instance, await instance.connect())
  }

  /** Runs statements; the answer of the last. Throws DuckDB's error. */
  async run(sql: string): Promise<Answer> {
    const reader = await this.#connection.runAndReadAll(sql)
    return { columns: reader.columnNames(), rows: reader.getRowsJS() }
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}

function load(cwd: string): Module {
  for (const from of [import.meta.url, join(cwd, 'package.json')]) {
    try {
      return createRequire(from)(PACKAGE) as Module
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${PACKAGE}'`)) {
        throw new Failure(EXIT_CODES.config, `query: ${PACKAGE} can't be loaded: ${message.split('\n')[0] ?? ''}`)
      }
    }
  }
  throw new Failure(EXIT_CODES.config, 'query needs DuckDB, which is not installed', { hint: `npm install ${PACKAGE}` })
}

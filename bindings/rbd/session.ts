// A target opened for one shard: checks what scripts ask, keeps images below the run's prefix, and turns facts into replies.
import {
  StorageError, isJsonObject, type Call, type CleanupOptions, type CleanupReport, type Json, type Outcome, type PrepareReport, type Session,
  type Subject,
} from '../sdk/index.ts'
import { imagePrefix } from './arguments.ts'
import { removeImages } from './cleanup.ts'
import { limited } from './limited.ts'
import type { OperationContext, ScriptOperation } from './operations/context.ts'
import { BENCH } from './operations/bench.ts'
import { IOS } from './operations/ios.ts'
import { LIFE } from './operations/life.ts'
import { LOOPS } from './operations/loops.ts'
import { SNAPSHOTS } from './operations/snapshots.ts'

const TABLE: Readonly<Record<string, ScriptOperation>> = { ...LIFE, ...IOS, ...SNAPSHOTS, ...LOOPS, ...BENCH }
/** They end their own waiting: single I/Os by their own limits, loops by those of each of their I/Os. */
const UNLIMITED: ReadonlySet<string> = new Set([...Object.keys(IOS), ...Object.keys(LOOPS)])

export class RbdSession implements Session {
  readonly driver: string
  readonly endpoint: string
  readonly #context: OperationContext

  constructor(driver: string, context: OperationContext) {
    this.driver = driver
    this.#context = context
    const { conf, pool, namespace } = context.settings
    this.endpoint = [conf ?? driver, pool, ...namespace === undefined ? [] : [namespace]].join(' ')
  }

  async run(op: string, args: readonly Json[], call: Call): Promise<Outcome> {
    const operation = Object.hasOwn(TABLE, op) ? TABLE[op] : undefined
    if (operation === undefined) {
      throw new StorageError('unsupported', `rbd has no operation "${op.slice(0, 60)}"; it has ${Object.keys(TABLE).join(', ')}`)
    }
    if (UNLIMITED.has(op)) return operation(this.#context, args, call)
    const { clock, settings } = this.#context
    return limited(`rbd ${op}`, call, clock, call.timeoutMs || settings.timeoutMs, operation(this.#context, args, call))
  }

  subject(_op: string, [first, second, third]: readonly Json[]): Subject {
    if (typeof first === 'string') return { key: imagePrefix(this.#context.prefix) + first }
    if (typeof first !== 'number') return isJsonObject(first) && typeof first['image'] === 'string' ? { key: first['image'] } : {}
    const name = this.#context.images.nameOf(first)
    if (name === undefined) return {}
    return {
      key: typeof second === 'number' ? `${name}+${second}` : name, ...(typeof third === 'number' ? { sizeBytes: third } : {}),
    }
  }

  prepare(): Promise<PrepareReport> { return Promise.resolve({ made: false }) }

  async cleanup(signal: AbortSignal, options: CleanupOptions = {}): Promise<CleanupReport> {
    const { driver, clock, prefix, images } = this.#context
    if (prefix === '') return { deleted: 0, remaining: undefined, reason: 'the run has no prefix: its images can\'t be told from others' }
    await images.closeAll()
    return removeImages({ driver, clock, prefix: imagePrefix(prefix), signal, onDeleted: options.onDeleted })
  }

  async close(): Promise<void> {
    await this.#context.images.closeAll()
    await this.#context.driver.close()
  }
}

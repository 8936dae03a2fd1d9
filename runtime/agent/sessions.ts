// The stores a shard talks to: one session per workload, target and driver, opened when first needed.
import { StorageError, isJsonObject, type Binding, type Clock, type Json, type RequestLog, type Session } from '../../bindings/sdk/index.ts'
import type { TargetSettings } from '../link/protocol.ts'

/** Which store an operation is for, as a script names it: null is the run's own target with its own driver. */
interface TargetSpec { readonly target: string; readonly driver: string }

export interface SessionsOptions {
  readonly bindings: readonly Binding[]
  readonly targets: TargetSettings
  readonly prefix: string
  readonly seed: number
  readonly runId?: string
  readonly clock: Clock
  /** VUs of this shard: what the sessions' pools are made for. */
  readonly concurrency: number
  /** Which of the run's shards this is. */
  readonly share?: { readonly index: number; readonly count: number }
  /** Whether all data that is read is checked, or none; undefined: what costs next to nothing. */
  readonly verify?: boolean | undefined
  /** Where the stores' requests are shown, if they are. */
  readonly requestLog?: RequestLog | undefined
  /** Told of each session once it is open. */
  readonly opened: (session: OpenSession) => void
}

/** An opened session with the names its samples carry. */
export interface OpenSession { readonly session: Session; readonly workload: string; readonly driver: string; readonly target: string }

export class Sessions {
  readonly #o: SessionsOptions
  readonly #open = new Map<string, OpenSession>()
  readonly #opening = new Map<string, Promise<OpenSession>>()
  readonly #default = new Map<string, OpenSession>()
  readonly #common = new Map<string, object>()

  constructor(options: SessionsOptions) { this.#o = options }

  /**
   * The session for a workload and what the script named. At once where it is open already, so that an operation's start is not
   * put off by a promise. Throws or rejects with StorageError('invalid' | 'unsupported') when target or driver don't exist.
   */
  get(workload: string, spec: Json | undefined): OpenSession | Promise<OpenSession> {
    if (spec === null || spec === undefined) {
      const own = this.#default.get(workload)
      if (own !== undefined) return own
    }
    const { bindings, targets } = this.#o
    const named = storeNamed(workload, spec ?? null, bindings, targets)
    const key = `${workload} ${named.target} ${named.driver}`
    const open = this.#open.get(key)
    if (open !== undefined) return open
    let opening = this.#opening.get(key)
    if (opening === undefined) {
      opening = this.#start(workload, named).then((opened) => {
        this.#open.set(key, opened)
        this.#o.opened(opened)
        if (spec === null || spec === undefined) this.#default.set(workload, opened)
        return opened
      }).finally(() => { this.#opening.delete(key) })
      this.#opening.set(key, opening)
    }
    return opening
  }

  /** Every session opened so far. */
  all(): readonly OpenSession[] { return [...this.#open.values()] }

  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values())
    await Promise.all(this.all().map(({ session }) => session.close()))
    this.#open.clear()
    this.#default.clear()
  }

  async #start(workload: string, { target, driver }: TargetSpec): Promise<OpenSession> {
    const { bindings, prefix, seed, runId, clock, concurrency, targets, requestLog, share, verify } = this.#o
    const table = workloadNamed(workload, bindings)
    const config = targets.targets[target]?.[workload] ?? {}
    const session = await table.open({
      target, driver, config, prefix, seed, clock, concurrency, common: this.#common, ...(runId === undefined ? {} : { runId }),
      ...(share === undefined ? {} : { share }), ...(requestLog === undefined ? {} : { requestLog }),
      ...(verify === undefined ? {} : { verify }),
    })
    return { session, workload, driver, target }
  }
}

function workloadNamed(name: string, bindings: readonly Binding[]): NonNullable<Binding['workload']> {
  const found = bindings.find((binding) => binding.name === name)?.workload
  if (found === undefined) throw new StorageError('invalid', `no workload is called ${name}`)
  return found
}

/** What a script names by `{ target, driver }`, or by null. Throws StorageError('invalid' | 'unsupported') when there is no such store. */
export function storeNamed(
  workload: string, spec: Json, bindings: readonly Binding[], { default: own, targets }: TargetSettings,
): TargetSpec {
  const target = isJsonObject(spec) && typeof spec['target'] === 'string' ? spec['target'] : own
  const config = targets[target]?.[workload]
  if (config === undefined) {
    const known = Object.entries(targets).flatMap(([name, sections]) => workload in sections ? [name] : [])
    throw new StorageError('invalid', `no target "${target}" for ${workload}: the targets file names ${known.join(', ') || 'none'}`)
  }
  const { drivers, defaultDriver } = workloadNamed(workload, bindings)
  const asked = isJsonObject(spec) ? spec['driver'] : undefined
  const usual = config['driver']
  const driver = typeof asked === 'string' ? asked : typeof usual === 'string' ? usual : defaultDriver
  if (!drivers.includes(driver)) {
    throw new StorageError('unsupported', `no ${workload} driver is called "${driver}": there are ${drivers.join(', ')}`)
  }
  return { target, driver }
}

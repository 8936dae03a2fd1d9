// The stores of a run: those the settings name, and built-in ones in processes of their own where they name none.
import type { Binding, JsonObject } from '../../bindings/sdk/index.ts'
import type { TargetSettings } from '../link/protocol.ts'
import { Builtins, type BuiltinStore } from './builtin.ts'
import type { Settings } from './settings.ts'
import { forDriver } from './targets.ts'

/** The stores a run uses, and the processes of those that were started for it. */
export class Stores {
  readonly #settings: Settings
  readonly #workloads: readonly Binding[]
  readonly #builtins: Builtins
  /** The driver named by --driver. */
  readonly #driver: string | undefined
  readonly #built = new Map<string, Promise<BuiltinStore>>()

  /** Starts a built-in store for each workload that no store is named for, where it is not started yet. */
  constructor(settings: Settings, workloads: readonly Binding[], builtins = new Builtins(), driver?: string) {
    this.#driver = driver
    this.#builtins = builtins
    this.#settings = settings
    this.#workloads = workloads
    for (const { name } of workloads) {
      if (!settings.builtinNeeded.includes(name)) continue
      this.#built.set(name, builtins.start(name, settings.builtinOptions[name]))
    }
  }

  /** True when any of them is built in: what is measured is no storage. */
  get builtin(): boolean { return this.#built.size > 0 }

  /** Every target with its stores, secrets included. Throws a Failure (111) when a built-in store does not start. */
  async targets(): Promise<TargetSettings> {
    const { targets, default: chosen } = this.#settings.targets
    const own: Record<string, JsonObject> = { ...targets[chosen] }
    for (const [name, starting] of this.#built) {
      const binding = this.#workloads.find((one) => one.name === name)
      own[name] = forDriver((await starting).config, binding, this.#driver)
    }
    const all = Object.entries({ ...targets, [chosen]: own })
    return { default: chosen, targets: Object.fromEntries(all.map(([target, stores]) => [target, this.#withDrivers(stores)])) }
  }

  /** Names every store's driver, so that whoever cleans up opens the same session as who wrote. */
  #withDrivers(stores: Readonly<Record<string, JsonObject>>): Readonly<Record<string, JsonObject>> {
    return Object.fromEntries(Object.entries(stores).map(([name, config]) => {
      const workload = this.#workloads.find((binding) => binding.name === name)?.workload
      return [name, workload === undefined ? config : { driver: workload.defaultDriver, ...config }]
    }))
  }

  /** One line a store of the chosen target: driver, endpoint, bucket, prefix; no secrets. */
  async lines(prefix: string): Promise<readonly string[]> {
    const { targets, default: chosen } = await this.targets()
    return Promise.all(this.#workloads.map(async ({ name, workload }) => {
      const about = (await workload?.config())?.describe(targets[chosen]?.[name] ?? {}) ?? name
      const builtin = `built-in ${name.toUpperCase()} endpoint (self-test, not storage${told(this.#settings.builtinOptions[name])}), `
      const what = this.#built.has(name) ? builtin : ''
      return `${name}: ${what}${about}, prefix ${prefix}`
    }))
  }

  /** What bindings remark on how the stores of the chosen target are used, by workload: to be asked when that is over. */
  async remarks(): Promise<() => Readonly<Record<string, readonly string[]>>> {
    const { targets, default: chosen } = await this.targets()
    const all = await Promise.all(this.#workloads.map(async ({ name, workload }) => [name, await workload?.config()] as const))
    return () => Object.fromEntries(all.map(([name, config]) => [name, config?.remarks?.(targets[chosen]?.[name] ?? {}) ?? []]))
  }

  /** Ends the processes of built-in stores. */
  close(): Promise<void> { return this.#builtins.close() }
}

/** What a built-in store was told, but for its keys. */
const told = (options: JsonObject = {}): string => Object.entries(options)
  .filter(([name]) => !name.endsWith('_key'))
  .map(([name, value]) => `; ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('')

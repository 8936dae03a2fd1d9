// A target's `rbd:` section as the binding uses it: checked by config.ts before, read here without a schema library on the load path.
import { StorageError, durationMs, isJsonObject, type Json, type JsonObject } from '../sdk/index.ts'

export interface RbdSettings {
  /** The cluster's configuration file. Undefined of drivers that need none. */
  readonly conf?: string | undefined
  /** Without `client.`. */
  readonly user?: string | undefined
  readonly keyring?: string | undefined
  readonly pool: string
  readonly namespace?: string | undefined
  /** Where the data of new images goes, where it isn't the pool itself. */
  readonly dataPool?: string | undefined
  /** An image that is there already: what `rbd.open()` without a name opens. */
  readonly image?: string | undefined
  /** How long one operation may take. */
  readonly timeoutMs: number
  /** Images the run may change though it did not make them; with `pool` (its name) every image of it. */
  readonly allowOverwrite: readonly string[]
  readonly driverConfig: JsonObject
}

export const DEFAULTS = { pool: 'rbd', timeoutMs: 60_000 } as const

const textOf = (section: JsonObject, key: string): string | undefined => {
  const value = section[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '') throw new StorageError('invalid', `the rbd target's ${key} must be a text`)
  return value
}

function timeoutOf(value: Json | undefined): number {
  if (value === undefined) return DEFAULTS.timeoutMs
  const ms = durationMs(value)
  if (ms === undefined) throw new StorageError('invalid', 'the rbd target\'s timeout must be a duration above 0, such as 30s')
  return ms
}

/** The settings of a section that config.ts has checked; throws StorageError('invalid') for one that nobody has. */
export function settingsOf(section: JsonObject): RbdSettings {
  const allowed = section['allow_overwrite']
  return {
    conf: textOf(section, 'conf'), user: textOf(section, 'user'), keyring: textOf(section, 'keyring'),
    pool: textOf(section, 'pool') ?? DEFAULTS.pool, namespace: textOf(section, 'namespace'), dataPool: textOf(section, 'data_pool'),
    image: textOf(section, 'image'), timeoutMs: timeoutOf(section['timeout']),
    allowOverwrite: Array.isArray(allowed) ? allowed.filter((name): name is string => typeof name === 'string') : [],
    driverConfig: isJsonObject(section['driver_config']) ? section['driver_config'] : {},
  }
}

// What an option of the table is, and how its names follow from its own.
import type { Json } from '../../bindings/sdk/index.ts'
import type { Kind } from './kinds.ts'

export interface Option<T> {
  readonly kind: Kind<T>
  /** The short one first, where there is one; none when it can't be given on the command line. */
  readonly flags: readonly string[]
  /** The name of the flag's value in help texts; empty for switches. */
  readonly argument: string
  /** What the flag means without a value, which can then only follow after `=`. */
  readonly bare?: string
  readonly env: string | undefined
  /** May stand in a script's `options`. */
  readonly script: boolean
  /** May stand under `options:` in the config file. */
  readonly file: boolean
  /** As a file would say it; null = unset. */
  readonly default: Json
  /** What happens when it is unset, or a default that is made for each run. */
  readonly unset?: string
  /** One line. */
  readonly meaning: string
}

export const ANYWHERE = ['flag', 'env', 'file', 'script'] as const
type Place = (typeof ANYWHERE)[number]

/** `CHOPSTICKS_SETUP_TIMEOUT` for `setupTimeout`. */
const twin = (name: string): string => `CHOPSTICKS_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
/** `--setup-timeout` for `setupTimeout`. */
const longFlag = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

interface Entry {
  readonly places: readonly Place[]
  readonly argument?: string
  readonly bare?: string
  readonly short?: string
  /** Where it isn't the one derived from the name. */
  readonly flag?: string
  readonly default?: Json
  readonly unset?: string
  readonly meaning: string
}

export function option<T>(name: string, kind: Kind<T>, entry: Entry): Option<T> {
  const { places, argument = '', bare, short, flag = longFlag(name), unset } = entry
  return {
    kind, argument, meaning: entry.meaning, default: entry.default ?? null,
    flags: places.includes('flag') ? [...(short === undefined ? [] : [short]), flag] : [],
    env: places.includes('env') ? twin(name) : undefined,
    script: places.includes('script'), file: places.includes('file'),
    ...(unset === undefined ? {} : { unset }), ...(bare === undefined ? {} : { bare }),
  }
}

/** Not the script's to decide: it concerns the machine, the reader or the walls around the script. */
export const OUTSIDE = ['flag', 'env', 'file'] as const
export const COMMAND = ['flag', 'env'] as const
export const DECLARED = ['file', 'script'] as const

// The guest's end of the border: taken from the host when the sandbox opens, before any code of the script's has run.
import type { GuestPhase } from '../binding.ts'
import type { Mail } from './mail.ts'

// What the kernel uses of the language is taken now: a script may afterwards replace what it likes, in its own VU.
export const { parse, stringify } = JSON
export const NativePromise = Promise
export const NativeError = Error
export const { apply, deleteProperty } = Reflect
export const { assign, create, defineProperty, isFrozen, keys, setPrototypeOf } = Object

export const PHASES: readonly GuestPhase[] = ['init', 'setup', 'iteration', 'teardown', 'summary']

export const global = globalThis as unknown as Record<string, unknown>

/** Host functions of one VU, and where the kernel puts the functions the host enters by. */
export const border = global['__chopsticks'] as {
  readonly post: (text?: string, options?: string) => string | undefined
  readonly mail: ArrayBuffer
  readonly settings: string
  [way: string]: unknown
}
deleteProperty(global, '__chopsticks')
export const { post } = border
export const mail = new Float64Array(border.mail) as unknown as Mail
export const settings = parse(border.settings) as {
  readonly vu: number
  readonly env: Record<string, string>
  /** Calls are numbered from here. */
  readonly serial: number
}

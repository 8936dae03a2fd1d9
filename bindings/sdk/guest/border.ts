// The guest's end of the border: taken from the host when the sandbox opens, before any code of the script's has run.
import type { GuestPhase } from '../binding.ts'

// What the kernel uses of the language is taken now: a script may afterwards replace what it likes, in its own VU.
export const { parse, stringify } = JSON
export const NativePromise = Promise
export const NativeError = Error
export const { apply, deleteProperty } = Reflect
export const { create, defineProperty, keys, setPrototypeOf } = Object

/** Numbers both sides read and write: `runtime/sandbox/border.ts` says what each is. */
type Mail = Record<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10, number>

export const STATE = 0, PENDING = 1, NOTED = 2, KIND = 3, ID = 4, OPERATION = 5, LEFT = 6, ITERATION = 7, PHASE = 8, SCENARIO = 9, MODE = 10
export const RUNNING = 1, ENDED = 2, FAILED = 3
export const CALL = 0, ASK = 1, NOTES = 2, NAME = 3, INFO = 4
export const LATE = 1, UNAWAITED = 2
export const HAS_DATA = 1, WANTS_VALUE = 2

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
  readonly seed: number
  readonly env: Record<string, string>
  readonly phase: GuestPhase
}

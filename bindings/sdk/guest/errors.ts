// Errors of the store, as a script meets them, and those that nobody in the script met.
import { assign, defineProperty, mail, NativeError } from './border.ts'
import { KIND, LEFT } from './mail.ts'

interface Facts {
  readonly code: string
  readonly message: string
  readonly operation: string
  readonly detail?: string
  readonly requestId?: string
}

/** The store said no. */
export class StorageError extends Error {
  /** Why, from the closed set of codes. */
  declare readonly code: string
  declare readonly operation: string
  /** The store's own code. */
  declare readonly detail?: string
  declare readonly requestId?: string

  constructor(facts: Facts) {
    super()
    assign(this, facts)
    this.name = 'StorageError'
  }
}

interface Remains { readonly kind: number; readonly error: unknown; readonly next: Remains | undefined }

/** More than these of one run are not told apart by anybody. */
const REMAINS_MAX = 100
let remains: Remains | undefined
let count = 0

/** Keeps what the host is to be told when it next looks. `place`: a stack for an error that has none. */
export function remain(kind: number, error: unknown, place: string | undefined): void {
  if (error instanceof NativeError && place !== undefined && error.stack === undefined) {
    defineProperty(error, 'stack', { value: place, configurable: true, writable: true })
  }
  if (count++ < REMAINS_MAX) remains = { kind, error, next: remains }
  mail[LEFT] = 1
}

/** The next thing kept, its kind in the mail (0: there is none). */
export function takeRemains(): unknown {
  const next = remains
  remains = next?.next
  if (next === undefined) count = 0
  mail[KIND] = next?.kind ?? 0
  return next?.error
}

export function dropRemains(): void {
  remains = undefined
  count = 0
}

// One run of an exported function: what was asked for, how far it is, what came of it.
import type { GuestError, GuestResult, RunRequest } from './contract.ts'

export class Run {
  readonly request: RunRequest
  readonly resolve: (result: GuestResult) => void
  started = false
  interrupted = false
  /** What the function threw. */
  error: GuestError | undefined
  result: GuestResult | undefined

  constructor(request: RunRequest, resolve: (result: GuestResult) => void) {
    this.request = request
    this.resolve = resolve
  }
}

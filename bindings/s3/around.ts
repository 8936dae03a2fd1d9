// A session around another, for what a target or a run wants beside what drivers do.
import type {
  Call, CleanupOptions, CleanupReport, Json, Outcome, PrepareReport, Session, Subject,
} from '../sdk/index.ts'

/** A session that does everything as the one within, but runs operations in its own way. */
export abstract class Around implements Session {
  protected readonly within: Session
  constructor(within: Session) { this.within = within }
  get driver(): string { return this.within.driver }
  get endpoint(): string { return this.within.endpoint ?? '' }
  get severalEndpoints(): boolean { return this.within.severalEndpoints === true }
  abstract run(op: string, args: readonly Json[], call: Call): Promise<Outcome>
  subject(op: string, args: readonly Json[]): Subject { return this.within.subject?.(op, args) ?? {} }
  prepare(signal: AbortSignal): Promise<PrepareReport> { return this.within.prepare(signal) }
  cleanup(signal: AbortSignal, options?: CleanupOptions): Promise<CleanupReport> { return this.within.cleanup(signal, options) }
  close(): Promise<void> { return this.within.close() }
}

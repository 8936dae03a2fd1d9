// performance for scripts: the host's monotonic clock.
import { ask } from '../../sdk/guest.ts'

export const performance = {
  /** Milliseconds on a clock that never goes back; good for differences only. */
  now: (): number => ask<number>('core.now', []),
}

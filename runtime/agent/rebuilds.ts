// When VUs that broke are opened again: later each time, and never so many at once that their neighbours have no time left.
// A VU that spins stops all others of its shard for as long as it may, each time it is opened anew.

/** The pause before a VU that broke is rebuilt: doubled with each break in a row. */
const REBUILD_FIRST_MS = 10
const REBUILD_MAX_MS = 5000
/** A VU is taken to have had the shard to itself for no longer than this: most of a long iteration is waiting. */
const SPENT_MAX_MS = 500
/** One part of the time is for VUs that broke before, of so many. */
const PARTS = 4

/** One for all VUs of a shard. */
export class Rebuilds {
  #freeMs = 0

  /** How long a VU waits that broke for the n-th time in a row (from 0), having run for so long. */
  pauseMs(nowMs: number, breaks: number, spentMs: number): number {
    const ownMs = Math.min(REBUILD_MAX_MS, REBUILD_FIRST_MS * 2 ** Math.min(breaks, 20))
    const queueMs = Math.max(0, this.#freeMs - nowMs)
    this.#freeMs = nowMs + queueMs + Math.min(spentMs, SPENT_MAX_MS) * PARTS
    return Math.max(ownMs, queueMs)
  }
}

// I/Os that have ended in this process, told in batches: never within their submission.
import type { Io } from '../driver.ts'

export class Completions {
  readonly #draining: () => void
  #ended: Io[] = []
  #spare: Io[] = []
  #scheduled = false

  /** `draining` is called before each batch is told. */
  constructor(draining: () => void) { this.#draining = draining }

  /** It has ended: its `bytes` and `error` are set. It is told with all others that end until the event loop comes round. */
  add(io: Io): void {
    this.#ended.push(io)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#drain)
  }

  readonly #drain = (): void => {
    const batch = this.#ended
    this.#ended = this.#spare
    this.#spare = batch
    this.#scheduled = false
    this.#draining()
    for (const io of batch) io.done(io)
    batch.length = 0
  }
}

// Who may go next where only so many go at once: in the order they asked.
import type { Limit } from '../limit.ts'

export class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(atOnce: number) { this.#free = atOnce }

  /** Resolves when it is the asker's turn, to what ends the turn. Rejects when the operation ends before. */
  async take(limit: Limit): Promise<() => void> {
    if (this.#free > 0) this.#free--
    else await this.#turn(limit)
    let over = false
    return () => {
      if (over) return
      over = true
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  #turn(limit: Limit): Promise<void> {
    return new Promise((resolve, reject) => {
      const mine = (): void => {
        limit.signal.removeEventListener('abort', left)
        resolve()
      }
      const left = (): void => {
        const at = this.#waiting.indexOf(mine)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(limit.ended ?? new TypeError('an operation that ended has a reason'))
      }
      limit.signal.addEventListener('abort', left, { once: true })
      if (limit.signal.aborted) left()
      else this.#waiting.push(mine)
    })
  }
}

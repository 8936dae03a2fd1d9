// A pool of connections for each VU, so that VUs share none: as many separate clients do.
import type { Call } from '../../../sdk/index.ts'
import type { Answer, ExchangeRequest } from './exchange.ts'
import { Pool, poolBuffers, type PoolOptions } from './pool.ts'

export class PoolPerVu {
  readonly #options: PoolOptions
  readonly #buffers = poolBuffers()
  /** By the signal that is the VU's own. */
  readonly #byVu = new Map<AbortSignal, Pool>()
  #closed = false

  constructor(options: PoolOptions) { this.#options = options }

  /** As `Pool.request`. */
  request(request: ExchangeRequest, call: Call): Promise<Answer> {
    return (this.#byVu.get(call.signal) ?? this.#open(call.signal)).request(request, call)
  }

  close(): void {
    this.#closed = true
    for (const pool of this.#byVu.values()) pool.close()
    this.#byVu.clear()
  }

  #open(vu: AbortSignal): Pool {
    const pool = new Pool(this.#options, this.#buffers)
    if (this.#closed || vu.aborted) pool.close()
    else {
      this.#byVu.set(vu, pool)
      // A VU that is no more leaves no connections behind.
      vu.addEventListener('abort', () => {
        this.#byVu.delete(vu)
        pool.close()
      }, { once: true })
    }
    return pool
  }
}

// How many bytes the endpoint may hold, and who holds them.
import { S3Error } from '../errors.ts'

/** Charged for every object and part beside its bytes: what its entry in the maps costs, roughly, so that empty objects have an end too. */
export const ENTRY_BYTES = 512

/** The memory of one endpoint. */
export class Capacity {
  readonly maxBytes: number
  #usedBytes = 0
  constructor(maxBytes: number) { this.maxBytes = maxBytes }

  get usedBytes(): number { return this.#usedBytes }

  /** @throws S3Error QuotaExceeded when there is not so much left. */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.maxBytes) {
      throw new S3Error('QuotaExceeded', undefined, { MaxBytes: String(this.maxBytes), UsedBytes: String(this.#usedBytes) })
    }
    this.#usedBytes += bytes
  }

  give(bytes: number): void { this.#usedBytes -= bytes }

  /** Room for one object to come: begins with what an entry costs. */
  lease(): Lease { return new Lease(this) }
}

/** Room held while a body arrives: given back at the end of the block, unless the object that was made took it over. */
export class Lease implements Disposable {
  readonly #capacity: Capacity
  #bytes = 0
  constructor(capacity: Capacity) {
    this.#capacity = capacity
    this.grow(ENTRY_BYTES)
  }
  /** @throws S3Error QuotaExceeded. */
  grow(bytes: number): void {
    this.#capacity.take(bytes)
    this.#bytes += bytes
  }
  /** From now on whoever stored the object gives it back. */
  keep(): void { this.#bytes = 0 }
  [Symbol.dispose](): void {
    this.#capacity.give(this.#bytes)
    this.#bytes = 0
  }
}

// When the next I/O of a loop is due, where its rate is limited: by I/Os, by bytes, or both.

export interface PaceOptions {
  /** 0 = no limit. */
  readonly iops: number
  readonly bytesPerSecond: number
  /** True: the moments are fixed, whatever the storage does; false: time that was lost is not made up for. */
  readonly open: boolean
}

export class Pace {
  readonly #o: PaceOptions
  #next: number

  constructor(options: PaceOptions, start: number) {
    this.#o = options
    this.#next = start
  }

  get limited(): boolean { return this.#o.iops > 0 || this.#o.bytesPerSecond > 0 }
  get open(): boolean { return this.#o.open }
  /** When the next one may begin, ms. */
  get due(): number { return this.#next }

  /** One of so many bytes begins now, at or after it was due; when it was due. */
  take(now: number, bytes: number): number {
    if (!this.limited) return now
    const due = this.#o.open ? this.#next : Math.max(this.#next, now)
    const { iops, bytesPerSecond } = this.#o
    const gapMs = Math.max(iops > 0 ? 1000 / iops : 0, bytesPerSecond > 0 ? 1000 * bytes / bytesPerSecond : 0)
    // A timer is late by up to a millisecond: that much is made up for, or no rate above 1000 could be kept.
    this.#next = (this.#o.open ? due : Math.max(this.#next, now - 2)) + gapMs
    return due
  }
}

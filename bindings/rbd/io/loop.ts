// `image.io({ … })`: keeps so many I/Os under way until it is done, each timed, counted and checked by itself. The hot loop: an I/O here
// costs no promise, and nothing is made anew for it but what measuring needs.
import { StorageError, randomFrom, type Clock, type JsonObject, type Meter, type Random, type Timer } from '../../sdk/index.ts'
import { SECTOR_BYTES } from '../blocks.ts'
import type { IoKind } from '../driver.ts'
import type { Handle } from '../handle.ts'
import { Pace } from './pace.ts'
import { placesOf, type Places } from './pattern.ts'
import type { IoPlan } from './plan.ts'
import { Slot, fill, judge, timedOut } from './slot.ts'

/** A timer is about so late: what is due within it is waited for turn by turn of the event loop. */
const TIMER_MS = 1

/** The moment of the batch of completions that is being told, on the session's clock. */
export interface Moments { batch: number }

export interface IoLoopOptions {
  readonly plan: IoPlan
  readonly handle: Handle
  readonly clock: Clock
  readonly moments: Moments
  readonly meter: Meter | undefined
  readonly signal: AbortSignal
  /** How long one I/O may take. */
  readonly timeoutMs: number
  readonly seed: number
  /** What its I/Os are counted as, where not by their kinds. */
  readonly op?: string
}

export class IoLoop {
  readonly name: string
  readonly #o: IoLoopOptions
  readonly #random: Random
  readonly #places: Places
  readonly #pace: Pace
  readonly #slots: Slot[]
  readonly #free: Slot[]
  readonly #startMs: number
  readonly #counts: Record<IoKind, number> = { read: 0, write: 0, writeSame: 0, compareAndWrite: 0, discard: 0, writeZeroes: 0, flush: 0 }
  #begun = 0
  #begunBytes = 0
  #bytes = 0
  #errors = 0
  #holes = 0
  #sinceSync = 0
  #underWay = 0
  #synced = false
  #failure: StorageError | undefined
  #over = false
  #gone = false
  #timer: Timer | undefined
  #watch: Timer | undefined
  #settle: ((failure: StorageError | undefined) => void) | undefined

  constructor(options: IoLoopOptions) {
    const { plan, handle, clock, seed } = options
    const { pattern, region, sizes, alignBytes, randomMap, queueDepth, pace } = plan
    this.#o = options
    this.name = handle.image.name
    this.#random = randomFrom(seed, plan.seed)
    const count = Math.floor((region.length - sizes.largest) / alignBytes) + 1
    this.#places = placesOf(pattern, { count, alignBytes, random: this.#random, randomMap })
    this.#startMs = clock.now()
    this.#pace = new Pace(pace, this.#startMs)
    const firstPlace = this.#random.bits()
    this.#slots = Array.from({ length: queueDepth }, (_, index) => new Slot(this, pace.open, firstPlace + index * 1031))
    this.#free = [...this.#slots].reverse()
  }

  /** Resolves once all is done, to what was; rejects with the first failure, once nothing is under way. */
  async run(): Promise<JsonObject> {
    const { signal, handle, plan: { sizes } } = this.#o
    if (signal.aborted) throw this.#cancelled()
    for (const slot of this.#slots) slot.buffer = handle.image.buffer(sizes.largest)
    const onAbort = (): void => { this.#leave(this.#cancelled()) }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      const failure = await new Promise<StorageError | undefined>((resolve) => {
        this.#settle = resolve
        this.#watchTimes()
        this.#pump()
      })
      if (failure !== undefined) throw failure
      return this.#reply()
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#gone = true
      this.#timer?.cancel()
      this.#watch?.cancel()
      for (const slot of this.#slots) if (!slot.busy) this.#return(slot)
    }
  }

  /** The driver tells that an I/O has ended. */
  ended(slot: Slot): void {
    slot.busy = false
    this.#underWay--
    if (this.#gone) {
      // Nobody waits for it any more: what it leaves is its buffer.
      this.#return(slot)
      return
    }
    const { moments, meter, plan, handle } = this.#o
    slot.ended = moments.batch
    if (judge(slot, handle, plan.verify)) this.#hole(slot)
    const { kind, error } = slot
    const isRead = kind === 'read'
    slot.bytesIn = isRead && error === undefined ? slot.bytes : 0
    slot.bytesOut = !isRead && error === undefined && kind === 'write' ? slot.bytes : 0
    meter?.count(slot)
    if (error === undefined) {
      this.#counts[kind]++
      this.#bytes += slot.bytes
    } else {
      this.#errors++
      if (!plan.continueOnError) this.#end(error)
    }
    this.#free.push(slot)
    this.#pump()
  }

  /** Begins what may begin. */
  #pump(): void {
    const { clock } = this.#o
    while (this.#free.length > 0 && !this.#isOver()) {
      if (this.#pace.limited) {
        const waitMs = this.#pace.due - clock.now()
        if (waitMs > 0) {
          this.#wait(waitMs)
          return
        }
      }
      this.#start(this.#free.pop() as Slot)
    }
    if (this.#over && this.#underWay === 0) this.#finish()
  }

  #isOver(): boolean {
    if (this.#over) return true
    const { count, bytes, durationMs } = this.#o.plan.ends
    this.#over = this.#begun >= count || this.#begunBytes >= bytes ||
      (durationMs < Infinity && this.#o.clock.now() - this.#startMs >= durationMs)
    return this.#over
  }

  #wait(waitMs: number): void {
    if (this.#timer !== undefined) return
    const { clock } = this.#o
    const again = (): void => {
      this.#timer = undefined
      if (!this.#gone) this.#pump()
    }
    // A moment that has come is the next turn of the event loop's.
    const moment = Math.min(this.#pace.due - TIMER_MS, this.#startMs + this.#o.plan.ends.durationMs)
    this.#timer = clock.at(waitMs > TIMER_MS ? moment : clock.now(), again)
  }

  #start(slot: Slot): void {
    const { clock, handle, plan } = this.#o
    const kind = this.#nextKind()
    slot.begin(kind, this.#o.op ?? kind)
    if (kind === 'flush') slot.due = clock.now()
    else {
      this.#placeOf(slot)
      this.#begun++
      this.#begunBytes += slot.length
      slot.due = this.#pace.take(clock.now(), slot.length)
      if (kind === 'write') fill(slot, handle)
    }
    slot.span = handle.ledger.active && kind !== 'flush' ? handle.ledger.begin(kind !== 'read', slot.offset, slot.length) : undefined
    this.#underWay++
    slot.started = clock.now()
    if (!plan.pace.open && this.#pace.limited) slot.due = slot.started
    handle.image.submit(slot)
    slot.submitted = clock.now()
  }

  #nextKind(): IoKind {
    const { mix, syncEvery } = this.#o.plan
    if (syncEvery > 0 && this.#sinceSync >= syncEvery) {
      this.#sinceSync = 0
      return 'flush'
    }
    const drawn = mix.length === 1 ? 0 : this.#random.fraction()
    let kind: IoKind = 'read'
    for (const one of mix) {
      kind = one.kind
      if (drawn < one.until) break
    }
    if (kind !== 'read') this.#sinceSync++
    return kind
  }

  #placeOf(slot: Slot): void {
    const { sizes, alignBytes, region } = this.#o.plan
    slot.length = sizes.draw(this.#random, SECTOR_BYTES)
    slot.offset = region.offset + alignBytes * this.#places(Math.max(1, Math.ceil(slot.length / alignBytes)))
  }

  /** Reading what was never written is no work for the storage: figures of it would be unreal. */
  #hole(slot: Slot): void {
    this.#holes++
    if (this.#o.plan.holes === 'refuse') {
      this.#end(new StorageError('invalid', `io: image ${this.name} was never written to at ${slot.offset}, and reading such holes is no ` +
        'work for a storage: fill it by image.prefill() before, or allow it by holes: \'count\'', { detail: 'hole' }))
    }
  }

  #end(failure: StorageError): void {
    this.#failure ??= failure
    this.#over = true
  }

  #finish(): void {
    const { plan } = this.#o
    if (plan.syncAtEnd && !this.#synced && this.#failure === undefined && this.#free.length > 0) {
      this.#synced = true
      const slot = this.#free.pop() as Slot
      this.#flushLast(slot)
      return
    }
    this.#leave(this.#failure)
  }

  #flushLast(slot: Slot): void {
    const { clock, handle } = this.#o
    slot.begin('flush', this.#o.op ?? 'flush')
    this.#underWay++
    slot.due = slot.started = clock.now()
    handle.image.submit(slot)
    slot.submitted = clock.now()
  }

  #leave(failure: StorageError | undefined): void {
    this.#over = true
    this.#settle?.(failure)
    this.#settle = undefined
  }

  /** An I/O that never ends must not hold its VU for ever. */
  #watchTimes(): void {
    const { clock, timeoutMs } = this.#o
    if (timeoutMs === 0) return
    this.#watch = clock.at(clock.now() + timeoutMs / 4, () => {
      const now = clock.now()
      const late = this.#slots.filter((slot) => slot.busy && now - slot.started >= timeoutMs)
      for (const slot of late) {
        slot.ended = now
        slot.error = timedOut(slot, this.name)
        this.#o.meter?.count(slot)
        slot.error = undefined
      }
      const [first] = late
      if (first !== undefined) this.#leave(timedOut(first, this.name))
      else this.#watchTimes()
    })
  }

  #return(slot: Slot): void {
    slot.buffer?.release()
    slot.buffer = undefined
  }

  #cancelled(): StorageError { return new StorageError('cancelled', `io ${this.name}: stopped before it ended`) }

  #reply(): JsonObject {
    const { read, write, discard, writeZeroes, flush } = this.#counts
    return {
      ios: read + write + discard + writeZeroes, reads: read, writes: write, discards: discard, zeroed: writeZeroes, flushes: flush,
      bytes: this.#bytes, errors: this.#errors, holes: this.#holes, durationMs: this.#o.clock.now() - this.#startMs,
    }
  }
}

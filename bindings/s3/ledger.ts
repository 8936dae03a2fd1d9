// What a session knows of the objects it wrote: enough to tell, when one is read, that a write was lost or an older one came back.
//
// A table of 24 bytes an object, filled to three quarters at most. Keys are known by 64 bits of their hash. What overlaps with a write or
// a delete of the same key is not judged, nor is anything after a write whose end is not known: the store may still carry it out.
import { writeVersion, type StorageCode } from '../sdk/index.ts'

/** What was known of a key when a read of it began. */
export interface Known {
  /** True: nothing was going on with it, and how all that went before has ended is known. */
  readonly sure: boolean
  /** True: something was done to it that is not followed here. */
  readonly spoilt: boolean
  /** True: the last thing that was done to it is a write. */
  readonly present: boolean
  /** True: that write was of bytes that say who they are. */
  readonly described: boolean
  /** Which write that was, with its writer; 0: none. */
  readonly version: number
  /** The ETag of that write, hashed; 0: there was none. */
  readonly etag: number
  /** Grows with all that is done to the key. */
  readonly changes: number
}

/** A write or delete that was begun. */
export interface Change { readonly kind: 'put' | 'delete'; readonly slot: Slot; readonly version: number; readonly described: boolean }
/** A key, as the table knows it wherever it stands. */
interface Slot { readonly low: number; readonly high: number }

const FIELDS = 6
const [LOW, HIGH, ISSUED, CONFIRMED, STATE, ETAG] = [0, 1, 2, 3, 4, 5]
/** Bits of a state: what is known, how many changes are under way (8 bits), and how many there were (16 bits). */
const PRESENT = 1
const DESCRIBED = 2
const UNSURE = 4
/** Two changes overlapped: which came last is not known. */
const MIXED = 8
/** A change was begun whose end will never be known. */
const SPOILT = 16
const USED = 32
const PENDING = 0x100
const PENDING_MASK = 0xff00
const CHANGE = 0x1_0000
const FIRST_SLOTS = 1024

/** Refusals after which nothing has changed; any other failure may have been carried out all the same. */
const NOTHING_DONE: ReadonlySet<StorageCode> = new Set(
  ['denied', 'conflict', 'precondition', 'throttled', 'invalid', 'unsupported', 'no_space', 'not_found', 'unreachable'])

/** FNV-1a of 32 bits, from two starts. */
function hash(text: string, start: number): number {
  let hashed = start
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193)
  return (hashed ^ hashed >>> 15) | 0
}
const hashEtag = (etag: string | undefined): number => etag === undefined ? 0 : hash(etag, 0x811c9dc5 | 0) | 1
const slotOf = (key: string): Slot => ({ low: hash(key, 0x811c9dc5 | 0), high: hash(key, 0x2c1b3c6d) })

export class Ledger {
  #table = new Int32Array(FIRST_SLOTS * FIELDS)
  #slots = FIRST_SLOTS
  #used = 0
  readonly #writer: number

  /** `writer`: the shard whose writes these are. */
  constructor(writer = 0) { this.#writer = writer }

  /** Objects it knows of. */
  get size(): number { return this.#used }
  get bytes(): number { return this.#table.byteLength }

  /** A write or delete of a key begins. A write's version is one more than that of any before it. */
  begin(key: string, kind: 'put' | 'delete', described = false): Change {
    const slot = slotOf(key)
    const at = this.#find(slot, true)
    const state = this.#at(at, STATE)
    const overlaps = (state & PENDING_MASK) !== 0
    const full = (state & PENDING_MASK) === PENDING_MASK
    this.#set(at, STATE, (state + CHANGE + (full ? 0 : PENDING)) | (overlaps ? MIXED : 0) | (full ? SPOILT : 0))
    const version = kind === 'put' ? this.#at(at, ISSUED) + 1 : 0
    if (kind === 'put') this.#set(at, ISSUED, version)
    return { kind, slot, version: version === 0 ? 0 : writeVersion(this.#writer, version), described }
  }

  /** It has ended well (`ok`) or with this code. */
  end({ kind, slot, version, described }: Change, code: 'ok' | StorageCode, etag?: string): void {
    const at = this.#find(slot, true)
    let state = this.#at(at, STATE) + CHANGE - PENDING
    if (code !== 'ok' && !NOTHING_DONE.has(code)) state |= SPOILT
    if (code === 'ok') {
      state = kind === 'put' ? state | PRESENT : state & ~PRESENT
      state = described ? state | DESCRIBED : state & ~DESCRIBED
      this.#set(at, CONFIRMED, version)
      this.#set(at, ETAG, hashEtag(etag))
    }
    if ((state & PENDING_MASK) === 0) {
      // After an overlap nothing is known until something was done with no other at the same time.
      const mixed = (state & MIXED) !== 0
      if (mixed || (state & SPOILT) !== 0) state |= UNSURE
      else if (code === 'ok') state &= ~UNSURE
      state &= ~MIXED
    }
    this.#set(at, STATE, state)
  }

  /** Something was done to a key that is not followed here: it is never judged again. */
  spoil(key: string): void {
    const at = this.#find(slotOf(key), true)
    this.#set(at, STATE, this.#at(at, STATE) | SPOILT | UNSURE)
  }

  /** Undefined for a key nothing was done to. */
  look(key: string): Known | undefined {
    const at = this.#find(slotOf(key), false)
    if (at < 0) return undefined
    const state = this.#at(at, STATE)
    return {
      sure: (state & (UNSURE | SPOILT | PENDING_MASK)) === 0, spoilt: (state & SPOILT) !== 0,
      present: (state & PRESENT) !== 0, described: (state & DESCRIBED) !== 0,
      version: this.#at(at, CONFIRMED) >>> 0, etag: this.#at(at, ETAG), changes: state >>> 16,
    }
  }

  /** What may be judged of a read that began with `before`: nothing when anything was done meanwhile. */
  stillSure(key: string, before: Known | undefined): before is Known {
    return before?.sure === true && this.look(key)?.changes === before.changes
  }

  /** True when an ETag is not the one of the write that was known. */
  static differs(known: Known, etag: string | undefined): boolean {
    return known.etag !== 0 && etag !== undefined && hashEtag(etag) !== known.etag
  }

  #at(at: number, field: number): number { return this.#table[at + field] ?? 0 }
  #set(at: number, field: number, value: number): void { this.#table[at + field] = value }

  /** Where a key's fields begin; -1 where it isn't known and not to be made. */
  #find(slot: Slot, make: boolean): number {
    let at = this.#probe(slot)
    if ((this.#at(at, STATE) & USED) !== 0) return at
    if (!make) return -1
    if (this.#used >= this.#slots * 0.75) {
      this.#grow()
      at = this.#probe(slot)
    }
    this.#used++
    this.#set(at, LOW, slot.low)
    this.#set(at, HIGH, slot.high)
    this.#set(at, STATE, USED)
    return at
  }

  #probe({ low, high }: Slot): number {
    const mask = this.#slots - 1
    for (let slot = (low ^ Math.imul(high, 0x9e3779b9)) & mask; ; slot = slot + 1 & mask) {
      const at = slot * FIELDS
      if ((this.#at(at, STATE) & USED) === 0 || (this.#at(at, LOW) === low && this.#at(at, HIGH) === high)) return at
    }
  }

  #grow(): void {
    const old = this.#table
    this.#slots *= 2
    this.#table = new Int32Array(this.#slots * FIELDS)
    for (let from = 0; from < old.length; from += FIELDS) {
      if (((old[from + STATE] ?? 0) & USED) === 0) continue
      const at = this.#probe({ low: old[from + LOW] ?? 0, high: old[from + HIGH] ?? 0 })
      this.#table.set(old.subarray(from, from + FIELDS), at)
    }
  }
}

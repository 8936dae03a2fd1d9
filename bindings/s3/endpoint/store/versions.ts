// What one bucket keeps of its keys: the current object of each and, once versioning was switched on, what it replaced.
import { ENTRY_BYTES } from './capacity.ts'
import type { Capacity } from './capacity.ts'
import { SortedKeys } from './sorted-keys.ts'
import type { DeleteMarker, StoredObject, Version } from './objects.ts'
import type { ByteString } from '../http/byte-string.ts'

/** What a bucket was told to do with what is replaced or deleted; undefined: never told, and there is one version of each key. */
export type Versioning = 'Enabled' | 'Suspended'

/** The id of versions written while versioning is not on: a key has at most one such. */
export const NULL_VERSION = 'null'

/** Bytes of the capacity that a version holds. */
const chargeOf = (version: Version): number => ENTRY_BYTES + (version.isMarker ? 0 : version.sizeBytes)

/** Names versions: the later, the greater the order that an id carries. */
export class VersionIds {
  readonly #lead: string
  #last = 0
  /** `lead`: hex digits that no other endpoint's ids begin with. */
  constructor(lead: string) { this.#lead = lead }

  next(versioning: Versioning | undefined): { readonly versionId: string; readonly order: number } {
    const order = ++this.#last
    return { versionId: versioning === 'Enabled' ? this.#lead + order.toString(16).padStart(12, '0') : NULL_VERSION, order }
  }

  /** The order of an id, also of one that is gone; undefined when it is none of these. */
  orderOf(versionId: string): number | undefined {
    if (!versionId.startsWith(this.#lead)) return undefined
    const digits = versionId.slice(this.#lead.length)
    return /^[0-9a-f]{12}$/.test(digits) ? Number.parseInt(digits, 16) : undefined
  }
}

/** The versions of all keys of a bucket. What goes gives its room back; room for what comes was taken by who brings it. */
export class Versions {
  readonly #capacity: Capacity
  /** Keys with a current object, and keys whose latest version is a delete marker. */
  readonly #shown = new SortedKeys<ByteString>()
  readonly #hidden = new SortedKeys<ByteString>()
  readonly #current = new Map<ByteString, StoredObject>()
  /** Oldest first, for the keys alone that have more than a current object: a bucket without versioning has none. */
  readonly #histories = new Map<ByteString, Version[]>()

  constructor(capacity: Capacity) { this.#capacity = capacity }

  get objectCount(): number { return this.#current.size }
  get isEmpty(): boolean { return this.#current.size === 0 && this.#histories.size === 0 }
  /** Keys with a current object, in order. */
  get keys(): SortedKeys<ByteString> { return this.#shown }
  get(key: ByteString): StoredObject | undefined { return this.#current.get(key) }

  /** Every key at or after `from` that has any version, in order. */
  *allKeys(from: ByteString): Generator<ByteString> {
    const hidden = this.#hidden.from(from)
    let next = hidden.next()
    for (const key of this.#shown.from(from)) {
      for (; next.done !== true && next.value < key; next = hidden.next()) yield next.value
      yield key
    }
    for (; next.done !== true; next = hidden.next()) yield next.value
  }

  /** The versions of a key, oldest first. */
  of(key: ByteString): readonly Version[] {
    const history = this.#histories.get(key)
    if (history !== undefined) return history
    const current = this.#current.get(key)
    return current === undefined ? [] : [current]
  }

  version(key: ByteString, versionId: string): Version | undefined {
    return this.of(key).findLast((version) => version.versionId === versionId)
  }

  /** Makes it the one version of its key. */
  replace(object: StoredObject): void {
    const replaced = this.#current.get(object.key)
    if (replaced === undefined) this.#shown.add(object.key)
    else this.#capacity.give(chargeOf(replaced))
    this.#current.set(object.key, object)
  }

  /** Puts it before all other versions of its key; a null version replaces the one there was. */
  push(version: StoredObject | DeleteMarker): void {
    const history = this.#historyOf(version.key)
    const nullAt = version.versionId === NULL_VERSION ? history.findLastIndex((each) => each.versionId === NULL_VERSION) : -1
    for (const replaced of nullAt < 0 ? [] : history.splice(nullAt, 1)) this.#capacity.give(chargeOf(replaced))
    history.push(version)
    this.#settle(version.key, history)
  }

  /** Takes the key's only version away; for buckets without versioning. */
  remove(key: ByteString): void {
    const object = this.#current.get(key)
    if (object === undefined) return
    this.#current.delete(key)
    this.#shown.delete(key)
    this.#capacity.give(chargeOf(object))
  }

  /** Takes one version away and returns it; undefined when there is none of that id. */
  removeVersion(key: ByteString, versionId: string): Version | undefined {
    const history = this.#historyOf(key)
    const at = history.findLastIndex((each) => each.versionId === versionId)
    const [removed] = at < 0 ? [] : history.splice(at, 1)
    if (removed === undefined) return undefined
    this.#capacity.give(chargeOf(removed))
    this.#settle(key, history)
    return removed
  }

  /** The versions of a key as a list to change and then settle: never copied, for a key may have very many. */
  #historyOf(key: ByteString): Version[] { return this.#histories.get(key) ?? [...this.of(key)] }

  /** Brings the maps in line with what a key's versions are now. */
  #settle(key: ByteString, history: Version[]): void {
    const latest = history.at(-1)
    if (latest?.isMarker === false) {
      this.#current.set(key, latest)
      this.#shown.add(key)
    } else if (this.#current.delete(key)) this.#shown.delete(key)
    if (latest?.isMarker === true) this.#hidden.add(key)
    else this.#hidden.delete(key)
    if (latest === undefined || (history.length === 1 && !latest.isMarker)) this.#histories.delete(key)
    else this.#histories.set(key, history)
  }
}

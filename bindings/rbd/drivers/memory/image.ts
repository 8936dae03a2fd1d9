// An image of the memory driver that is open: I/Os on it, its snapshots, its lock.
import { StorageError, type Call, type Clock } from '../../../sdk/index.ts'
import {
  IO_KINDS, type ImageInfo, type ImageLock, type Io, type IoBuffer, type IoKind, type OpenImage, type OpenRequest, type SnapshotInfo,
  type Snapshots,
} from '../../driver.ts'
import type { BufferPool } from '../buffers.ts'
import type { Completions } from '../completions.ts'
import { differs, existing, fenced, impossible, inUse, noSnapshot, readOnly } from '../refusals.ts'
import type { Damage, FaultPlan } from './config.ts'
import type { MemoryData, MemoryImage } from './store.ts'

const KINDS: ReadonlySet<IoKind> = new Set(IO_KINDS)

/** What images and their driver share. */
export interface MemoryParts {
  readonly clock: Clock
  readonly buffers: BufferPool
  readonly completions: Completions
  readonly faults: FaultPlan | undefined
  /** How many operations there were. */
  count: number
}

/** What the driver knows of an image that is open. */
export interface Opened {
  readonly image: MemoryImage
  readonly request: OpenRequest
  readonly parts: MemoryParts
  /** Waits and fails as the plan says. */
  enter(op: string, name: string, call: Call): Promise<void>
  closed(image: MemoryOpenImage): void
}

export class MemoryOpenImage implements OpenImage {
  readonly name: string
  readonly kinds = KINDS
  readonly alignmentBytes = 1
  readonly options = {}
  readonly snapshots: Snapshots
  readonly lock: ImageLock
  readonly #o: Opened
  readonly #image: MemoryImage
  /** Of an image that was opened as it was then. */
  readonly #then: MemoryData | undefined
  #fenced = false
  #underWay = 0
  #idle: (() => void) | undefined

  constructor(opened: Opened) {
    const { image, request } = opened
    this.#o = opened
    this.#image = image
    this.name = request.name
    this.#then = request.snapshot === undefined ? undefined : image.snapshots.get(request.snapshot)?.data
    this.snapshots = this.#snapshots()
    this.lock = this.#lock()
    image.open++
    if (request.exclusive) image.owner = this
  }

  get sizeBytes(): number { return (this.#then ?? this.#image.data).sizeBytes }
  buffer(sizeBytes: number): IoBuffer { return this.#o.parts.buffers.take(sizeBytes) }
  /** Its lock was taken away: it can't write any more. */
  fence(): void { this.#fenced = true }

  submit(io: Io): void {
    const { parts } = this.#o
    this.#underWay++
    const fault = parts.faults?.(io.kind, this.name, parts.count++)
    if (fault?.delayMs !== undefined) {
      parts.clock.at(parts.clock.now() + fault.delayMs, () => { this.#perform(io, fault.code, fault.damage) })
    } else this.#perform(io, fault?.code, fault?.damage)
  }

  info(call: Call): Promise<ImageInfo> { return this.#o.enter('info', this.name, call).then(() => infoOf(this.#image, this.sizeBytes)) }

  async close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => { this.#idle = resolve })
    if (this.#image.owner === this) this.#image.owner = undefined
    this.#image.open--
    this.#o.closed(this)
  }

  #perform(io: Io, code: StorageError['code'] | undefined, damage: Damage | undefined): void {
    io.error = code === undefined ? this.#refused(io)
      : new StorageError(code, `${io.kind}: a fault of the test's plan`, { detail: 'planned' })
    io.bytes = 0
    if (io.error === undefined) {
      io.bytes = io.kind === 'flush' ? 0 : io.length
      this.#do(io, damage)
    }
    this.#o.parts.completions.add(io)
    if (--this.#underWay === 0) this.#idle?.()
  }

  #refused({ kind, offset, length }: Io): StorageError | undefined {
    if (kind === 'flush') return undefined
    if (offset + length > this.sizeBytes) {
      return impossible(`${kind}: ${offset} + ${length} is beyond the image's end at ${this.sizeBytes}`)
    }
    if (kind === 'read') return undefined
    if (this.#o.request.readOnly || this.#then !== undefined) return readOnly(`${kind}: image ${this.name} is open for reading`)
    if (this.#fenced) return fenced(`${kind}: the lock of image ${this.name} was taken away`)
    const { owner } = this.#image
    return owner !== undefined && owner !== this ? inUse(`${kind}: another client has the lock of image ${this.name}`) : undefined
  }

  #do(io: Io, damage: Damage | undefined): void {
    const { kind, length, buffer, compare, patternLength } = io
    const { data } = this.#image
    const offset = damage === 'misplaced' ? io.offset + length : io.offset
    if (damage === 'lost' || offset + length > this.sizeBytes) return
    const bytes = buffer?.bytes ?? new Uint8Array(0)
    switch (kind) {
      case 'read': (this.#then ?? data).read(offset, bytes, length); break
      case 'write': data.write(offset, bytes, damage === 'torn' ? Math.ceil(length / 2) : length); break
      case 'writeSame': for (let at = 0; at < length; at += patternLength) data.write(offset + at, bytes, patternLength); break
      case 'compareAndWrite': {
        const there = new Uint8Array(length)
        data.read(offset, there, length)
        if (compare !== undefined && Buffer.compare(there, compare.bytes.subarray(0, length)) === 0) data.write(offset, bytes, length)
        else {
          io.bytes = 0
          io.error = differs(`compareAndWrite: what is at ${offset} is not what was expected`)
        }
        break
      }
      case 'discard': case 'writeZeroes': data.zero(offset, length); break
      case 'flush': break
      default: kind satisfies never
    }
  }

  #snapshots(): Snapshots {
    const image = this.#image
    const entered = async (op: string, call: Call): Promise<void> => {
      await this.#o.enter(op, this.name, call)
      if (this.#o.request.readOnly && op !== 'listSnapshots') throw readOnly(`image ${this.name} is open for reading`)
    }
    const known = (name: string) => {
      const found = image.snapshots.get(name)
      if (found === undefined) throw noSnapshot(this.name, name)
      return found
    }
    return {
      create: async (name, call) => {
        await entered('createSnapshot', call)
        if (image.snapshots.has(name)) throw existing(`image ${this.name} has a snapshot ${name} already`)
        image.snapshots.set(name, { data: image.data.fork(), protected: false, children: 0 })
      },
      remove: async (name, call) => {
        await entered('removeSnapshot', call)
        const found = known(name)
        if (found.protected || found.children > 0) throw inUse(`snapshot ${name} of image ${this.name} is protected, or a clone needs it`)
        image.snapshots.delete(name)
      },
      list: async (call) => {
        await entered('listSnapshots', call)
        return [...image.snapshots].map(([name, one]): SnapshotInfo =>
          ({ name, sizeBytes: one.data.sizeBytes, protected: one.protected }))
      },
      protect: async (name, call) => {
        await entered('protectSnapshot', call)
        known(name).protected = true
      },
      unprotect: async (name, call) => {
        await entered('unprotectSnapshot', call)
        const found = known(name)
        if (found.children > 0) throw inUse(`a clone needs snapshot ${name} of image ${this.name}`)
        found.protected = false
      },
      rollback: async (name, call) => {
        await entered('rollbackSnapshot', call)
        image.data = known(name).data.fork()
      },
    }
  }

  #lock(): ImageLock {
    const image = this.#image
    const enter = (op: string, call: Call): Promise<void> => this.#o.enter(op, this.name, call)
    return {
      acquire: async (call) => {
        await enter('acquireLock', call)
        if (image.owner !== undefined && image.owner !== this) throw inUse(`another client has the lock of image ${this.name}`)
        image.owner = this
      },
      release: async (call) => {
        await enter('releaseLock', call)
        if (image.owner === this) image.owner = undefined
      },
      owners: async (call) => {
        await enter('lockOwners', call)
        return { mine: image.owner === this, owners: image.owner === undefined ? [] : ['memory'] }
      },
      breakLock: async (_owner, call) => {
        await enter('breakLock', call)
        if (image.owner instanceof MemoryOpenImage && image.owner !== this) image.owner.fence()
        image.owner = undefined
      },
    }
  }
}

export function infoOf(image: MemoryImage, sizeBytes: number): ImageInfo {
  const { objectBytes = 4 * 1024 ** 2, stripeUnitBytes, stripeCount, features = ['layering', 'exclusive-lock'], dataPool } = image.request
  const { parent } = image
  return {
    sizeBytes, objectBytes, stripeUnitBytes, stripeCount, features, dataPool,
    parent: parent && { image: parent.image, snapshot: parent.snapshot },
  }
}

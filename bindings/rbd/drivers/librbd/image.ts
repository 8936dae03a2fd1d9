// An open image of librbd: I/Os through its queue; snapshots, lock and questions on libuv's threads.
import { StorageError, type Call } from '../../../sdk/index.ts'
import {
  IO_KINDS, type ImageInfo, type ImageLock, type Io, type IoBuffer, type IoKind, type OpenImage, type Snapshots,
} from '../../driver.ts'
import { TOLD_OPTIONS } from '../cache-options.ts'
import { impossible } from '../refusals.ts'
import type { AioQueue } from './aio.ts'
import { errorOf, succeeded } from '../errno.ts'
import type { Handle, NativeFunction } from './functions.ts'
import { awaited } from './library.ts'
import { imageOptions, infoOf, lockOwners, sizeOf, snapshotsOf, type Asking } from './queries.ts'

const LOCK_EXCLUSIVE = 0
const EROFS = -30
const EBUSY = -16
const ALL_KINDS: ReadonlySet<IoKind> = new Set(IO_KINDS)

export interface ImageParts {
  readonly asking: Asking
  readonly handle: Handle
  readonly name: string
  readonly queue: AioQueue
  /** Told once it is closed. */
  readonly onClosed: () => void
}

export class LibrbdImage implements OpenImage {
  readonly name: string
  readonly kinds = ALL_KINDS
  readonly alignmentBytes = 1
  readonly options: Readonly<Record<string, string>>
  readonly snapshots: Snapshots
  readonly lock: ImageLock
  readonly #parts: ImageParts
  readonly #queue: AioQueue
  #sizeBytes: number
  #closing: Promise<void> | undefined

  private constructor(parts: ImageParts, sizeBytes: number, options: Readonly<Record<string, string>>) {
    this.#parts = parts
    this.#queue = parts.queue
    this.name = parts.name
    this.#sizeBytes = sizeBytes
    this.options = options
    this.snapshots = new LibrbdSnapshots(parts)
    this.lock = new LibrbdLock(parts)
  }

  /** `more`: options the target sets, told as well. */
  static async of(parts: ImageParts, more: readonly string[]): Promise<LibrbdImage> {
    const { asking, handle, name } = parts
    const all = await imageOptions(asking, handle, name)
    const told = [...new Set([...TOLD_OPTIONS, ...more])].map((option): [string, string] =>
      [option, all.get(option) ?? asking.connection.option(option)])
    return new LibrbdImage(parts, await sizeOf(asking.ceph, handle, name), Object.fromEntries(told.filter(([, value]) => value !== '')))
  }

  get sizeBytes(): number { return this.#sizeBytes }

  buffer(sizeBytes: number): IoBuffer { return this.#parts.asking.memory.take(sizeBytes) }

  submit(io: Io): void {
    if (io.offset + io.length <= this.#sizeBytes) this.#queue.submit(io)
    else void this.#submitBehind(io)
  }

  /** Beyond the end that is known: another client may have moved it. */
  async #submitBehind(io: Io): Promise<void> {
    const { queue, name } = this.#parts
    try {
      await this.refresh()
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      queue.refuse(io, error)
      return
    }
    if (io.offset + io.length <= this.#sizeBytes) queue.submit(io)
    else queue.refuse(io, impossible(`${io.kind} of ${io.length} bytes at ${io.offset} of ${name}: it ends at ${this.#sizeBytes}`))
  }

  async info(_call: Call): Promise<ImageInfo> {
    const { asking, handle, name } = this.#parts
    const info = await infoOf(asking, handle, name)
    this.#sizeBytes = info.sizeBytes
    return info
  }

  /** Asks anew how large it is, once somebody has resized it. */
  async refresh(): Promise<void> {
    if (this.#closing !== undefined) return
    this.#sizeBytes = await sizeOf(this.#parts.asking.ceph, this.#parts.handle, this.name)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { asking, handle, name, onClosed } = this.#parts
    await this.#queue.settled()
    const returned = await awaited(asking.ceph.rbd.close, handle)
    this.#queue.close()
    onClosed()
    succeeded(returned, `close of ${name}`)
  }
}

/** Runs a function of the image with a name, and throws StorageError for what it says. */
const named = async (called: NativeFunction<[image: Handle, name: string]>, { handle }: ImageParts, name: string, what: string):
  Promise<void> => { succeeded(await awaited(called, handle, name), what) }

class LibrbdSnapshots implements Snapshots {
  readonly #parts: ImageParts
  constructor(parts: ImageParts) { this.#parts = parts }

  create(name: string): Promise<void> { return named(this.#rbd.snapshotCreate, this.#parts, name, `making ${this.#of(name)}`) }
  remove(name: string): Promise<void> { return named(this.#rbd.snapshotRemove, this.#parts, name, `removing ${this.#of(name)}`) }
  protect(name: string): Promise<void> { return named(this.#rbd.snapshotProtect, this.#parts, name, `protecting ${this.#of(name)}`) }
  unprotect(name: string): Promise<void> { return named(this.#rbd.snapshotUnprotect, this.#parts, name, `unprotecting ${this.#of(name)}`) }
  rollback(name: string): Promise<void> { return named(this.#rbd.snapshotRollback, this.#parts, name, `rolling back to ${this.#of(name)}`) }
  list(): ReturnType<Snapshots['list']> { return snapshotsOf(this.#parts.asking, this.#parts.handle, this.#parts.name) }

  get #rbd() { return this.#parts.asking.ceph.rbd }
  #of(snapshot: string): string { return `${this.#parts.name}@${snapshot}` }
}

class LibrbdLock implements ImageLock {
  readonly #parts: ImageParts
  constructor(parts: ImageParts) { this.#parts = parts }

  async acquire(): Promise<void> {
    const { handle, name } = this.#parts
    const returned = await awaited(this.#rbd.lockAcquire, handle, LOCK_EXCLUSIVE)
    // Who has it and keeps it leaves this image read-only.
    succeeded(returned === EROFS ? EBUSY : returned, `lock of ${name}`)
  }

  async release(): Promise<void> {
    succeeded(await awaited(this.#rbd.lockRelease, this.#parts.handle), `giving up the lock of ${this.#parts.name}`)
  }

  async owners(): ReturnType<ImageLock['owners']> {
    const { asking, handle, name } = this.#parts
    const mine = [0]
    succeeded(await awaited(this.#rbd.ownsLock, handle, mine), `lock of ${name}`)
    return { mine: mine[0] === 1, owners: await lockOwners(asking, handle, name) }
  }

  async breakLock(owner: string): Promise<void> {
    const { handle, name } = this.#parts
    const returned = await awaited(this.#rbd.lockBreak, handle, LOCK_EXCLUSIVE, owner)
    if (returned < 0) throw errorOf(returned, `breaking ${owner}'s lock of ${name}`)
  }

  get #rbd() { return this.#parts.asking.ceph.rbd }
}

// What a driver of block devices does: the life of images by name, and I/Os on open ones, each measured by the caller and never repaired.
import type { Call, Clock, StorageError } from '../sdk/index.ts'
import type { RbdSettings } from './settings.ts'

/**
 * Memory a driver made, so that it can be handed to the storage as it is: aligned, at a fixed address, used again. Whoever has one
 * holds it alone from `buffer()` to `release()`; one that an I/O under way was given must not be touched until that has ended.
 */
export interface IoBuffer {
  readonly bytes: Uint8Array
  /** The same memory as words, for stamps. */
  readonly words: Int32Array
  /** Gives it back; it must not be used after. */
  release(): void
}

/** What can be asked of an open image. */
export const IO_KINDS = ['read', 'write', 'writeSame', 'compareAndWrite', 'discard', 'writeZeroes', 'flush'] as const
export type IoKind = (typeof IO_KINDS)[number]

/**
 * One I/O: made by the caller, used again after it has ended. The caller fills in what is to be done, the driver `bytes` and `error`,
 * and then calls `done`, once, never within `submit`.
 */
export interface Io {
  kind: IoKind
  /** Bytes from the image's start; offset and length lie within the image. 0 of a flush. */
  offset: number
  length: number
  /** What is read into or written from, from its first byte on; at least `length` bytes, of writeSame `patternLength`. */
  buffer: IoBuffer | undefined
  /** writeSame: how long the pattern is; `length` is a multiple of it. */
  patternLength: number
  /** compareAndWrite: what must be there, `length` bytes; what differs ends it with code `precondition`. */
  compare: IoBuffer | undefined
  /** Set by the driver: bytes that were transferred. */
  bytes: number
  /** Set by the driver: why it failed; undefined where it did not. */
  error: StorageError | undefined
  /** Called by the driver once it has ended, well or not. May submit further I/Os. */
  done(io: Io): void
}

/** An image, or a snapshot of it: `name@snapshot`. */
export interface ImageSource { readonly image: string; readonly snapshot?: string | undefined }

export interface CreateRequest {
  readonly name: string
  readonly sizeBytes: number
  /** A power of two, 4 KiB to 32 MiB; without it the pool's own. */
  readonly objectBytes?: number | undefined
  readonly stripeUnitBytes?: number | undefined
  readonly stripeCount?: number | undefined
  /** By their names: `layering`, `exclusive-lock`, …; without it the cluster's own. */
  readonly features?: readonly string[] | undefined
  readonly dataPool?: string | undefined
}

/** A clone is a new image over a snapshot (which need be protected where the cluster's clones are of the first format). */
export interface CloneRequest extends Omit<CreateRequest, 'name' | 'sizeBytes'> {
  readonly parent: { readonly image: string; readonly snapshot: string }
  readonly name: string
}

export interface OpenRequest {
  readonly name: string
  /** Opens it as it was then, read-only. */
  readonly snapshot?: string | undefined
  readonly readOnly: boolean
  /** True: takes the exclusive lock at once, and ends with `busy` where another client has it. */
  readonly exclusive: boolean
  /** Undefined: what the target's options say. */
  readonly cache?: CachePolicy | undefined
}

/**
 * What a client's cache does with writes. `none`: there is no cache; `writethrough`: a write ends once it is stored; `writeback`: a write
 * may end before it is stored, from the first write on (not only after a first flush); `writearound`: the same, but reads do not find it
 * in the cache.
 */
export const CACHE_POLICIES = ['none', 'writethrough', 'writearound', 'writeback'] as const
export type CachePolicy = (typeof CACHE_POLICIES)[number]

export interface ImageInfo {
  readonly sizeBytes: number
  /** 0 where it has no objects. */
  readonly objectBytes: number
  readonly stripeUnitBytes?: number | undefined
  readonly stripeCount?: number | undefined
  readonly features: readonly string[]
  readonly dataPool?: string | undefined
  /** Of a clone that was not flattened. */
  readonly parent?: { readonly image: string; readonly snapshot: string } | undefined
}

export interface SnapshotInfo { readonly name: string; readonly sizeBytes: number; readonly protected: boolean }

/** Snapshots of an open image. Removing or rolling back what isn't there is `not_found`, making what is there `conflict`. */
export interface Snapshots {
  create(name: string, call: Call): Promise<void>
  /** `busy` where it is protected, or a clone needs it. */
  remove(name: string, call: Call): Promise<void>
  list(call: Call): Promise<readonly SnapshotInfo[]>
  protect(name: string, call: Call): Promise<void>
  unprotect(name: string, call: Call): Promise<void>
  /** Makes the image what it was then. */
  rollback(name: string, call: Call): Promise<void>
}

/** The exclusive lock of an open image. */
export interface ImageLock {
  /** Takes it, waiting for who has it as the storage does; `busy` where that one won't give it. */
  acquire(call: Call): Promise<void>
  release(call: Call): Promise<void>
  /** Who has it, as the storage names them; `mine` where it is this open image. */
  owners(call: Call): Promise<{ readonly mine: boolean; readonly owners: readonly string[] }>
  /** Takes it away from an owner, who can't write from then on. */
  breakLock(owner: string, call: Call): Promise<void>
}

/** What a driver that is a program of its own is asked to do as a whole. */
export interface BenchRequest {
  readonly kind: 'read' | 'write' | 'mixed'
  readonly pattern: 'sequential' | 'random'
  readonly ioBytes: number
  readonly queueDepth: number
  readonly totalBytes: number
  /** Of mixed: percent. */
  readonly readPercent?: number
}
export interface BenchFacts { readonly seconds: number; readonly ios: number; readonly bytes: number }

export interface OpenImage {
  readonly name: string
  /** Now: it follows what resizes it. */
  readonly sizeBytes: number
  /** What of I/O it can; I/Os of other kinds are refused before they get here. Empty of a program that only benches. */
  readonly kinds: ReadonlySet<IoKind>
  /** Offsets and lengths must be multiples of it; 1 where they need not. */
  readonly alignmentBytes: number
  /** The options that hold for it, as the storage names them (`rbd_cache`): what a reader of the figures must know. */
  readonly options: Readonly<Record<string, string>>
  /** Memory for I/Os of this image, of at least so many bytes: pooled. */
  buffer(sizeBytes: number): IoBuffer
  /**
   * Begins an I/O, and returns once the storage has it: what takes long in here is its submission. It never throws what the storage
   * says: that is the I/O's error. Any number may be under way. There is no stopping one: who loses patience leaves it alone.
   */
  submit(io: Io): void
  readonly snapshots: Snapshots
  readonly lock: ImageLock
  info(call: Call): Promise<ImageInfo>
  /** Of a program that benches by itself: a black box, told by what it prints. */
  bench?(request: BenchRequest, call: Call): Promise<BenchFacts>
  /** Waits for what is under way, gives up the lock, and ends watching it. Nothing is submitted after. */
  close(call: Call): Promise<void>
}

/**
 * Images of the pool (and namespace) of the driver's settings, by their whole names. Each method takes a Call (stop signal, timeout) and
 * either returns facts or throws StorageError; nothing is tried again. The session ends waiting where a call's time is over or its VU is
 * gone: a driver that can't stop what it began need not.
 */
export interface RbdDriver {
  /**
   * Makes sure the target can be used: connects, finds the pool. Throws StorageError with one line that names what is wrong (no such
   * file, key refused, no quorum within the settings' timeout, no such pool) and what to do.
   */
  ready(call: Call): Promise<void>
  /** Of the library it works through, for people; undefined where there is none. */
  readonly version?: string | undefined
  /** What of the whole interface it can't do, for people; the methods then end with code `unsupported`. */
  readonly lacks: readonly string[]
  create(request: CreateRequest, call: Call): Promise<void>
  /** `not_found`; `busy` where it has snapshots or is open elsewhere. */
  remove(name: string, call: Call): Promise<void>
  /** Shrinking needs `allowShrink`, else `invalid`. */
  resize(name: string, sizeBytes: number, allowShrink: boolean, call: Call): Promise<void>
  /** All names in the pool, sorted. */
  list(call: Call): Promise<readonly string[]>
  info(name: string, call: Call): Promise<ImageInfo>
  clone(request: CloneRequest, call: Call): Promise<void>
  /** Copies into a clone what it has from its parent, so that it needs it no more. */
  flatten(name: string, call: Call): Promise<void>
  copy(from: ImageSource, to: string, call: Call): Promise<void>
  open(request: OpenRequest, call: Call): Promise<OpenImage>
  /** Closes what is still open, in order, and the connections. */
  close(): Promise<void>
}

/** What a driver is opened with. */
export interface DriverContext {
  readonly settings: RbdSettings
  readonly clock: Clock
  /** VUs of this shard: a hint for pools. */
  readonly concurrency: number
  /** The run's name, where there is a run: what is left on this machine is named by it. */
  readonly runId?: string | undefined
  /** To be called before the completions of each batch are told (`Io.done`): the caller takes the time once for all of them. */
  readonly draining: () => void
}
export type OpenDriver = (context: DriverContext) => RbdDriver

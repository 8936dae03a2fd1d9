// What a script gives to and gets from block devices.

/** A payload as `payload()` of `chopsticks` names it. */
export interface PayloadName { readonly payload: true; readonly sizeBytes: number }
export type Size = number | string

/** Every operation takes these beside its own options. */
export interface RbdOptions {
  /** Codes that are no failure here: the call resolves to the StorageError. */
  readonly expect?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
  /** ms */
  readonly timeout?: number
  /** False: a failure is returned, not thrown. */
  readonly throw?: boolean
}
export interface ExistingOptions extends RbdOptions {
  /** The name is that of an image that was there before, as it is: read-only unless the targets file's allow_overwrite names it. */
  readonly existing?: boolean
}
export interface LayoutOptions extends RbdOptions {
  /** Objects of 2^order bytes; or `objectSize`. */
  readonly order?: number
  readonly objectSize?: Size
  readonly stripeUnit?: Size
  readonly stripeCount?: number
  readonly features?: readonly string[]
  readonly dataPool?: string
}
export interface CreateOptions extends LayoutOptions { readonly size: Size }
export interface ResizeOptions extends ExistingOptions { readonly allowShrink?: boolean }
export interface OpenOptions extends ExistingOptions {
  readonly snapshot?: string
  readonly readOnly?: boolean
  /** Takes the exclusive lock at once. */
  readonly exclusive?: boolean
  readonly cache?: 'none' | 'writethrough' | 'writearound' | 'writeback'
  /** The name of what it was cloned or copied from by another process: its sectors bear it. */
  readonly origin?: string
}
export interface ReadOptions extends RbdOptions {
  /** True: all of it must say who it is, and be the last that was written; a payload: be that; false: nothing is checked. */
  readonly verify?: boolean | PayloadName
  /** Carries the bytes into the script, at most 1 MiB. */
  readonly body?: 'text' | 'bytes'
}

/** What keeps I/Os under way, from one VU. It ends by `count`, `bytes` or `duration`, whichever comes first. */
export interface IoOptions extends RbdOptions {
  /** sequential · random (default) · strided(1MiB) · zipf(1.1) · pareto(0.2) · normal(10%) · zoned(60/10:30/20:10/70) */
  readonly pattern?: string
  /** 4KiB (default) · 4KiB-64KiB · 4KiB:60,16KiB:40 · as fio: 4k/60:16k/30:64k/10 */
  readonly blockSize?: Size
  /** What offsets are multiples of; default the smallest block. */
  readonly align?: Size
  /** A kind, or weights: { read: 70, write: 30 }. Default read. */
  readonly mix?: IoKind | Readonly<Partial<Record<IoKind, number>>>
  readonly queueDepth?: number
  readonly count?: number
  readonly bytes?: Size
  readonly duration?: Size
  /** A flush after so many writes. */
  readonly syncEvery?: number
  readonly syncAtEnd?: boolean
  readonly iops?: number
  readonly bytesPerSecond?: Size
  /** open: I/Os are due at their moments, whatever those before them do (rbd_req_response); closed (default). */
  readonly arrival?: 'open' | 'closed'
  /** No block twice before each was once. */
  readonly randomMap?: boolean
  readonly region?: Region
  readonly verify?: boolean
  /** What reads of what was never written do: refuse (default, of the run's own images), or count. */
  readonly holes?: 'refuse' | 'count'
  readonly continueOnError?: boolean
  /** What it draws from; default the VU's own random numbers. */
  readonly seed?: number
}
export type IoKind = 'read' | 'write' | 'discard' | 'writeZeroes'
/** A part of an image: of so many equal ones, counted from 0, or where it is. */
export type Region = { readonly part: number; readonly of: number } | { readonly offset?: Size; readonly length?: Size }

export interface IoResult {
  readonly ios: number
  readonly reads: number
  readonly writes: number
  readonly discards: number
  readonly zeroed: number
  readonly flushes: number
  readonly bytes: number
  readonly errors: number
  readonly holes: number
  readonly durationMs: number
}
export interface Info {
  readonly sizeBytes: number
  readonly objectBytes: number
  readonly stripeUnitBytes?: number
  readonly stripeCount?: number
  readonly features: readonly string[]
  readonly dataPool?: string
  readonly parent?: { readonly image: string; readonly snapshot: string }
}
/** `'image@snapshot'`, or with what was there before. */
export type Source = string | { readonly image: string; readonly snapshot?: string; readonly existing?: boolean }

export interface BenchOptions extends RbdOptions {
  /** Default read. */
  readonly kind?: 'read' | 'write' | 'mixed'
  /** Default random. */
  readonly pattern?: 'sequential' | 'random'
  /** Default 4KiB. */
  readonly blockSize?: Size
  /** Default 16. */
  readonly queueDepth?: number
  /** Bytes in all. */
  readonly total: Size
  /** Of mixed: default 50. */
  readonly readPercent?: number
}
export interface BenchResult { readonly ios: number; readonly bytes: number; readonly durationMs: number; readonly iops: number }

export interface Image {
  readonly name: string
  readonly sizeBytes: number
  /** The options that hold for it, as the storage names them. */
  readonly options: Readonly<Record<string, string>>
  read(offset: Size, length: Size, options?: ReadOptions): Promise<{ readonly bytes: number; readonly body?: string | Uint8Array }>
  /** A length: sectors that say who they are; or a payload. */
  write(offset: Size, what: Size | PayloadName, options?: RbdOptions): Promise<{ readonly bytes: number }>
  writeSame(offset: Size, length: Size, pattern: PayloadName, options?: RbdOptions): Promise<{ readonly bytes: number }>
  /** Code `precondition` where what is there is not what was expected. */
  compareAndWrite(offset: Size, expected: PayloadName, what: PayloadName, options?: RbdOptions): Promise<{ readonly bytes: number }>
  discard(offset: Size, length: Size, options?: RbdOptions): Promise<unknown>
  writeZeroes(offset: Size, length: Size, options?: RbdOptions): Promise<unknown>
  flush(options?: RbdOptions): Promise<unknown>
  io(options: IoOptions): Promise<IoResult>
  /** Writes all of it, or of a region, so that what is read is there. */
  prefill(options?: RbdOptions & { readonly region?: Region }): Promise<IoResult>
  /** What the driver's own program does as a whole, a black box: `rbd bench`, with the rbd-cli driver alone. */
  bench(options: BenchOptions): Promise<BenchResult>
  info(options?: RbdOptions): Promise<Info>
  close(options?: RbdOptions): Promise<unknown>
  readonly snapshot: {
    create(name: string, options?: RbdOptions): Promise<unknown>
    remove(name: string, options?: RbdOptions): Promise<unknown>
    list(options?: RbdOptions): Promise<{ readonly snapshots: readonly { name: string; sizeBytes: number; protected: boolean }[] }>
    protect(name: string, options?: RbdOptions): Promise<unknown>
    unprotect(name: string, options?: RbdOptions): Promise<unknown>
    rollback(name: string, options?: RbdOptions): Promise<unknown>
  }
  readonly lock: {
    acquire(options?: RbdOptions): Promise<unknown>
    release(options?: RbdOptions): Promise<unknown>
    owners(options?: RbdOptions): Promise<{ readonly mine: boolean; readonly owners: readonly string[] }>
    /** Takes it away from an owner, who can't write from then on. */
    break(owner: string, options?: RbdOptions): Promise<unknown>
  }
}

/** Block storage at a target. Names are below the run's prefix; what a script creates is removed when the run ends. */
export interface BlockStore {
  create(name: string, options: CreateOptions): Promise<unknown>
  remove(name: string, options?: ExistingOptions): Promise<unknown>
  resize(name: string, size: Size, options?: ResizeOptions): Promise<unknown>
  list(options?: RbdOptions): Promise<{ readonly images: readonly string[] }>
  info(name: string, options?: ExistingOptions): Promise<Info>
  clone(from: Source, name: string, options?: LayoutOptions): Promise<unknown>
  flatten(name: string, options?: RbdOptions): Promise<unknown>
  copy(from: Source, name: string, options?: RbdOptions): Promise<unknown>
  /** Without a name the target's own image (`image:` in the targets file). */
  open(name?: string | null, options?: OpenOptions): Promise<Image>
}
/** Which store, by name; the driver where it isn't the target's own. */
export interface RbdTarget { readonly target?: string; readonly driver?: string }

// An image file, or a block device, that is open: I/O by libuv's threads, past the page cache where that can be.
import { fdatasync, fstat, read, write } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { Call } from '../../../sdk/index.ts'
import type { ImageInfo, ImageLock, Io, IoBuffer, IoKind, OpenImage, OpenRequest, Snapshots } from '../../driver.ts'
import type { BufferPool } from '../buffers.ts'
import { impossible, inUse, readOnly, unable } from '../refusals.ts'
import { fileError } from './errors.ts'

const KINDS: ReadonlySet<IoKind> = new Set<IoKind>(['read', 'write', 'writeSame', 'writeZeroes', 'flush'])
const ZERO_BYTES = 1024 ** 2

export interface FileParts {
  readonly request: OpenRequest
  readonly fd: number
  readonly sizeBytes: number
  /** True past the page cache. */
  readonly direct: boolean
  readonly buffers: BufferPool
  readonly draining: () => void
  readonly lockPath: string
  readonly snapshots: Snapshots
  owner(): Promise<string | undefined>
  info(call: Call): Promise<ImageInfo>
  /** Closes the file. */
  closed(image: FileImage): Promise<void>
}

let images = 0

export class FileImage implements OpenImage {
  readonly name: string
  readonly kinds = KINDS
  readonly alignmentBytes: number
  readonly options: Readonly<Record<string, string>>
  readonly snapshots: Snapshots
  readonly lock: ImageLock
  readonly #p: FileParts
  /** Who it is, to others that want the lock. */
  readonly #me = `pid-${process.pid}-${images++}`
  #sizeBytes: number
  #underWay = 0
  #idle: (() => void) | undefined
  #zeros: IoBuffer | undefined

  constructor(parts: FileParts) {
    this.#p = parts
    this.name = parts.request.name
    this.#sizeBytes = parts.sizeBytes
    this.alignmentBytes = parts.direct ? 4096 : 1
    this.options = { direct: `${parts.direct}` }
    this.snapshots = parts.snapshots
    this.lock = this.#lock()
  }

  get sizeBytes(): number { return this.#sizeBytes }
  buffer(sizeBytes: number): IoBuffer { return this.#p.buffers.take(sizeBytes) }

  /** It was resized. */
  resized(): Promise<void> {
    return new Promise((resolve, reject) => {
      fstat(this.#p.fd, (error, found) => {
        if (error !== null) { reject(error); return }
        if (found.isFile()) this.#sizeBytes = found.size
        resolve()
      })
    })
  }

  submit(io: Io): void {
    this.#underWay++
    io.bytes = 0
    io.error = undefined
    const { kind, offset, length, buffer } = io
    if (kind !== 'flush' && offset + length > this.#sizeBytes) {
      io.error = impossible(`${kind}: ${offset} + ${length} is beyond the image's end at ${this.#sizeBytes}`)
    } else if (kind !== 'read' && kind !== 'flush' && this.#p.request.readOnly) {
      io.error = readOnly(`${kind}: image ${this.name} is open for reading`)
    }
    if (io.error !== undefined) { setImmediate(() => { this.#end(io) }); return }
    const { fd } = this.#p
    const ended = (error: NodeJS.ErrnoException | null, bytes: number): void => {
      if (error === null) io.bytes = bytes
      else io.error = fileError(`${kind} of ${this.name} at ${offset}`, error)
      this.#end(io)
    }
    const bytes = buffer?.bytes ?? new Uint8Array(0)
    switch (kind) {
      case 'read': read(fd, bytes, 0, length, offset, ended); break
      case 'write': write(fd, bytes, 0, length, offset, ended); break
      case 'flush': fdatasync(fd, (error) => { ended(error, 0) }); break
      case 'writeSame': this.#repeat(io, bytes, io.patternLength, ended); break
      case 'writeZeroes': {
        this.#zeros ??= this.buffer(ZERO_BYTES)
        this.#zeros.bytes.fill(0)
        this.#repeat(io, this.#zeros.bytes, ZERO_BYTES, ended)
        break
      }
      case 'discard': case 'compareAndWrite':
        io.error = unable(`${kind}: the file driver can't do this`)
        setImmediate(() => { this.#end(io) })
        break
      default: kind satisfies never
    }
  }

  info(call: Call): Promise<ImageInfo> { return this.#p.info(call) }

  async close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => { this.#idle = resolve })
    this.#zeros?.release()
    if (await this.#p.owner() === this.#me) await rm(this.#p.lockPath, { force: true })
    await this.#p.closed(this)
  }

  #end(io: Io): void {
    this.#p.draining()
    io.done(io)
    if (--this.#underWay === 0) this.#idle?.()
  }

  /** Writes the pattern over and over, a piece after the other. */
  #repeat(io: Io, pattern: Uint8Array, patternLength: number, ended: (error: NodeJS.ErrnoException | null, bytes: number) => void): void {
    const next = (at: number): void => {
      const length = Math.min(patternLength, io.length - at)
      write(this.#p.fd, pattern, 0, length, io.offset + at, (error, bytes) => {
        if (error !== null || at + bytes >= io.length) ended(error, at + bytes)
        else next(at + bytes)
      })
    }
    next(0)
  }

  /** A file beside the image, made where there is none: all that use it are asked to look; nobody is kept from writing. */
  #lock(): ImageLock {
    const { lockPath } = this.#p
    return {
      acquire: async () => {
        try {
          await writeFile(lockPath, this.#me, { flag: 'wx' })
        } catch (error) {
          const said = fileError(`lock of ${this.name}`, error)
          const owner = said.code === 'conflict' ? await this.#p.owner() : undefined
          if (said.code !== 'conflict') throw said
          if (owner !== this.#me) throw inUse(`another client (${owner ?? 'unknown'}) has the lock of image ${this.name}`)
        }
      },
      release: async () => { if (await this.#p.owner() === this.#me) await rm(lockPath, { force: true }) },
      owners: async () => {
        const owner = await this.#p.owner()
        return { mine: owner === this.#me, owners: owner === undefined ? [] : [owner] }
      },
      breakLock: () => Promise.reject(unable('the file driver can\'t take a lock away: nothing would keep its owner from writing')),
    }
  }
}


// I/Os of one image in flight: submitted at once, their completions drained in batches when librbd writes to the image's pipe.
//
// librbd writes a byte for each completion; libuv wakes once for however many there are, and all that are complete are taken. No thread
// waits, none is made, and no C thread ever calls JavaScript.
import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net'
import { StorageError } from '../../../sdk/index.ts'
import type { Io, IoBuffer, IoKind } from '../../driver.ts'
import { errorOf, succeeded } from '../errno.ts'
import type { Aio, Handle, Rbd, System } from './functions.ts'
import { awaited, type Ceph } from './library.ts'
import { NativeBuffer } from './memory.ts'

const KIND_PIPE = 1
const O_NONBLOCK = 0o4000
const O_CLOEXEC = 0o2000000
/** Completions taken by one call. */
const BATCH = 64
/** What is read of the pipe at a time: it says no more than that something is complete. */
const WAKE_BYTES = 4096
const HALF = 2 ** 32
const NO_FLAGS = 0

const addressAt = (halves: Uint32Array, at: number): number => (halves[at] ?? 0) + (halves[at + 1] ?? 0) * HALF

const addressOf = (buffer: IoBuffer | undefined): number => {
  if (!(buffer instanceof NativeBuffer)) throw new TypeError('an I/O of librbd needs memory of its driver')
  return buffer.address
}

export class AioQueue {
  readonly #aio: Aio
  readonly #rbd: Rbd
  readonly #system: System
  readonly #image: Handle
  readonly #name: string
  readonly #draining: () => void
  readonly #socket: Socket
  readonly #writeEnd: number
  readonly #made = new BigUint64Array(1)
  readonly #madeHalves = new Uint32Array(this.#made.buffer)
  readonly #done = new Uint32Array(2 * BATCH)
  readonly #ended: Io[] = []
  readonly #inFlight: (Io | undefined)[] = []
  readonly #freeSlots: number[] = []
  #count = 0
  /** The socket keeps the process alive. */
  #awake = false
  #idle: (() => void) | undefined

  /** Opens the image's pipe. Throws StorageError where there are no more descriptors. */
  constructor({ aio, rbd, system }: Ceph, image: Handle, name: string, draining: () => void) {
    this.#aio = aio
    this.#rbd = rbd
    this.#system = system
    this.#image = image
    this.#name = name
    this.#draining = draining
    const ends = new Int32Array(2)
    if (system.pipe(ends, O_NONBLOCK | O_CLOEXEC) !== 0) {
      throw new StorageError('other', `${name}: no pipe for its completions: raise ulimit -n, an image needs two descriptors`,
        { detail: 'EMFILE' })
    }
    const [readEnd = -1, writeEnd = -1] = ends
    this.#writeEnd = writeEnd
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
      fd: readEnd, readable: true, writable: false,
      onread: { buffer: Buffer.alloc(WAKE_BYTES), callback: () => { this.#drain(); return true } },
    }
    this.#socket = new Socket(options)
    // Idle, it keeps no process alive.
    this.#socket.unref()
    succeeded(aio.notifyBy(image, writeEnd, KIND_PIPE), `${name}: asking for notice of completions`)
  }

  /** Begins an I/O; its end is told by `io.done`, never before this returns. */
  submit(io: Io): void {
    const slot = this.#freeSlots.pop() ?? this.#inFlight.length
    this.#inFlight[slot] = io
    this.#count += 1
    if (!this.#awake) {
      this.#awake = true
      this.#socket.ref()
    }
    if (io.kind === 'compareAndWrite') {
      this.#compareAndWrite(io, slot)
      return
    }
    this.#aio.completion(slot, 0, this.#made)
    const completion = addressAt(this.#madeHalves, 0)
    const returned = this.#begin(io, completion)
    if (returned >= 0) return
    this.#aio.release(completion)
    setImmediate(() => { this.#endAlone(slot, returned) })
  }

  /** Ends an I/O that this image does not have: `submit` would have had librbd shorten it without a word. */
  refuse(io: Io, error: StorageError): void {
    io.error = error
    io.bytes = 0
    this.#ended.push(io)
    this.#tell()
  }

  #begin(io: Io, completion: Handle): number {
    const image = this.#image
    const { offset, length } = io
    const kind = io.kind as Exclude<IoKind, 'compareAndWrite'>
    switch (kind) {
      case 'read': return this.#aio.read(image, offset, length, addressOf(io.buffer), completion, NO_FLAGS)
      case 'write': return this.#aio.write(image, offset, length, addressOf(io.buffer), completion, NO_FLAGS)
      case 'writeSame':
        return this.#aio.writeSame(image, offset, length, addressOf(io.buffer), io.patternLength, completion, NO_FLAGS)
      case 'discard': return this.#aio.discard(image, offset, length, completion)
      case 'writeZeroes': return this.#aio.writeZeroes(image, offset, length, completion, NO_FLAGS, NO_FLAGS)
      case 'flush': return this.#aio.flush(image, completion)
      default: return kind satisfies never
    }
  }

  /** Resolves when nothing is in flight. */
  async settled(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => { this.#idle = resolve })
  }

  /** Once the image is closed. */
  close(): void {
    this.#socket.destroy()
    this.#system.close(this.#writeEnd)
  }

  /** All of a batch are taken from the library first: who is told of one may submit more. */
  #drain(): void {
    for (;;) {
      const count = this.#aio.poll(this.#image, this.#done, BATCH)
      if (count <= 0) return
      for (let index = 0; index < count; index += 1) this.#take(addressAt(this.#done, 2 * index))
      this.#tell()
      if (count < BATCH) return
    }
  }

  #take(completion: Handle): void {
    const slot = this.#aio.argument(completion)
    const returned = this.#aio.returned(completion)
    this.#aio.release(completion)
    this.#end(slot, returned)
  }

  /** librbd (1.16) gives no notice of this kind's completion: it waits on one of libuv's threads. */
  #compareAndWrite({ offset, length, compare, buffer }: Io, slot: number): void {
    const called = awaited(this.#rbd.compareAndWrite, this.#image, offset, length, addressOf(compare), addressOf(buffer), [0], NO_FLAGS)
    called.then((returned) => { this.#endAlone(slot, returned) }, (error: unknown) => { process.nextTick(() => { throw error }) })
  }

  #endAlone(slot: number, returned: number): void {
    this.#end(slot, returned)
    this.#tell()
  }

  #end(slot: number, returned: number): void {
    const io = this.#inFlight[slot]
    if (io === undefined) throw new TypeError(`librbd completed an I/O that was not submitted: ${slot}`)
    this.#inFlight[slot] = undefined
    this.#freeSlots.push(slot)
    this.#count -= 1
    io.error = returned < 0 ? errorOf(returned, `${io.kind} of ${io.length} bytes at ${io.offset} of ${this.#name}`) : undefined
    io.bytes = returned < 0 ? 0 : io.kind === 'read' ? returned : io.length
    this.#ended.push(io)
  }

  #tell(): void {
    this.#draining()
    const ended = this.#ended.length
    for (let index = 0; index < ended; index += 1) {
      const io = this.#ended[index]
      io?.done(io)
    }
    // Nothing ends within `done`: I/Os that are refused end later.
    this.#ended.length = 0
    if (this.#count > 0) return
    this.#awake = false
    this.#socket.unref()
    this.#idle?.()
    this.#idle = undefined
  }
}

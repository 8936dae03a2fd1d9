// What the contract of block device drivers is written with: calls, I/Os awaited one by one.
import { expect } from 'chai'
import { StorageError, type Call } from '../../bindings/sdk/index.ts'
import type { CreateRequest, Io, IoBuffer, IoKind, OpenImage, OpenRequest, RbdDriver } from '../../bindings/rbd/driver.ts'

export interface RbdContractTarget {
  readonly driver: RbdDriver
  /** Another client of the same pool, as another process would be one. */
  readonly other: RbdDriver
  /** How often batches of completions were announced. */
  readonly drained: () => number
  close(): Promise<void>
}

/** A call that nothing stops. */
export const rbdCall = (timeoutMs = 60_000): Call => ({ signal: new AbortController().signal, timeoutMs, mark: () => undefined })

/** What a promise is rejected with; fails when it isn't, or with anything but a StorageError. */
export async function refusedWith(promise: Promise<unknown>): Promise<StorageError['code']> {
  let ended: unknown
  try {
    ended = await promise
  } catch (error) {
    if (error instanceof StorageError) return error.code
    throw error
  }
  throw new Error(`expected a StorageError, got ${JSON.stringify(ended)}`)
}

interface IoFields { offset?: number; length?: number; buffer?: IoBuffer; compare?: IoBuffer; patternLength?: number }

/** Submits one I/O; resolves when it has ended, to the I/O. */
export function submitted(image: OpenImage, kind: IoKind, fields: IoFields = {}): Promise<Io> {
  return new Promise((resolve) => {
    let within = true
    image.submit({
      kind, offset: fields.offset ?? 0, length: fields.length ?? 0, buffer: fields.buffer, compare: fields.compare,
      patternLength: fields.patternLength ?? 0, bytes: -1, error: undefined,
      done(io) {
        expect(within, 'told within its submission').to.equal(false)
        resolve(io)
      },
    })
    within = false
  })
}

/** The same of one that must succeed. */
export async function done(image: OpenImage, kind: IoKind, fields: IoFields = {}): Promise<Io> {
  const io = await submitted(image, kind, fields)
  if (io.error !== undefined) throw io.error
  return io
}

/** Writes so many bytes of one value. */
export async function writeBytes(image: OpenImage, offset: number, length: number, value: number): Promise<void> {
  const buffer = image.buffer(length)
  buffer.bytes.fill(value, 0, length)
  expect((await done(image, 'write', { offset, length, buffer })).bytes).to.equal(length)
  buffer.release()
}

/** A copy of what is there. */
export async function readBytes(image: OpenImage, offset: number, length: number): Promise<Uint8Array> {
  const buffer = image.buffer(length)
  buffer.bytes.fill(0xee, 0, length)
  expect((await done(image, 'read', { offset, length, buffer })).bytes).to.equal(length)
  const bytes = buffer.bytes.slice(0, length)
  buffer.release()
  return bytes
}

/** True where all bytes of a range have the value. */
export const holds = async (image: OpenImage, offset: number, length: number, value: number): Promise<boolean> =>
  (await readBytes(image, offset, length)).every((byte) => byte === value)

let images = 0
/** A new image of the driver's, open for writing; `with` gets it. */
export async function withImage<T>(
  driver: RbdDriver, request: Partial<CreateRequest & OpenRequest>, use: (image: OpenImage, name: string) => Promise<T>,
): Promise<T> {
  const name = `contract-${process.pid}-${images++}`
  const { sizeBytes = 16 * 1024 ** 2, exclusive = false, readOnly = false, cache, ...more } = request
  await driver.create({ ...more, name, sizeBytes }, rbdCall())
  try {
    const image = await driver.open({ name, readOnly, exclusive, cache }, rbdCall())
    try {
      return await use(image, name)
    } finally {
      await image.close(rbdCall())
    }
  } finally {
    await driver.remove(name, rbdCall())
  }
}

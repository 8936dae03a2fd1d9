// Recorded answers and ways of damaging them, and a server that answers named keys so and every other key honestly.
import type { Socket } from 'node:net'
import { StorageError, bytesContent, type StorageCode } from '../../bindings/sdk/index.ts'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { callOf } from '../contract/s3-driver.ts'
import { HandClock, RawServer, errorAnswer, nativeOn, onRequests } from './kit.ts'

/** How an operation ended: what it gave, or the error's code. */
interface Ending { readonly code: 'ok' | StorageCode; readonly bytes?: string; readonly message?: string }

/** An answer as a store sends it, the operation it answers, and how that ends when nothing happens to it on the way. */
export interface Recorded {
  readonly title: string
  readonly wire: string
  readonly ask: (driver: S3Driver, key: string) => Promise<Ending>
  readonly ends: 'ok' | StorageCode
}

const get = async (driver: S3Driver, key: string, range?: { readonly first: number }): Promise<Ending> => {
  const chunks: Buffer[] = []
  await driver.get({ key, sink: (chunk) => { chunks.push(Buffer.from(chunk)) }, ...(range === undefined ? {} : { range }) }, callOf(0))
  return { code: 'ok', bytes: Buffer.concat(chunks).toString('latin1') }
}
const put = async (driver: S3Driver, key: string): Promise<Ending> => {
  await driver.put({ key, content: bytesContent(Buffer.from('the body of a put')) }, callOf(0))
  return { code: 'ok' }
}
const FACTS = 'ETag: "9a0364b9e99bb480dd25e1f0284c8555"\r\nx-amz-request-id: tx01\r\n'
const LIST = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>' +
  '<Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>'

export const RECORDED: readonly Recorded[] = [
  { title: 'a GET with its length', wire: `HTTP/1.1 200 OK\r\nContent-Length: 7\r\n${FACTS}\r\ncontent`, ask: get, ends: 'ok' },
  { title: 'a GET in chunks', wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "e"\r\n\r\n' +
    '5;name="x"\r\nhello\r\nb\r\n, and more.\r\n0;last\r\nX-Checksum: 1\r\nX-Two: 2\r\n\r\n', ask: get, ends: 'ok' },
  { title: 'a PUT', wire: `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${FACTS}\r\n`, ask: put, ends: 'ok' },
  { title: 'a PUT after 100 and 103', wire: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n' +
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "e"\r\n\r\n', ask: put, ends: 'ok' },
  { title: 'a HEAD', wire: `HTTP/1.1 200 OK\r\nContent-Length: 700\r\nContent-Type: a/b\r\n${FACTS}\r\n`,
    ask: async (driver, key) => { await driver.head(key, callOf(0)); return { code: 'ok' } }, ends: 'ok' },
  { title: 'a DELETE', wire: 'HTTP/1.1 204 No Content\r\nx-amz-request-id: tx01\r\n\r\n',
    ask: async (driver, key) => { await driver.delete(key, callOf(0)); return { code: 'ok' } }, ends: 'ok' },
  { title: 'a listing', wire: `HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ${LIST.length}\r\n\r\n${LIST}`,
    ask: async (driver, prefix) => { await driver.list({ prefix }, callOf(0)); return { code: 'ok' } }, ends: 'ok' },
  { title: 'a refusal with a document', wire: errorAnswer('404', 'NoSuchKey'), ask: get, ends: 'not_found' },
  { title: 'a 304', wire: 'HTTP/1.1 304 Not Modified\r\nETag: "e"\r\nContent-Length: 70\r\n\r\n', ask: get, ends: 'precondition' },
  { title: 'a 416', wire: errorAnswer('416', 'InvalidRange'), ask: (driver, key) => get(driver, key, { first: 100 }), ends: 'invalid' },
]

/** What a server does instead of answering as recorded. `over` tells whether the client has made up its mind. */
export type Damage = (socket: Socket, wire: Buffer, over: () => boolean) => void | Promise<void>

export const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => { setImmediate(resolve) })
}
/** Turns of the loop after which bytes sent on loopback have been read; what comes later still comes in order. */
const SETTLE_TURNS = 6

export const cutAt = (at: number, how: 'FIN' | 'RST'): Damage => (socket, wire) => {
  if (how === 'FIN') socket.end(wire.subarray(0, at))
  else socket.write(wire.subarray(0, at), () => { socket.resetAndDestroy() })
}
export const splitAt = (at: number): Damage => async (socket, wire) => {
  socket.write(wire.subarray(0, at))
  await turns(2)
  socket.write(wire.subarray(at))
}
/** Sends other bytes; the connection ends only if they leave the client waiting. */
export const altered = (change: (wire: Buffer) => Buffer): Damage => async (socket, wire, over) => {
  socket.write(change(Buffer.from(wire)))
  for (let i = 0; i < SETTLE_TURNS && !over(); i++) await turns(1)
  if (!over()) socket.end()
}

const honest = (key: string): string => `HTTP/1.1 200 OK\r\nETag: "${key}"\r\nContent-Length: ${key.length}\r\n\r\n${key}`

/** One case: an answer and what happens to it. */
export interface Case { readonly recorded: Recorded; readonly damage: Damage; readonly title: string }
/** What came of it: `fresh` = the operation after it went over another connection. */
export interface Outcome { readonly ending: Ending; readonly fresh: boolean }

const LANES = 64

/**
 * Runs every case, several at once, each followed by an honest exchange over the same driver, which must get its own answer.
 * The drivers' clocks stand still: what would hang hangs, and nothing is taken for closed by idleness.
 */
export async function runDamaged(cases: readonly Case[], check: (each: Case, outcome: Outcome) => void): Promise<void> {
  const damaged = new Map<string, Case>()
  const over = new Set<string>()
  const connectionOf = new Map<string, number>()
  const server = await RawServer.open((socket, connection) => {
    onRequests(socket, (head) => {
      const key = /\/(?:bench\/|bench\?.*prefix=)([a-z]+-\d+)/.exec(head)?.[1] ?? ''
      connectionOf.set(key, connection)
      const each = damaged.get(key)
      if (each === undefined) socket.write(honest(key), 'latin1')
      else void each.damage(socket, Buffer.from(each.recorded.wire, 'latin1'), () => over.has(key))
    })
  })
  const lane = async (first: number): Promise<void> => {
    const driver = nativeOn(server.port, {}, new HandClock())
    for (let i = first; i < cases.length; i += LANES) {
      const each = cases[i]
      if (each === undefined) break
      const [key, next] = [`case-${i}`, `next-${i}`]
      damaged.set(key, each)
      const ending = await endingOf(each.recorded.ask(driver, key))
      over.add(key)
      const after = await endingOf(get(driver, next))
      if (after.bytes !== next) throw new Error(`${each.title}: the next answer was ${JSON.stringify(after)}`)
      check(each, { ending, fresh: connectionOf.get(next) !== connectionOf.get(key) })
    }
    await driver.close()
  }
  try {
    await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)))
  } finally {
    await server.close()
  }
}

async function endingOf(asked: Promise<Ending>): Promise<Ending> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof StorageError) return { code: error.code, message: error.message }
    throw error
  }
}

// The built-in endpoint under malformed requests, from a seed: HTTP that is none, XML that is none, signatures and lengths that lie,
// bodies that end early. Each must be answered or hung up on; the endpoint must fail nowhere, and keep no connection.
import { connect } from 'node:net'
import { randomFrom, type Random } from '../../bindings/sdk/index.ts'
import { serveS3, type RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'
import { ask, eventually, signedHead, wireHead } from '../endpoint/kit.ts'

/** How long a request may go without an end, ms: far beyond what a busy machine needs. */
const HANG_MS = 20_000
const AT_ONCE = 16
const SHOWN_BYTES = 300

export interface EndpointFuzzReport {
  readonly requests: number
  /** How many got each status; `closed`: none. */
  readonly answers: Readonly<Record<string, number>>
  /** What was sent where something was wrong, and what that was. */
  readonly faults: readonly string[]
}

const PATHS = [
  '/', '/bench', '/bench/a', '//', '/bench/../x', '*', '/bench?list-type=2&max-keys=-1', '/bench?list-type=2&continuation-token=x',
  '/bench?versions&version-id-marker=x', '/bench/a?uploadId=x&partNumber=0', '/bench/a?versionId=%00', '/bench/a?uploads',
  '/bench?delete', '/bench/a?tagging', '/bench?versioning', '/bench?acl', '/new-bucket', '/bench/a?uploadId=x', '/nope/a',
] as const
/** Targets that no client can sign. */
const UNSIGNED_PATHS = ['/bench/%ff%00', '/bench/a%2', '/bench?prefix=%ff', '/%', 'bench', 'http://[/', '/?%%='] as const
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'] as const
const WORDS = [
  '<Delete>', '</Delete>', '<Object>', '</Object>', '<Key>', '</Key>', '<Key/>', '&amp;', '&#0;', '&#x110000;', '&nope;', '<!DOCTYPE a>',
  '<![CDATA[', ']]>', '<!--', '-->', '<?xml version="1.0"?>', '<Tagging><TagSet>', '<Tag>', '\u0000', '\ufeff', '<a b="', '">',
  '<CompleteMultipartUpload><Part><PartNumber>9</PartNumber>', '<VersioningConfiguration>', 'x', ' ', '\n', '<',
] as const
const LINES = [
  'Content-Length: -1', 'Content-Length: 99999999999999999999', 'Content-Length: 5\r\nContent-Length: 6', 'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked, chunked', 'Content-Encoding: aws-chunked', 'x-amz-decoded-content-length: -5',
  'x-amz-decoded-content-length: 5', 'x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-amz-trailer: x-amz-checksum-crc32', 'Range: bytes=-0',
  'Range: bytes=9-1,2-', 'If-Modified-Since: never', 'Content-MD5: x', 'x-amz-checksum-crc32: ====', 'x-amz-copy-source: /%ff',
  'x-amz-copy-source: bench/a', 'x-amz-copy-source-range: bytes=5-1', 'x-amz-tagging: %', 'x-amz-date: yesterday', 'Date: yesterday',
  'Host: [', 'Host:', 'Authorization: AWS4-HMAC-SHA256 Credential=////,SignedHeaders=,Signature=', 'Authorization: AWS x:y',
  'Authorization: Basic eA==', 'Expect: 100-continue', 'Expect: the-worst', 'Upgrade: h2c\r\nConnection: Upgrade',
  `x-long: ${'x'.repeat(20_000)}`, 'x\u0001y: z', 'no colon', ' folded: line', ': nameless',
] as const

const CHUNK_ENDS = ['0\r\n\r\n', 'zz\r\n', '-1\r\n', '', 'ffffffffffffffff\r\n'] as const

/** One request as bytes; what it is follows from the random numbers alone, but for the moment it is signed at. */
function malformed(served: RunningEndpoint, random: Random): Buffer {
  const one = <T>(all: readonly T[]): T => all[random.below(all.length)] as T
  const some = (most: number, make: () => string): string => Array.from({ length: random.below(most + 1) }, make).join('')
  const noise = (most: number): string => some(most, () => String.fromCharCode(random.below(256)))
  const body = one([() => '', () => noise(200), () => some(30, () => one(WORDS)), () => '<a>'.repeat(random.below(5000)),
    () => `5;chunk-signature=${noise(8)}\r\nhello\r\n${one(CHUNK_ENDS)}`])()
  let text: string
  if (random.below(10) === 0) text = noise(400)
  else {
    const method = one(METHODS)
    const head = random.below(6) === 0
      ? wireHead({ method, path: one([() => noise(20), () => one(UNSIGNED_PATHS)])(), headers: { Host: 'x' } })
      : wireHead(signedHead(served, {
        method, path: one(PATHS), body: Buffer.from(body, 'latin1'), ...random.below(4) === 0 ? { secretKey: 'wrong' } : {},
      }))
    const lines = random.below(2) === 0 ? '' : some(3, () => `${one(LINES)}\r\n`)
    text = `${head.slice(0, -2)}${lines}\r\n${body}`
  }
  const bytes = Buffer.from(text, 'latin1')
  for (let n = random.below(3) === 0 ? random.below(4) : 0; n > 0 && bytes.length > 0; n--) {
    bytes[random.below(bytes.length)] = random.below(256)
  }
  return random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes
}

/** Sends the bytes, perhaps in two pieces, and no more; all that came until the connection was over, undefined when it never was. */
function sendTo(port: number, bytes: Buffer, random: Random): Promise<string | undefined> {
  const cut = random.below(bytes.length + 1)
  const leaves = random.below(10) === 0
  return new Promise((resolve) => {
    let got = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes.subarray(0, cut))
      setImmediate(() => {
        if (leaves) socket.destroy()
        else socket.end(bytes.subarray(cut))
      })
    })
    const hung = setTimeout(() => { resolve(undefined); socket.destroy() }, HANG_MS)
    socket.setEncoding('latin1').on('data', (text: string) => { got += text })
    socket.on('error', () => { /* The endpoint may hang up while it is spoken to. */ })
    socket.on('close', () => { clearTimeout(hung); resolve(got) })
  })
}

/** Sends so many requests, and looks at the endpoint afterwards. */
export async function fuzzEndpoint(requests: number, seed: number): Promise<EndpointFuzzReport> {
  const faults: string[] = []
  const answers: Record<string, number> = {}
  const served = await serveS3({
    buckets: ['bench'],
    onBug: (error) => { faults.push(error instanceof Error ? error.stack ?? error.message : String(error)) },
  })
  try {
    // A bucket that is not empty stays, whatever is asked.
    await ask(served, { method: 'PUT', path: '/bench/kept', body: 'kept' })
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < requests) {
        const number = next++
        const random = randomFrom(seed, number)
        const bytes = malformed(served, random)
        const told = `request ${number}: ${JSON.stringify(bytes.toString('latin1', 0, SHOWN_BYTES))}`
        const got = await sendTo(served.port, bytes, random)
        const status = got === undefined ? 'hung' : got === '' ? 'closed' : /^HTTP\/1\.1 (\d{3}) /.exec(got)?.[1] ?? 'unreadable'
        answers[status] = (answers[status] ?? 0) + 1
        if (status === 'hung' || status === 'unreadable' || status === '500') faults.push(`${status}, ${told}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    const put = await ask(served, { method: 'PUT', path: '/bench/whole', body: 'whole' })
    const got = await ask(served, { path: '/bench/whole' })
    if (put.status !== 200 || got.text !== 'whole') faults.push(`afterwards put and get of an object: ${put.status}, ${got.status}`)
    await eventually(() => served.stats().connections === 0)
      .catch(() => { faults.push(`${served.stats().connections} connections are kept`) })
  } finally {
    await served.close()
  }
  return { requests, answers, faults }
}

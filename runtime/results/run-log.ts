// The log of a run while it goes on: frames that are only ever added, each with its length and checksum.
//
// A file begins with MAGIC. A frame is its payload's length (4 bytes), its CRC-32 (4 bytes), little-endian, and the payload: a byte that
// says its kind, then JSON text or bytes. What a crash or a full disk cut off is a last frame that is too short or does not match: all
// before it stands.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { ByteReader, ByteWriter } from '../metrics/byte-writer.ts'
import { decodeSeries, encodeSeries, SeriesNames, type SeriesName } from '../metrics/series-codec.ts'
import { Timeline, type Window } from '../metrics/timeline.ts'

const MAGIC = 'chopsticks run log 1\n'
const HEAD_BYTES = 8
/** Payloads beyond this are none of ours: the file is damaged. */
const PAYLOAD_BYTES_MAX = 256 * 1024 ** 2

const KINDS = { json: 1, names: 2, window: 3 } as const

/** What is told of a run while it goes on, by name: the last of each name counts. */
type LoggedNotes = Readonly<Record<string, unknown>>

export class RunLog {
  readonly #file: number
  readonly #clean: (text: string) => string
  readonly #names = new SeriesNames()
  #namesWritten = 0
  sizeBytes = 0

  /** Makes the file, which must not be there yet; throws the system's error. `clean` takes secrets out of what is written. */
  constructor(path: string, clean: (text: string) => string) {
    this.#clean = clean
    this.#file = openSync(path, 'wx', 0o644)
    this.#write(Buffer.from(MAGIC))
  }

  /** Adds a note under a name, as JSON. */
  note(name: string, text: string): void {
    this.#frame(KINDS.json, Buffer.from(`${JSON.stringify(name)}\n${this.#clean(text)}`))
  }

  window({ startMs, lengthMs, series }: Window): void {
    const bytes = encodeSeries(series, this.#names)
    const fresh = this.#names.all.slice(this.#namesWritten)
    if (fresh.length > 0) this.#frame(KINDS.names, Buffer.from(this.#clean(JSON.stringify(fresh))))
    this.#namesWritten = this.#names.all.length
    const span = new ByteWriter()
    span.double(startMs)
    span.double(lengthMs)
    this.#frame(KINDS.window, Buffer.concat([span.bytes(), bytes]))
  }

  close(): void { closeSync(this.#file) }

  #frame(kind: number, rest: Uint8Array): void {
    const payload = Buffer.concat([Buffer.from([kind]), rest])
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32LE(payload.length, 0)
    head.writeUInt32LE(crc32(payload), 4)
    this.#write(Buffer.concat([head, payload]))
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    this.sizeBytes += bytes.length
  }
}

/** What a log holds; `problem` where it is damaged: all before that was read. */
export interface LoggedRun {
  readonly timeline: Timeline
  readonly notes: LoggedNotes
  readonly problem: string | undefined
}

/** Reads a log. Throws the system's error when the file can't be read. */
export function readRunLog(path: string): LoggedRun {
  const bytes = readFileSync(path)
  const timeline = new Timeline()
  const notes: Record<string, unknown> = {}
  const names: SeriesName[] = []
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return { timeline, notes, problem: `${path}: this is no log of a run` }
  let at = MAGIC.length
  const damaged = (what: string): LoggedRun => ({ timeline, notes, problem: `${path}: ${what} at byte ${at}; what comes before it stands` })
  while (at < bytes.length) {
    if (at + HEAD_BYTES > bytes.length) return damaged('a frame is cut off')
    const length = bytes.readUInt32LE(at)
    if (length === 0 || length > PAYLOAD_BYTES_MAX) return damaged('a frame is damaged')
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + length)
    if (payload.length < length) return damaged('a frame is cut off')
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return damaged('a frame is damaged')
    take(payload, { timeline, notes, names })
    at += HEAD_BYTES + length
  }
  return { timeline, notes, problem: undefined }
}

interface Into { readonly timeline: Timeline; readonly notes: Record<string, unknown>; readonly names: SeriesName[] }

/** Takes one frame, which is as it was written; kinds of later versions are left out. */
function take(payload: Buffer, { timeline, notes, names }: Into): void {
  const rest = payload.subarray(1)
  switch (payload[0]) {
    case KINDS.json: {
      const text = rest.toString()
      const end = text.indexOf('\n')
      notes[JSON.parse(text.slice(0, end)) as string] = JSON.parse(text.slice(end + 1))
      break
    }
    case KINDS.names: names.push(...JSON.parse(rest.toString()) as SeriesName[]); break
    case KINDS.window: {
      const span = new ByteReader(rest)
      timeline.add({ startMs: span.double(), lengthMs: span.double(), series: decodeSeries(rest.subarray(16), names) })
      break
    }
    default: break
  }
}

// Holds what gets receive against what it says of itself, or against the payload it should be.
import {
  DescribedCheck, PayloadCheck, Stamp, StorageError, payloadContent, stampOf, type PayloadDifference, type PayloadSpec,
} from '../sdk/index.ts'
import type { ReceivedChecksum } from './checksum/received.ts'
import type { ByteRange, GetFacts, Sink } from './driver.ts'

/** One get's body on its way through. */
export interface BodyCheck {
  readonly sink: Sink
  /** Undefined when it was right or can't be judged. */
  finish(facts: GetFacts): PayloadDifference | undefined
  /** True when it was held against something. Known once it is finished. */
  readonly judged: boolean
  /** Which write the bytes said they are of, where they did. */
  readonly version?: number | undefined
}

/** What of a body is looked at where nobody asked for it: so much that it costs less than a twentieth of the get. */
const FRONT_BYTES = 16 * 1024

/**
 * The front of a body whose key could be anything's: what was copied, or put together from parts, is not judged. Only what was put as a
 * payload under this very name can be wrong.
 */
export class FrontCheck implements BodyCheck {
  readonly #name: string
  /** Of a body whose front is all in its first piece, as it nearly always is. */
  #stamp: Stamp | undefined
  #check: DescribedCheck | undefined
  #left = FRONT_BYTES

  constructor(name: string) { this.#name = name }

  readonly sink = (chunk: Uint8Array): void => {
    const left = this.#left
    if (left <= 0 || (left === FRONT_BYTES && this.#matches(chunk))) return
    this.#left -= chunk.length
    this.#check ??= new DescribedCheck({ names: [this.#name], strict: false, whole: false })
    this.#check.push(chunk.length > left ? chunk.subarray(0, left) : chunk)
  }

  /** False also where only a full check can tell. */
  #matches(chunk: Uint8Array): boolean {
    const stamp = Stamp.read(chunk, 0)
    if (stamp?.number !== 0 || !stamp.isOf(this.#name) || stamp.filler === undefined) return false
    const length = Math.min(FRONT_BYTES, stamp.sizeBytes)
    if (chunk.length < length || !stamp.matches(0, chunk.length === length ? chunk : chunk.subarray(0, length))) return false
    this.#stamp = stamp
    this.#left = 0
    return true
  }

  get judged(): boolean { return this.#stamp !== undefined || (this.#check?.judged === true && this.#check.stamp !== undefined) }

  finish({ bytes }: GetFacts): PayloadDifference | undefined {
    const stamp = this.#stamp ?? this.#check?.stamp
    const wrong = this.#check?.wrong
    if (wrong !== undefined || stamp === undefined || bytes >= stamp.sizeBytes) return wrong
    return { code: 'short', offset: bytes, message: `the bytes end at ${bytes} instead of ${stamp.sizeBytes}` }
  }
}

/** Names an object that was there before may have been written by: its key without what could be another run's prefix. */
function namesOf(key: string): string[] {
  const names = [key]
  for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) names.push(key.slice(slash + 1))
  return names
}

export interface WholeCheckOptions {
  /** The key as the script named it. */
  readonly name: string
  /** True when that is the whole key, of an object from before. */
  readonly existing: boolean
  readonly range: ByteRange | undefined
  /** A payload, or what the body says of itself. */
  readonly verify: PayloadSpec | true
  /** False: bytes that say nothing of themselves are not judged. */
  readonly strict: boolean
  /** False: what names another object isn't judged either, nor what comes behind the end that the bytes say. */
  readonly whole: boolean
  /** The write it must be of, or a later one; 0 = any. */
  readonly version: number
}

/** Every byte that was asked for. Undefined where nothing can be known: the end of an object whose size is not. */
export function wholeCheck({ name, existing, range, verify, strict, whole, version }: WholeCheckOptions): BodyCheck | undefined {
  const made = verify === true ? undefined : verify
  if (range?.first === undefined && range?.last !== undefined && made === undefined) return undefined
  const from = range === undefined ? 0 : range.first ?? Math.max(0, (made?.sizeBytes ?? 0) - (range.last ?? 0))
  const to = range?.first === undefined || range.last === undefined ? undefined : range.last + 1
  if (made?.pattern === 'zero') return checking(new PayloadCheck(payloadContent(made, name), from, to))
  return checking(new DescribedCheck({
    names: made?.key !== undefined ? [made.key] : existing ? namesOf(name) : [name], from, strict, whole, version,
    ...(to === undefined ? {} : { to }), ...(made === undefined ? {} : { made: stampOf(made, name) }),
  }))
}

const checking = (check: DescribedCheck | PayloadCheck): BodyCheck => ({
  sink: (chunk) => { check.push(chunk) },
  finish: () => check.finish(),
  get judged() { return !(check instanceof DescribedCheck) || check.judged },
  get version() { return check instanceof DescribedCheck ? check.stamp?.version : undefined },
})

/** The error of a body that its answer's checksum does not fit. */
export function checksumError(
  name: string, { name: algorithm, said, found }: NonNullable<ReturnType<ReceivedChecksum['finish']>>, { requestId }: GetFacts,
  endpoint: string,
): StorageError {
  return new StorageError('corrupt', `get ${name}: the ${algorithm} of the bytes is ${found}, and the answer says ${said}`, {
    detail: `checksum ${algorithm}: ${said} expected, ${found} found`, endpoint, ...(requestId === undefined ? {} : { requestId }),
  })
}

/** The error of a body that is not what it should be. `name` is the key as the script wrote it. */
export function differenceError(name: string, wrong: PayloadDifference, { requestId }: GetFacts, endpoint: string): StorageError {
  return new StorageError(wrong.code, `get ${name}: ${wrong.message}`, {
    detail: `offset ${wrong.offset}: ${wrong.message}`, endpoint, ...(requestId === undefined ? {} : { requestId }),
  })
}

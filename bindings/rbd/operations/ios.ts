// Single I/Os on an open image: what is written says who it is, what is read is checked as far as is asked.
import {
  PayloadCheck, StorageError, isPayload, payloadContent, payloadSpec, type Call, type Content, type Json, type Outcome,
} from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { IO_BYTES_MAX, bytesOf, checkPlace } from '../arguments.ts'
import { SECTOR_BYTES, fillSectors } from '../blocks.ts'
import type { Io, IoBuffer, IoKind } from '../driver.ts'
import type { Handle } from '../handle.ts'
import type { Span } from '../ledger.ts'
import { limited } from '../limited.ts'
import { outcomeOf, type OperationContext, type ScriptOperation } from './context.ts'

/** What a script may carry across the border in one body. */
const CARRIED_BYTES_MAX = 1024 ** 2

interface IoParts {
  readonly kind: IoKind
  readonly offset: number
  readonly length: number
  readonly buffer?: IoBuffer
  readonly compare?: IoBuffer
  readonly patternLength?: number
}

/** Submits one I/O and waits for it; its buffers are given back when it has ended, also where nobody waits any more. */
async function submit(context: OperationContext, { image }: Handle, parts: IoParts, call: Call, use: (io: Io) => void): Promise<void> {
  const { kind, offset, length, buffer, compare, patternLength = 0 } = parts
  const what = `${kind} of ${image.name}`
  const doing = new Promise<void>((resolve, reject) => {
    const io: Io = {
      kind, offset, length, buffer, compare, patternLength, bytes: 0, error: undefined,
      done: () => {
        try {
          if (io.error !== undefined) throw io.error
          use(io)
          resolve()
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        } finally {
          buffer?.release()
          compare?.release()
        }
      },
    }
    image.submit(io)
    call.mark('submitted')
  })
  await limited(what, call, context.clock, call.timeoutMs || context.settings.timeoutMs, doing)
}

/** Offset and length of an I/O on an open image, which must allow it. */
function placed(context: OperationContext, kind: IoKind, id: Json | undefined, offset: Json | undefined, length: Json | undefined) {
  const handle = context.images.get(kind, id)
  handle.allow(kind)
  const [from, bytes] = [bytesOf(kind, 'offset', offset), bytesOf(kind, 'length', length)]
  if (bytes === 0) throw invalid(`${kind}: length must be above 0`)
  checkPlace(kind, from, bytes, handle.image)
  return { handle, offset: from, length: bytes }
}

/** Runs an I/O that changes sectors, noting it for what is read later. */
async function changing(
  context: OperationContext, handle: Handle, parts: IoParts, version: number, call: Call,
): Promise<Outcome> {
  const { ledger } = handle
  const span = ledger.active ? ledger.begin(true, parts.offset, parts.length) : undefined
  let done = 0
  try {
    await submit(context, handle, parts, call, ({ bytes }) => { done = bytes })
    if (span !== undefined) ledger.end(span, version)
  } catch (error) {
    if (span !== undefined) ledger.end(span)
    throw error
  }
  return outcomeOf({ bytes: done }, 0, parts.kind === 'write' || parts.kind === 'writeSame' ? done : 0)
}

function copyInto(buffer: IoBuffer, content: Content): void {
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, content.sizeBytes - at)
    buffer.bytes.set(chunk, at)
    at += chunk.length
  }
}

const contentOf = (op: string, value: Json | undefined, name: string, seed: number): Content => {
  if (!isPayload(value)) throw invalid(`${op}: give a length, or a payload()`)
  const spec = payloadSpec(value, seed)
  if (spec.sizeBytes > IO_BYTES_MAX) throw invalid(`${op}: one I/O has at most ${IO_BYTES_MAX} bytes`)
  return payloadContent(spec, name)
}

/** `write(offset, length)`: sectors that say who they are; `write(offset, payload)`: those bytes. */
const write: ScriptOperation = (context, [id, at, body], call) => {
  const { images, seed } = context
  if (isPayload(body)) {
    const content = contentOf('write', body, images.get('write', id).name, seed)
    const { handle, offset, length } = placed(context, 'write', id, at, content.sizeBytes)
    const buffer = handle.image.buffer(length)
    copyInto(buffer, content)
    return changing(context, handle, { kind: 'write', offset, length, buffer }, 0, call)
  }
  const { handle, offset, length } = placed(context, 'write', id, at, body)
  if (offset % SECTOR_BYTES !== 0 || length % SECTOR_BYTES !== 0) {
    throw invalid(`write: what says who it is comes in sectors of ${SECTOR_BYTES}: give multiples of it, or a payload()`)
  }
  const buffer = handle.image.buffer(length)
  const version = handle.ledger.nextVersion()
  fillSectors(buffer.bytes, length, version * 17)
  handle.writer.stamp(buffer.words, offset / SECTOR_BYTES, length / SECTOR_BYTES, version, version * 17)
  return changing(context, handle, { kind: 'write', offset, length, buffer }, version, call)
}

const writeSame: ScriptOperation = (context, [id, at, size, pattern], call) => {
  const { handle, offset, length } = placed(context, 'writeSame', id, at, size)
  const content = contentOf('writeSame', pattern, handle.name, context.seed)
  const patternLength = content.sizeBytes
  if (patternLength === 0 || length % patternLength !== 0) throw invalid('writeSame: length must be a multiple of the pattern\'s')
  const buffer = handle.image.buffer(patternLength)
  copyInto(buffer, content)
  return changing(context, handle, { kind: 'writeSame', offset, length, buffer, patternLength }, 0, call)
}

const compareAndWrite: ScriptOperation = (context, [id, at, expected, body], call) => {
  const { name } = context.images.get('compareAndWrite', id)
  const [before, after] = [expected, body].map((value) => contentOf('compareAndWrite', value, name, context.seed)) as [Content, Content]
  if (before.sizeBytes !== after.sizeBytes) throw invalid('compareAndWrite: what is expected and what is written must be of one size')
  const { handle, offset, length } = placed(context, 'compareAndWrite', id, at, after.sizeBytes)
  const [buffer, compare] = [handle.image.buffer(length), handle.image.buffer(length)]
  copyInto(buffer, after)
  copyInto(compare, before)
  return changing(context, handle, { kind: 'compareAndWrite', offset, length, buffer, compare }, 0, call)
}

const zeroing = (kind: 'discard' | 'writeZeroes'): ScriptOperation => (context, [id, at, size], call) => {
  const { handle, offset, length } = placed(context, kind, id, at, size)
  return changing(context, handle, { kind, offset, length }, 0, call)
}

const flush: ScriptOperation = async (context, [id], call) => {
  const handle = context.images.get('flush', id)
  handle.allow('flush')
  await submit(context, handle, { kind: 'flush', offset: 0, length: 0 }, call, () => undefined)
  return outcomeOf({})
}

const READ_OPTIONS = ['verify', 'body'] as const

/** Judges what was read; true where there was something to hold it against. */
function judged(handle: Handle, io: Io, verify: Json | undefined, span: Span | undefined, seed: number): boolean {
  const { buffer, offset, length } = io
  if (buffer === undefined || verify === false) return false
  if (isPayload(verify)) {
    const check = new PayloadCheck(payloadContent(payloadSpec(verify, seed), handle.name), 0, length)
    check.push(buffer.bytes.subarray(0, length))
    const wrong = check.finish()
    if (wrong === undefined) return true
    throw new StorageError(wrong.code, `read of ${handle.image.name} at ${offset}: ${wrong.message}`)
  }
  if (offset % SECTOR_BYTES !== 0 || length < SECTOR_BYTES || (verify === undefined && !handle.checksFronts)) return false
  const { problem, judged: told, holes } = handle.judge(buffer, offset, verify === true ? length : SECTOR_BYTES, span)
  if (problem !== undefined) throw new StorageError(problem.code, `read of ${handle.image.name}: ${problem.message}`)
  if (verify === true && !told && holes === 0) {
    throw new StorageError('corrupt', `read of ${handle.image.name}: the bytes at ${offset} don't say what they are`)
  }
  return told
}

const read: ScriptOperation = async (context, [id, at, size, given], call) => {
  const options = optionsOf('read', given, READ_OPTIONS)
  const { body } = options
  const verify = options.verify ?? (context.verify === true ? true : undefined)
  if (body !== undefined && body !== 'bytes' && body !== 'text') throw invalid('read: body must be \'text\' or \'bytes\'')
  if (verify !== undefined && typeof verify !== 'boolean' && !isPayload(verify)) {
    throw invalid('read: verify must be true, false or a payload()')
  }
  const { handle, offset, length } = placed(context, 'read', id, at, size)
  if (body !== undefined && length > CARRIED_BYTES_MAX) {
    throw invalid(`read: ${length} bytes are too many to carry into a script (${CARRIED_BYTES_MAX}): leave body out, use verify`)
  }
  const { ledger } = handle
  const span = ledger.active ? ledger.begin(false, offset, length) : undefined
  let verified = false
  const reply: Record<string, Json> = { bytes: length }
  try {
    await submit(context, handle, { kind: 'read', offset, length, buffer: handle.image.buffer(length) }, call, (io) => {
      if (io.bytes < length) throw new StorageError('short', `read of ${handle.image.name}: ${io.bytes} bytes came instead of ${length}`)
      verified = judged(handle, io, verify, span, context.seed)
      if (body !== undefined && io.buffer !== undefined) {
        reply['body'] = Buffer.from(io.buffer.bytes.subarray(0, length)).toString(body === 'text' ? 'utf8' : 'latin1')
      }
    })
  } finally {
    if (span !== undefined) ledger.end(span)
  }
  return { ...outcomeOf(reply, length), verified }
}

export const IOS = { read, write, writeSame, compareAndWrite, discard: zeroing('discard'), writeZeroes: zeroing('writeZeroes'), flush }

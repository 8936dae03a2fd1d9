// One I/O of a loop: its place in the queue, used again and again; what it writes, and what is made of what it read.
import { StorageError, type MeteredStep, type Subject } from '../../sdk/index.ts'
import { SECTOR_BYTES, fillSectors, isHole } from '../blocks.ts'
import type { Io, IoBuffer, IoKind } from '../driver.ts'
import type { Handle } from '../handle.ts'
import type { Span } from '../ledger.ts'

/** Up to this, each write has a filler of its own; of larger ones the stamps alone are made anew. */
const REFILLED_BYTES_MAX = 64 * 1024

interface SlotOwner {
  /** The image's whole name. */
  readonly name: string
  ended(slot: Slot): void
}

/** One I/O's place in the queue, used again and again. */
export class Slot implements Io, MeteredStep {
  kind: IoKind = 'read'
  offset = 0
  length = 0
  buffer: IoBuffer | undefined
  readonly patternLength = 0
  readonly compare = undefined
  bytes = 0
  error: StorageError | undefined
  op = 'read'
  due = 0
  readonly paced: boolean
  started = 0
  submitted = 0
  ended = 0
  bytesIn = 0
  bytesOut = 0
  verified = false
  version = 0
  span: Span | undefined
  busy = false
  /** Where in the ring its buffer's filler is from, and how much of it is there. */
  place: number
  filledBytes = 0
  readonly #loop: SlotOwner

  constructor(loop: SlotOwner, paced: boolean, place: number) {
    this.#loop = loop
    this.paced = paced
    this.place = place
  }
  /** Takes up an I/O; a flush is of no place. */
  begin(kind: IoKind, op: string): void {
    this.kind = kind
    this.op = op
    this.error = undefined
    this.verified = false
    this.span = undefined
    this.offset = this.length = 0
    this.busy = true
  }
  done(): void { this.#loop.ended(this) }
  readonly subject = (): Subject => ({ key: `${this.#loop.name}+${this.offset}`, sizeBytes: this.length })
}

/** Makes the sectors of a write. */
export function fill(slot: Slot, handle: Handle): void {
  const { buffer, length } = slot
  if (buffer === undefined) return
  if (length <= REFILLED_BYTES_MAX) slot.place = (slot.place + 17) & 0xfff
  if (length <= REFILLED_BYTES_MAX || slot.filledBytes < length) {
    fillSectors(buffer.bytes, length, slot.place)
    slot.filledBytes = length
  }
  slot.version = handle.ledger.nextVersion()
  handle.writer.stamp(buffer.words, slot.offset / SECTOR_BYTES, length / SECTOR_BYTES, slot.version, slot.place)
}

/** Checks what was read, `whole` or its front, and notes what was written. True of a read of what was never written. */
export function judge(slot: Slot, handle: Handle, whole: boolean): boolean {
  const { kind, span, buffer, error, offset, length } = slot
  if (span !== undefined) handle.ledger.end(span, kind === 'write' && error === undefined ? slot.version : 0)
  if (kind !== 'read' || error !== undefined || buffer === undefined) return false
  slot.filledBytes = 0
  const what = `read of ${handle.image.name}`
  if (slot.bytes < length) {
    slot.error = new StorageError('short', `${what}: ${slot.bytes} bytes came at ${offset} instead of ${length}`)
    return false
  }
  if (!whole && isHole(buffer.words)) return true
  if (!whole && !handle.checksFronts) return false
  const { problem, holes, judged } = handle.judge(buffer, offset, whole ? length : SECTOR_BYTES, whole ? span : undefined)
  slot.verified = judged
  if (problem !== undefined) slot.error = new StorageError(problem.code, `${what}: ${problem.message}`)
  return problem === undefined && holes > 0
}

export const timedOut = ({ kind, offset }: Slot, name: string): StorageError =>
  new StorageError('timeout', `${kind} of ${name} at ${offset}: it had not ended when its time was over`, { detail: 'timeout' })

// An image a script has open: what it may do to it, and what its sectors are written and judged by.
import { StorageError } from '../sdk/index.ts'
import { SECTOR_BYTES, UNTOLD, hashName, judgeSectors, type KnownImage, type NameHash, type SectorReport, SectorWriter } from './blocks.ts'
import { invalid } from '../sdk/arguments.ts'
import type { IoBuffer, IoKind, OpenImage } from './driver.ts'
import type { ImageLedger, Span } from './ledger.ts'

export interface HandleOptions {
  readonly image: OpenImage
  /** As a script named it: what its sectors bear. */
  readonly name: string
  /** Names its sectors may bear beside it: of what it was cloned or copied from. */
  readonly origins: readonly string[]
  /** The run made it. */
  readonly own: boolean
  /** Why it may not be written to; undefined where it may. */
  readonly readOnly: string | undefined
  readonly seed: number
  /** The shard. */
  readonly writer: number
  readonly ledger: ImageLedger
  /** False: nothing is checked that the script doesn't ask to be. */
  readonly checksFronts: boolean
}

export class Handle {
  readonly image: OpenImage
  readonly own: boolean
  readonly name: string
  readonly ledger: ImageLedger
  readonly writer: SectorWriter
  readonly checksFronts: boolean
  readonly #readOnly: string | undefined
  readonly #names: readonly NameHash[]
  readonly #shard: number

  constructor({ image, name, origins, own, readOnly, seed, writer, ledger, checksFronts }: HandleOptions) {
    this.image = image
    this.name = name
    this.own = own
    this.ledger = ledger
    this.checksFronts = checksFronts
    this.#readOnly = readOnly
    this.#shard = writer
    this.#names = [name, ...origins].map(hashName)
    this.writer = new SectorWriter(this.#names[0] ?? hashName(name), seed, writer)
  }

  /** Throws where an I/O of this kind can't be done here, or may not. */
  allow(kind: IoKind): void {
    if (kind !== 'read' && kind !== 'flush' && this.#readOnly !== undefined) throw invalid(`${kind}: ${this.#readOnly}`)
    if (this.image.kinds.has(kind)) return
    throw new StorageError('unsupported', `${kind}: the driver can't do this to ${this.image.name}; it has ` +
      ([...this.image.kinds].join(', ') || 'no single I/Os'), { detail: 'driver' })
  }

  /** Throws where the image itself may not be changed. */
  allowChange(op: string): void { if (this.#readOnly !== undefined) throw invalid(`${op}: ${this.#readOnly}`) }

  /** Judges whole sectors that were read; `span`: what the ledger knew of it, where it was asked. */
  judge({ words, bytes }: IoBuffer, offset: number, length: number, span: Span | undefined): SectorReport {
    const known: KnownImage = {
      names: this.#names, writer: this.#shard, strict: span !== undefined && this.own,
      expected: (sector) => span === undefined ? 0 : span.contended ? UNTOLD : this.ledger.expected(sector),
    }
    return judgeSectors(words, bytes, offset / SECTOR_BYTES, Math.floor(length / SECTOR_BYTES), known)
  }
}

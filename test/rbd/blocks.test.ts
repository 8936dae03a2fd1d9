// Sectors that say who they are: what is wrong with one is found and named.
import { expect } from 'chai'
import fc from 'fast-check'
import {
  SECTOR_BYTES, SectorWriter, UNTOLD, fillSectors, hashName, isHole, judgeSectors, type KnownImage,
} from '../../bindings/rbd/blocks.ts'
import { ImageLedger } from '../../bindings/rbd/ledger.ts'

const NAME = hashName('disk')
const SECTORS = 16
const known = (more: Partial<KnownImage> = {}): KnownImage => ({ names: [NAME], writer: 3, strict: true, expected: () => 0, ...more })

/** Memory with sectors written by one or several writes. */
class Disk {
  readonly words = new Int32Array(SECTORS * SECTOR_BYTES / 4)
  readonly bytes = new Uint8Array(this.words.buffer)
  write(from: number, sectors: number, version: number, { name = 'disk', at = from, writer = 3 } = {}): this {
    const words = new Int32Array(sectors * SECTOR_BYTES / 4)
    const bytes = new Uint8Array(words.buffer)
    fillSectors(bytes, bytes.length, version * 5)
    new SectorWriter(hashName(name), 7, writer).stamp(words, from, sectors, version, version * 5)
    this.bytes.set(bytes, at * SECTOR_BYTES)
    return this
  }
  judge(more?: Partial<KnownImage>) { return judgeSectors(this.words, this.bytes, 0, SECTORS, known(more)) }
}

const codeOf = (disk: Disk, more?: Partial<KnownImage>): string => disk.judge(more).problem?.code ?? 'ok'

describe('rbd: sectors', () => {
  it('are right as they were written, in any order and number of writes', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(SECTORS - 1), fc.integer({ min: 1, max: SECTORS })), { maxLength: 20 }), (writes) => {
      const disk = new Disk()
      const ledger = new ImageLedger()
      for (const [from, wanted] of writes) {
        const sectors = Math.min(wanted, SECTORS - from)
        const span = ledger.begin(true, from * SECTOR_BYTES, sectors * SECTOR_BYTES)
        const version = ledger.nextVersion()
        disk.write(from, sectors, version)
        ledger.end(span, version)
      }
      const { problem, holes } = disk.judge({ expected: (sector) => ledger.expected(sector) })
      expect(problem).to.equal(undefined)
      expect(holes).to.equal(Array.from({ length: SECTORS }, (_, n) => ledger.expected(n)).filter((version) => version === 0).length)
    }))
  })

  it('show any byte that was changed', () => {
    fc.assert(fc.property(fc.nat(SECTORS * SECTOR_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const disk = new Disk().write(0, SECTORS, 4)
      disk.bytes[at] = (disk.bytes[at] ?? 0) ^ change
      const { problem } = disk.judge({ expected: () => 4 })
      expect(problem?.code).to.equal('corrupt')
      expect(Math.floor((problem?.offset ?? 0) / SECTOR_BYTES)).to.equal(Math.floor(at / SECTOR_BYTES))
    }))
  })

  const WRONG: Readonly<Record<string, readonly [Disk, string, Partial<KnownImage>?]>> = {
    'nothing where a write was confirmed': [new Disk().write(0, 8, 1), 'lost', { expected: () => 1 }],
    'an earlier write than was confirmed': [new Disk().write(0, SECTORS, 1), 'stale', { expected: () => 2 }],
    'a write of which the end is missing': [new Disk().write(0, SECTORS, 1).write(0, 8, 2, {}), 'ok'],
    'half of a write': [(() => {
      const disk = new Disk().write(0, SECTORS, 1)
      const whole = new Disk().write(0, SECTORS, 2)
      disk.bytes.set(whole.bytes.subarray(0, 8 * SECTOR_BYTES))
      return disk
    })(), 'torn'],
    'the first half of it missing': [(() => {
      const disk = new Disk().write(0, SECTORS, 2)
      disk.bytes.set(new Disk().write(0, SECTORS, 1).bytes.subarray(0, 8 * SECTOR_BYTES))
      return disk
    })(), 'torn'],
    'another place\'s': [new Disk().write(0, 8, 1).write(0, 8, 2, { at: 8 }), 'misplaced'],
    'another image\'s': [new Disk().write(0, SECTORS, 1, { name: 'other' }), 'misplaced'],
    'its origin\'s': [new Disk().write(0, SECTORS, 1, { name: 'other' }), 'ok', { names: [NAME, hashName('other')] }],
    'bytes that say nothing': [(() => {
      const disk = new Disk().write(0, SECTORS, 1)
      disk.bytes.fill(9, 0, SECTOR_BYTES)
      return disk
    })(), 'corrupt'],
    'the same where nobody is strict': [(() => {
      const disk = new Disk()
      disk.bytes.fill(9)
      return disk
    })(), 'ok', { strict: false }],
    'an earlier write of another writer': [new Disk().write(0, SECTORS, 1, { writer: 4 }), 'ok', { expected: () => 9 }],
    'two writes at once': [(() => {
      const disk = new Disk().write(0, SECTORS, 1)
      disk.bytes.set(new Disk().write(0, SECTORS, 2).bytes.subarray(0, 8 * SECTOR_BYTES))
      return disk
    })(), 'ok', { expected: () => UNTOLD }],
  }
  for (const [what, [disk, code, more]] of Object.entries(WRONG)) {
    it(`tell ${what}: ${code}`, () => { expect(codeOf(disk, more)).to.equal(code) })
  }

  it('that were never written are holes', () => {
    const disk = new Disk()
    expect([isHole(disk.words), disk.judge().holes, disk.judge().judged]).to.deep.equal([true, SECTORS, false])
    disk.write(0, 1, 1)
    expect([isHole(disk.words), disk.judge().holes]).to.deep.equal([false, SECTORS - 1])
  })
})

describe('rbd: the ledger', () => {
  it('remembers no version where two writes were under way at once, until one comes alone', () => {
    const ledger = new ImageLedger()
    const first = ledger.begin(true, 0, 4096)
    const second = ledger.begin(true, 2048, 4096)
    ledger.end(first, 1)
    ledger.end(second, 2)
    expect([0, 3, 4, 8, 12].map((sector) => ledger.expected(sector))).to.deep.equal([UNTOLD, UNTOLD, UNTOLD, UNTOLD, 0])
    ledger.end(ledger.begin(true, 0, 4096), 3)
    expect([0, 7, 8].map((sector) => ledger.expected(sector))).to.deep.equal([3, 3, UNTOLD])
  })

  it('tells a read that a write touched what it reads meanwhile', () => {
    const ledger = new ImageLedger()
    const [one, other] = [ledger.begin(false, 0, 512), ledger.begin(false, 0, 512)]
    expect([one.contended, other.contended]).to.deep.equal([false, false])
    ledger.begin(true, 0, 512)
    expect([one.contended, other.contended]).to.deep.equal([true, true])
  })

  it('knows nothing of what a failed write left', () => {
    const ledger = new ImageLedger()
    ledger.end(ledger.begin(true, 0, 512), 1)
    expect(ledger.expected(0)).to.equal(1)
    ledger.end(ledger.begin(true, 0, 512))
    expect(ledger.expected(0)).to.equal(0)
  })
})

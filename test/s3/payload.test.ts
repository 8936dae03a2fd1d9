// Payload bytes: the same from any offset, different for every object, as compressible as they say, and checked to the byte.
import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  DescribedCheck, PayloadCheck, StorageError, addFile, bytesContent, payloadContent, payloadSpec, stampOf,
  type Content, type PayloadPattern, type PayloadSpec,
} from '../../bindings/sdk/index.ts'

const spec = (sizeBytes: number, more: Partial<PayloadSpec> = {}): PayloadSpec => ({ sizeBytes, seed: 42, pattern: 'random', ...more })

function allOf(content: Content, maxLength = Infinity, from = 0): Buffer {
  const chunks: Uint8Array[] = []
  for (let at = from; at < content.sizeBytes;) {
    const chunk = content.chunk(at, maxLength)
    expect(chunk.length).to.be.within(1, Math.min(maxLength, content.sizeBytes - at))
    chunks.push(chunk)
    at += chunk.length
  }
  return Buffer.concat(chunks)
}

const mix = (word: number): number => {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

describe('a payload', () => {
  const patterns: readonly PayloadPattern[] = ['random', 'zero', 'text']
  it('has the same bytes however it is read', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 9_000_000 }), fc.nat(), fc.constantFrom(...patterns),
      fc.integer({ min: 1, max: 70_000 }), (sizeBytes, at, pattern, length) => {
      const content = payloadContent(spec(sizeBytes, { pattern }), 'k')
      const offset = at % sizeBytes
      const end = Math.min(sizeBytes, offset + length)
      const part: Buffer[] = []
      for (let p = offset; p < end;) {
        const chunk = content.chunk(p, Math.min(977, end - p))
        part.push(Buffer.from(chunk))
        p += chunk.length
      }
      const whole: Buffer[] = []
      for (let p = offset; p < end;) {
        const chunk = content.chunk(p, end - p)
        whole.push(Buffer.from(chunk))
        p += chunk.length
      }
      expect(Buffer.concat(part).equals(Buffer.concat(whole))).to.equal(true)
      expect(Buffer.concat(part)).to.have.length(end - offset)
    }), { numRuns: 60 })
  })
  it('is what its format says: eight words at the front of each block, the ring between them', () => {
    const sizeBytes = 5 * 1024 ** 2 + 100
    const seed = 2 ** 40 + 42
    const bytes = allOf(payloadContent(spec(sizeBytes, { seed, version: 7 }), 'some/key'))
    const key: number[] = []
    for (const block of [0, 1, 2, 1024, 1280]) {
      const [check = 0, ...words] = Array.from({ length: 8 }, (_, word) => bytes.readUInt32LE(block * 4096 + 4 * word))
      const [a = 0, b = 0] = words
      key.push(a, b)
      expect(words).to.deep.equal([a, b, seed % 2 ** 32, 2 ** 8, 7, sizeBytes, block])
      const base = words.slice(1, 6).reduce((hash, word) => mix(hash + word), mix(a ^ 0x63735632))
      expect(check).to.equal(mix(base ^ Math.imul(block, 0x9e3779b9)))
    }
    expect(new Set(key).size, 'every block names the same key').to.equal(2)
    for (const p of [32, 33, 4095, 4128, 9999, 4 * 1024 ** 2 + 999]) {
      const word = mix(Math.imul(((p % (4 * 1024 ** 2)) >> 2) + 1, 0x9e3779b9))
      expect(bytes[p], `byte ${p}`).to.equal((word >>> (8 * (p & 3))) & 255)
    }
  })
  it('differs in its first bytes between any two keys or seeds', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 20_000; i++) seen.add(Buffer.from(payloadContent(spec(16), `obj-${i}`).chunk(0, 16)).toString('hex'))
    for (let i = 0; i < 20_000; i++) seen.add(Buffer.from(payloadContent(spec(16, { seed: i + 1000 }), 'obj').chunk(0, 16)).toString('hex'))
    seen.add(Buffer.from(payloadContent(spec(16, { seed: 2 ** 40 + 42 }), 'obj-1').chunk(0, 16)).toString('hex'))
    expect(seen.size).to.equal(40_001)
  })
  it('is incompressible when random, compressible when text, nothing when zero', () => {
    const size = 6 * 1024 ** 2
    const ratio = (pattern: PayloadPattern) => deflateRawSync(allOf(payloadContent(spec(size, { pattern }), 'z')),
      { level: 1 }).length / size
    expect(ratio('random')).to.be.above(0.99)
    expect(ratio('text')).to.be.within(0.1, 0.7)
    expect(ratio('zero')).to.be.below(0.01)
    expect(allOf(payloadContent(spec(3000, { pattern: 'text' }), 'z')).toString('latin1', 32)).to.match(/^[a-z \n]+$/)
    for (const percent of [0, 30, 80, 100]) {
      const compressed = deflateRawSync(allOf(payloadContent(spec(size, { compressible: percent }), 'z')), { level: 1 }).length
      expect(compressed / size, `${percent} % compressible`).to.be.closeTo(1 - percent / 100, 0.02)
    }
  })
  it('is in so many of its units the same as every other object when it is dedupable, but never in its first', () => {
    const unitsOf = (percent: number, key: string): string[] => {
      const bytes = allOf(payloadContent(spec(64 * 1024 * 1000, { dedupable: percent }), key))
      return Array.from({ length: 1000 }, (_, unit) =>
        createHash('md5').update(bytes.subarray(unit * 65_536, (unit + 1) * 65_536)).digest('hex'))
    }
    for (const percent of [0, 40, 100]) {
      const [one, other] = [unitsOf(percent, 'a'), unitsOf(percent, 'b')]
      expect(one.filter((unit, n) => unit === other[n]).length / 10).to.be.closeTo(percent, 3)
      expect(one[0]).to.not.equal(other[0])
    }
  })
  it('is handed out from the one ring in small pieces, and stamped in windows that are used again in large ones', () => {
    const content = payloadContent(spec(3 * 1024 ** 2), 'k')
    expect(content.chunk(32, 100).buffer).to.equal(payloadContent(spec(50), 'other').chunk(32, 10).buffer)
    const first = content.lend?.(0, 2 ** 20)
    expect(first).to.have.length(256 * 1024)
    content.returned?.()
    expect(payloadContent(spec(5000), 'other').lend?.(0, 5000).buffer).to.equal(first?.buffer)
  })
  it('is made of a file where one is given: its bytes over and over, between the stamps', () => {
    const bytes = Buffer.from('what a file holds, ')
    const file = addFile(bytes)
    expect(addFile(Buffer.from(bytes)), 'the same bytes, the same number').to.equal(file)
    expect(addFile(Buffer.from('what another file holds'))).to.not.equal(file)
    const size = 4 * 1024 ** 2 + 50_000
    const made = allOf(payloadContent(spec(size, { file }), 'k'))
    for (const p of [32, 4095, 4128, 1_000_000, 4 * 1024 ** 2 + 40]) expect(made[p]).to.equal(bytes[p % (4 * 1024 ** 2) % bytes.length])
    const check = new DescribedCheck({ names: ['k'], strict: true, whole: true })
    check.push(made)
    expect([check.finish(), check.judged, check.stamp?.kind]).to.deep.equal([undefined, true, 'file'])
    const unknown = stampOf(spec(size, { file: file + 1 }), 'k')
    const words = new Int32Array(8)
    unknown.write(words, 0, 0, 1)
    const other = new DescribedCheck({ names: ['k'], strict: true, whole: true })
    other.push(Buffer.concat([Buffer.from(words.buffer), Buffer.alloc(4064)]))
    expect([other.finish(), other.judged], 'a file that is not known here').to.deep.equal([undefined, false])
    expect(() => payloadContent(spec(size, { file: file + 1 }), 'k')).to.throw(StorageError, 'fromFile()')
  })
  it('is made for another name where one is given', () => {
    expect(allOf(payloadContent(spec(100, { key: 'a' }), 'b')).equals(allOf(payloadContent(spec(100), 'a')))).to.equal(true)
  })
})

describe('a payload\'s check', () => {
  const content = payloadContent(spec(5_000_000), 'k')
  const bytes = allOf(content)
  const feed = (check: PayloadCheck, data: Buffer, piece: number): void => {
    for (let at = 0; at < data.length; at += piece) check.push(data.subarray(at, at + piece))
  }
  it('passes the right bytes, split anyhow, and any part of them', () => {
    for (const piece of [1000, 65_536, 5_000_000]) {
      const check = new PayloadCheck(content)
      feed(check, bytes, piece)
      expect(check.finish()).to.equal(undefined)
    }
    const part = new PayloadCheck(content, 4_194_300, 4_194_400)
    feed(part, bytes.subarray(4_194_300, 4_194_400), 7)
    expect(part.finish()).to.equal(undefined)
  })
  it('names the first wrong byte wherever it is', () => {
    fc.assert(fc.property(fc.nat(4_999_999), fc.integer({ min: 1, max: 255 }), fc.integer({ min: 10_000, max: 300_000 }),
      (offset, flip, piece) => {
      const wrong = Buffer.from(bytes)
      wrong[offset] = (wrong[offset] ?? 0) ^ flip
      const check = new PayloadCheck(content)
      feed(check, wrong, piece)
      expect(check.finish()).to.include({ code: 'corrupt', offset })
    }), { numRuns: 20 })
  })
  it('tells bytes that are missing from bytes that are too many', () => {
    const short = new PayloadCheck(content)
    feed(short, bytes.subarray(0, 1234), 100)
    expect(short.finish()).to.include({ code: 'short', offset: 1234 })
    const long = new PayloadCheck(bytesContent(Buffer.from('abc')))
    long.push(Buffer.from('abcd'))
    expect(long.finish()).to.include({ code: 'corrupt', offset: 3 })
    expect(new PayloadCheck(bytesContent(Buffer.alloc(0))).finish()).to.equal(undefined)
  })
})

describe('a payload from a sandbox', () => {
  it('takes the run\'s seed where it has none', () => {
    expect(payloadSpec({ payload: true, sizeBytes: 5, compressible: 20 }, 9)).to.deep.include({ compressible: 20 })
    expect(payloadSpec({ payload: true, sizeBytes: 5 }, 9)).to.deep.equal({ sizeBytes: 5, seed: 9, pattern: 'random' })
    expect(payloadSpec({ payload: true, sizeBytes: 5, seed: 1, pattern: 'text', key: 'x' }, 9)).to.deep.equal({ sizeBytes: 5, seed: 1,
      pattern: 'text', key: 'x' })
  })
  for (const wrong of [{ sizeBytes: -1 }, { sizeBytes: 1.5 }, { sizeBytes: '4' }, {}, { sizeBytes: 1, seed: 'x' },
    { sizeBytes: 1, pattern: 'noise' }, { sizeBytes: 1, key: 3 }, { sizeBytes: 1, compressible: 101 }, { sizeBytes: 1, dedupable: 0.5 },
    { sizeBytes: 1, dedupable: 'x' }, { sizeBytes: 1, pattern: 'text', compressible: 5 },
    { sizeBytes: 1, compressible: 5, dedupable: 5 }, { sizeBytes: 1, file: 'x' }, { sizeBytes: 1, file: 5, dedupable: 5 }]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      expect(() => payloadSpec({ payload: true, ...wrong }, 1)).to.throw(StorageError, /^payload: /).with.property('code', 'invalid')
    })
  }
})

// Bytes that say who they are: whatever was done to them is found, named rightly and where it is; what is right passes.
import { expect } from 'chai'
import fc from 'fast-check'
import {
  DescribedCheck, payloadContent, stampOf, type Content, type PayloadDifference, type PayloadSpec,
} from '../../bindings/sdk/index.ts'

const BLOCK = 4096
const spec = (sizeBytes: number, more: Partial<PayloadSpec> = {}): PayloadSpec => ({ sizeBytes, seed: 42, pattern: 'random', ...more })

/** All bytes, each way a content gives them. */
function bytesOf(content: Content, way: 'chunk' | 'lend' = 'chunk', maxLength = Infinity): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = way === 'lend' ? content.lend?.(at, maxLength) ?? content.chunk(at, maxLength) : content.chunk(at, maxLength)
    expect(chunk.length).to.be.within(1, Math.min(maxLength, content.sizeBytes - at))
    chunks.push(Buffer.from(chunk))
    at += chunk.length
    if (way === 'lend') content.returned?.()
  }
  return Buffer.concat(chunks)
}
const made = (sizeBytes: number, key = 'k', more: Partial<PayloadSpec> = {}): Buffer => bytesOf(payloadContent(spec(sizeBytes, more), key))

type Given = Partial<ConstructorParameters<typeof DescribedCheck>[0]>
interface Found { readonly difference: PayloadDifference | undefined; readonly judged: boolean }
function found(bytes: Uint8Array, given: Given = {}, piece = 10_000): Found {
  const check = new DescribedCheck({ names: ['k'], strict: true, whole: true, ...given })
  for (let at = 0; at < bytes.length; at += piece) check.push(bytes.subarray(at, at + piece))
  const difference = check.finish()
  return { difference, judged: check.judged }
}
const RIGHT: Found = { difference: undefined, judged: true }

/** A random object: its bytes and how they are cut. */
const sizes = fc.oneof(
  fc.integer({ min: 32, max: 20_000 }), fc.integer({ min: 32, max: 6_000_000 }), fc.constantFrom(32, 4095, 4096, 4097, 4127, 8192))
const kinds: fc.Arbitrary<Partial<PayloadSpec>> = fc.oneof(
  fc.constant({}), fc.constant({ pattern: 'text' as const }), fc.nat(100).map((compressible) => ({ compressible })),
  fc.nat(100).map((dedupable) => ({ dedupable })))
const pieces = fc.constantFrom(1000, 4096, 16_400, 65_536, 262_144)

describe('bytes that say who they are', () => {
  it('are the same however they are read', () => {
    fc.assert(fc.property(sizes, kinds, fc.integer({ min: 500, max: 300_000 }), (sizeBytes, kind, piece) => {
      const content = payloadContent(spec(sizeBytes, kind), 'k')
      const whole = bytesOf(content)
      expect(bytesOf(content, 'chunk', piece).equals(whole)).to.equal(true)
      expect(bytesOf(content, 'lend').equals(whole)).to.equal(true)
      expect(bytesOf(content, 'lend', piece).equals(whole)).to.equal(true)
    }), { numRuns: 30 })
  })

  it('keep what was lent until it is returned, whoever else is lent some', () => {
    const one = payloadContent(spec(300_000), 'one')
    const other = payloadContent(spec(300_000), 'other')
    const lent = one.lend?.(0, 300_000) ?? Buffer.alloc(0)
    const before = Buffer.from(lent)
    other.lend?.(0, 300_000)
    bytesOf(payloadContent(spec(300_000), 'third'), 'lend')
    expect(before.equals(lent)).to.equal(true)
  })

  it('make 10 GiB in less than 32 MiB', function () {
    this.timeout(60_000)
    const content = payloadContent(spec(10 * 1024 ** 3), 'k')
    const memoryBytes = (): number => process.memoryUsage().arrayBuffers
    bytesOf(payloadContent(spec(1000), 'k'))
    const before = memoryBytes()
    let most = 0
    for (let at = 0, burst = 0; at < content.sizeBytes; burst++) {
      at += content.lend?.(at, 1024 ** 2).length ?? 1
      if (burst % 4 === 3) content.returned?.()
      if (burst % 1000 === 0) most = Math.max(most, memoryBytes())
    }
    expect(most - before).to.be.below(32 * 1024 ** 2)
  })

  it('pass the check, whole and in parts, cut anyhow', () => {
    fc.assert(fc.property(sizes, kinds, pieces, fc.nat(), fc.nat(), fc.nat(1000), (sizeBytes, kind, piece, first, length, version) => {
      const bytes = made(sizeBytes, 'k', { ...kind, version })
      expect(found(bytes, {}, piece)).to.deep.equal(RIGHT)
      const from = first % sizeBytes
      const to = from + 1 + length % (sizeBytes - from)
      const stamp = stampOf(spec(sizeBytes, { ...kind, version }), 'k')
      const part = bytes.subarray(from, to)
      expect(found(part, { from, to, made: stamp }, piece)).to.deep.equal(RIGHT)
      expect(found(part, { from, to }, piece).difference).to.equal(undefined)
    }), { numRuns: 60 })
  })

  it('judge a part of which a stamp came, and no part of which none did', () => {
    const bytes = made(20_000)
    expect(found(bytes.subarray(5000, 8224), { from: 5000, to: 8224 })).to.deep.equal(RIGHT)
    expect(found(bytes.subarray(5000, 8223), { from: 5000, to: 8223 })).to.deep.equal({ difference: undefined, judged: false })
  })

  it('show a wrong byte, wherever it is', () => {
    fc.assert(fc.property(sizes, kinds, pieces, fc.nat(), fc.integer({ min: 1, max: 255 }), (sizeBytes, kind, piece, place, flip) => {
      const bytes = made(sizeBytes, 'k', kind)
      const offset = place % sizeBytes
      bytes[offset] = (bytes[offset] ?? 0) ^ flip
      // Of the first stamp nothing is known yet: all of it is wrong.
      expect(found(bytes, {}, piece).difference).to.include({ code: 'corrupt', offset: offset < 32 ? 0 : offset })
      const stamp = stampOf(spec(sizeBytes, kind), 'k')
      expect(found(bytes, { made: stamp }, piece).difference).to.include({ code: 'corrupt', offset })
    }), { numRuns: 60 })
  })

  it('show where they end too early, and where too late', () => {
    fc.assert(fc.property(sizes, kinds, pieces, fc.nat(), (sizeBytes, kind, piece, at) => {
      const bytes = made(sizeBytes, 'k', kind)
      const offset = 32 + at % Math.max(1, sizeBytes - 32)
      if (offset < sizeBytes) {
        expect(found(bytes.subarray(0, offset), {}, piece).difference).to.include({ code: 'short', offset })
      }
      const long = Buffer.concat([bytes, Buffer.alloc(16)])
      expect(found(long, {}, piece).difference).to.include({ code: 'corrupt', offset: sizeBytes })
      expect(found(long, { whole: false }, piece)).to.deep.equal(RIGHT)
    }), { numRuns: 40 })
  })

  it('tell blocks that are in the wrong place, of another object, and of another write', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), pieces, (blocks, one, two, piece) => {
      const bytes = made(blocks * BLOCK, 'k', { version: 3 })
      const block = one % blocks
      const other = two % blocks
      const put = (from: Buffer, n: number): Buffer => Buffer.concat([
        bytes.subarray(0, block * BLOCK), from.subarray(n * BLOCK, (n + 1) * BLOCK), bytes.subarray((block + 1) * BLOCK)])
      const offset = block * BLOCK
      if (block !== other) expect(found(put(bytes, other), {}, piece).difference).to.include({ code: 'misplaced', offset })
      expect(found(put(made(blocks * BLOCK, 'x'), block), {}, piece).difference).to.include({ code: 'misplaced', offset })
      // Of two writes the first block's is taken for the right one.
      const torn = { code: 'torn', offset: block === 0 ? BLOCK : offset }
      expect(found(put(made(blocks * BLOCK, 'k', { version: 2 }), block), {}, piece).difference).to.include(torn)
      expect(found(put(made(blocks * BLOCK, 'k', { version: 3, seed: 1 }), block), {}, piece).difference).to.include(torn)
      expect(found(put(made(blocks * BLOCK + 1, 'k', { version: 3 }), block), {}, piece).difference).to.include(torn)
      expect(found(put(made(blocks * BLOCK, 'k', { version: 3, compressible: 0 }), block), {}, piece).difference).to.include(torn)
    }), { numRuns: 40 })
  })

  it('tell another object, an older write, and what was made in another way', () => {
    const bytes = made(10_000, 'k', { version: 5 })
    expect(found(bytes, { names: ['x'] }).difference).to.include({ code: 'misplaced', offset: 0 })
    expect(found(bytes, { names: ['x', 'k'] })).to.deep.equal(RIGHT)
    expect(found(bytes, { names: ['x'], whole: false })).to.deep.equal({ difference: undefined, judged: false })
    expect(found(bytes, { version: 5 })).to.deep.equal(RIGHT)
    expect(found(bytes, { version: 6 }).difference).to.include({ code: 'stale', offset: 0 })
    const other = (more: Partial<PayloadSpec>, sizeBytes = 10_000): Given => ({ made: stampOf(spec(sizeBytes, more), 'k') })
    expect(found(bytes, other({ seed: 43 })).difference).to.include({ code: 'corrupt', offset: 0 })
    expect(found(bytes, other({ pattern: 'text' })).difference).to.include({ code: 'corrupt', offset: 0 })
    expect(found(bytes, other({}, 12_000)).difference).to.include({ code: 'short', offset: 10_000 })
    expect(found(bytes, other({}, 9000)).difference).to.include({ code: 'corrupt', offset: 9000 })
  })

  it('are not taken for what others wrote', () => {
    const text = Buffer.from('nothing of ours '.repeat(1000))
    expect(found(text).difference).to.include({ code: 'corrupt', offset: 0 })
    expect(found(text, { strict: false })).to.deep.equal({ difference: undefined, judged: false })
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 9000 }), (noise) => {
      fc.pre(noise.some((byte) => byte !== 0))
      expect(found(noise, { strict: false }).judged).to.equal(false)
    }))
    expect(found(Buffer.alloc(0))).to.deep.equal({ difference: undefined, judged: false })
    expect(found(Buffer.alloc(31))).to.deep.equal({ difference: undefined, judged: false })
  })

  it('are compared with what they must be where they are too few to say it', () => {
    for (const sizeBytes of [0, 1, 10, 31]) {
      const stamp = stampOf(spec(sizeBytes, { version: 9 }), 'k')
      const bytes = made(sizeBytes, 'k', { version: 4 })
      expect(found(bytes, { made: stamp })).to.deep.equal(RIGHT)
      if (sizeBytes > 0) {
        expect(found(bytes.subarray(1), { made: stamp }).difference?.code).to.be.oneOf(['corrupt', 'short'])
        expect(found(bytes.subarray(0, -1), { made: stamp }).difference).to.include({ code: 'short', offset: sizeBytes - 1 })
      }
      expect(found(Buffer.concat([bytes, bytes, Buffer.alloc(1)]), { made: stamp }).difference).to.include({ code: 'corrupt' })
    }
  })
})

// Sizes: what they mean, and what is refused for meaning two things.
import { expect } from 'chai'
import fc from 'fast-check'
import { SizeError, formatSize, parseSize, type Json } from '../../bindings/sdk/index.ts'

describe('sizes', () => {
  const good: readonly (readonly [Json, number])[] = [
    [0, 0], [4096, 4096], ['4096', 4096], ['4KiB', 4096], ['4kib', 4096], ['1.5 MB', 1_500_000], ['0.5KiB', 512], ['64MiB', 67_108_864],
    ['1GB', 1e9], ['2 TiB', 2 * 1024 ** 4], ['7B', 7],
  ]
  for (const [value, bytes] of good) {
    it(`reads ${JSON.stringify(value)} as ${bytes} bytes`, () => { expect(parseSize(value)).to.equal(bytes) })
  }

  for (const value of ['', ' 4', '4  KiB', '-1', '1e3', '4KX', '1.3KiB', '.5KiB', '9007199254740992', '8PiB', -1, 1.5, NaN, null, true,
    []] as Json[]) {
    it(`refuses ${JSON.stringify(value)}`, () => { expect(() => parseSize(value)).to.throw(SizeError) })
  }

  it('refuses 64k and names both things it could mean', () => {
    expect(() => parseSize('64k')).to.throw(SizeError, /64KiB.*64KB/)
  })

  it('reads back every size it prints', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => { expect(parseSize(formatSize(bytes))).to.equal(bytes) }))
    expect(formatSize(64 * 1024 ** 2)).to.equal('64MiB')
    expect(formatSize(0)).to.equal('0B')
  })
})

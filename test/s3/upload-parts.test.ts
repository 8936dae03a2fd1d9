// How an upload is cut into parts: all of it, nothing twice, in sizes S3 takes.
import { expect } from 'chai'
import fc from 'fast-check'
import { partsOf } from '../../bindings/s3/operations/upload.ts'
import { sliceOf } from '../../bindings/s3/slice.ts'
import { payloadContent } from '../../bindings/sdk/index.ts'

describe('the parts of an upload', () => {
  it('follow one another from the first byte to the last, each of the size asked for but the last', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 2 ** 28, max: 2 ** 32 }), (sizeBytes, partSize) => {
      const parts = partsOf(sizeBytes, partSize, undefined)
      expect(parts[0]?.[0]).to.equal(0)
      expect(parts.at(-1)?.[1]).to.equal(sizeBytes)
      for (const [index, [from, to]] of parts.entries()) {
        expect(from).to.equal(parts[index - 1]?.[1] ?? 0)
        if (index < parts.length - 1) expect(to - from).to.equal(partSize)
        else expect(to - from).to.be.at.most(partSize)
      }
    }))
  })
  it('are of the sizes given', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 50 }), (sizes) => {
      const parts = partsOf(sizes.reduce((sum, size) => sum + size, 0), undefined, sizes)
      expect(parts.map(([from, to]) => to - from)).to.deep.equal(sizes)
    }))
  })
  it('are views of one content, and hold its bytes', () => {
    const whole = payloadContent({ sizeBytes: 100_000, seed: 3, pattern: 'random' }, 'k')
    const part = sliceOf(whole, 10, 70_000)
    expect(part.sizeBytes).to.equal(69_990)
    for (const offset of [0, 5, 6, 69_989]) {
      expect(Buffer.from(part.chunk(offset, 100))).to.deep.equal(Buffer.from(whole.chunk(10 + offset, Math.min(100, 69_990 - offset))))
    }
  })
})

// The checksum of an answer: fits the bytes it is of however they come, and no others; what it can't be of is not judged.
import { expect } from 'chai'
import fc from 'fast-check'
import { CHECKSUMS, checksumDigest } from '../../bindings/s3/checksum/digest.ts'
import { ReceivedChecksum } from '../../bindings/s3/checksum/received.ts'
import type { JsonObject } from '../../bindings/sdk/index.ts'

/** Bytes given in pieces of one buffer that is overwritten each time, as a socket's is. */
function received(fields: JsonObject, bytes: Uint8Array, pieceBytes: number): ReceivedChecksum {
  const sum = new ReceivedChecksum()
  sum.begin(fields)
  const buffer = new Uint8Array(pieceBytes)
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes)
    buffer.set(piece)
    sum.sink(buffer.subarray(0, piece.length))
    buffer.fill(0xff)
  }
  return sum
}

const of = (name: (typeof CHECKSUMS)[number], bytes: Uint8Array): string => {
  const digest = checksumDigest(name)
  digest.update(bytes)
  return digest.digest().toString('base64')
}

describe('the checksum of an answer', () => {
  it('fits its own bytes, and none of which one bit is another', () => {
    fc.assert(fc.property(
      fc.constantFrom(...CHECKSUMS), fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 400 }), fc.nat(),
      (name, bytes, pieceBytes, bit) => {
        const fields = { [`Checksum${name}`]: of(name, bytes) }
        const whole = received(fields, bytes, pieceBytes)
        expect([whole.finish(), whole.judged]).to.deep.equal([undefined, true])
        const wrong = Uint8Array.from(bytes)
        const at = bit % (bytes.length * 8)
        wrong[at >> 3] = (wrong[at >> 3] ?? 0) ^ (1 << (at & 7))
        expect(received(fields, wrong, pieceBytes).finish()).to.include({ name, said: of(name, bytes) })
      },
    ))
  })

  it('of nothing fits an empty body', () => {
    for (const name of CHECKSUMS) {
      expect(received({ [`Checksum${name}`]: of(name, new Uint8Array()) }, new Uint8Array(), 1).finish()).to.equal(undefined)
    }
  })

  const sum = of('SHA256', Buffer.from('other'))
  const unjudged: readonly (readonly [string, JsonObject])[] = [
    ['no checksum', {}], ['one of parts\' checksums', { ChecksumSHA256: `${sum}-3` }],
    ['one of that type', { ChecksumSHA256: sum, ChecksumType: 'COMPOSITE' }],
    ['one of the whole, with a part', { ChecksumSHA256: sum, ContentRange: 'bytes 0-1/5' }], ['what is none', { ChecksumSHA256: 'AAAA' }],
  ]
  for (const [what, fields] of unjudged) {
    it(`judges nothing by ${what}`, () => {
      const one = received(fields, Buffer.from('bytes'), 2)
      expect([one.finish(), one.judged]).to.deep.equal([undefined, false])
    })
  }
})

// Bodies in signed chunks: AWS' own worked example, and their bytes however they are asked for.
import { expect } from 'chai'
import fc from 'fast-check'
import { CHUNK_BYTES, ChunkedContent, chunkedLength } from '../../bindings/s3/drivers/native/aws-chunked.ts'
import { STREAMING_PAYLOAD, Signer, type ChunkSigner } from '../../bindings/s3/signer.ts'
import { bytesContent, payloadContent, type Content } from '../../bindings/sdk/index.ts'

/** All bytes, asked for in pieces. */
function read(content: Content, piece: () => number): Buffer {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < content.sizeBytes;) {
    const chunk = content.chunk(at, piece())
    expect(chunk.length).to.be.at.least(1)
    pieces.push(Buffer.from(chunk))
    at += chunk.length
  }
  return Buffer.concat(pieces)
}

/** Signs with the number of the chunk and the first characters of its digest. */
function counting(): ChunkSigner & { begun: number } {
  let n = 0
  const signer = {
    begun: 0,
    begin() { n = 0; signer.begun++ },
    next: (sha256: string) => `${n++}`.padStart(4, '0') + sha256.slice(0, 60),
  }
  return signer
}

describe('a body in signed chunks', () => {
  it('is signed as in AWS\' worked example', () => {
    const signer = new Signer({ accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }, 'us-east-1')
    const size = CHUNK_BYTES + 1024
    expect(chunkedLength(size)).to.equal(66_824)
    const auth = signer.sign('PUT', '/examplebucket/chunkObject.txt', '', 's3.amazonaws.com', STREAMING_PAYLOAD, [
      ['content-encoding', 'aws-chunked'], ['content-length', '66824'], ['x-amz-decoded-content-length', String(size)],
      ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
    ], Date.UTC(2013, 4, 24))
    expect(auth).to.contain('Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9')
    const body = read(new ChunkedContent(bytesContent(Buffer.alloc(size, 'a')), signer.chunks()), () => 1e9).toString('latin1')
    const heads = [...body.matchAll(/([0-9a-f]+);chunk-signature=([0-9a-f]{64})\r\n/g)]
    expect(heads.map(([, hex, signature]) => [hex, signature])).to.deep.equal([
      ['10000', 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'],
      ['400', '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'],
      ['0', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'],
    ])
  })
  it('is the same in whatever pieces it is asked for, and when it is asked for again', () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 300_000 }),
      fc.constantFrom(1, CHUNK_BYTES - 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES))
    fc.assert(fc.property(sizes, fc.array(fc.integer({ min: 50, max: 100_000 }), { minLength: 1, maxLength: 5 }), (sizeBytes, pieces) => {
      const content = payloadContent({ sizeBytes, seed: 1, pattern: 'random' }, 'k')
      const chunked = new ChunkedContent(content, counting())
      let n = 0
      const whole = read(chunked, () => 1e9)
      expect(whole.length).to.equal(chunkedLength(sizeBytes))
      expect(read(chunked, () => pieces[n++ % pieces.length] ?? 1).equals(whole)).to.equal(true)
      const data: Buffer[] = []
      for (let at = 0; at < whole.length;) {
        const end = whole.indexOf('\r\n', at)
        const size = Number.parseInt(whole.toString('latin1', at, end), 16)
        data.push(whole.subarray(end + 2, end + 2 + size))
        at = end + 2 + size + 2
      }
      expect(Buffer.concat(data).equals(read(content, () => 1e9))).to.equal(true)
    }), { numRuns: 60 })
  })
})

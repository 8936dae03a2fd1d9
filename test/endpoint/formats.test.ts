// The endpoint's small formats, as properties: checksums, aws-chunked in any split, XML there and back, ranges, byte strings.
import { expect } from 'chai'
import fc from 'fast-check'
import { AwsChunkedDecoder } from '../../bindings/s3/endpoint/body/aws-chunked.ts'
import { CHECKSUMS, checksumDigest } from '../../bindings/s3/checksum/digest.ts'
import { S3Error } from '../../bindings/s3/endpoint/errors.ts'
import { bytesOf, isWellFormed, percentDecoded, percentEncoded, textOf } from '../../bindings/s3/endpoint/http/byte-string.ts'
import { rangeOf } from '../../bindings/s3/endpoint/http/range.ts'
import { readXml } from '../../bindings/s3/endpoint/xml/reader.ts'
import { leaf, node } from '../../bindings/s3/endpoint/xml/writer.ts'

/** A reflected CRC of any width, bit by bit, as its definition says. */
function crcByDefinition(bytes: Uint8Array, widthBits: number, polynomial: bigint): bigint {
  const ones = (1n << BigInt(widthBits)) - 1n
  let crc = ones
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ polynomial
  }
  return crc ^ ones
}
const POLYNOMIALS = { CRC32: [32, 0xedb88320n], CRC32C: [32, 0x82f63b78n], CRC64NVME: [64, 0x9a6c9329ac4bc9b5n] } as const

/** The pieces of some bytes, cut at the given places. */
function cutUp(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((end, at) => bytes.subarray(cuts[at], end))
}
const someBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const places = fc.array(fc.nat(10_000), { maxLength: 8 })

describe('endpoint: formats', () => {
  it('computes CRCs as they are defined', () => {
    fc.assert(fc.property(someBytes, (bytes) => {
      for (const [name, [widthBits, polynomial]] of Object.entries(POLYNOMIALS)) {
        const digest = checksumDigest(name as keyof typeof POLYNOMIALS)
        digest.update(bytes)
        expect(BigInt(`0x${digest.digest().toString('hex')}`), name).to.equal(crcByDefinition(bytes, widthBits, polynomial))
      }
    }), { numRuns: 50 })
  })

  it('gives the same digest however the bytes are cut up', () => {
    fc.assert(fc.property(someBytes, places, (bytes, cuts) => {
      for (const name of CHECKSUMS) {
        const [whole, pieces] = [checksumDigest(name), checksumDigest(name)]
        whole.update(bytes)
        for (const piece of cutUp(bytes, cuts)) pieces.update(piece)
        expect(pieces.digest().equals(whole.digest()), name).to.equal(true)
      }
    }))
  })

  it('decodes aws-chunked the same however it is cut up, and never takes a part of it for the whole', () => {
    const someChunks = fc.array(someBytes.filter((bytes) => bytes.length > 0), { maxLength: 5 })
    fc.assert(fc.property(someChunks, places, fc.nat(), (chunks, cuts, short) => {
      const framed = chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')])
      const body = Buffer.concat([...framed, Buffer.from('0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')])
      const decode = (pieces: readonly Buffer[]): { payload: Buffer; trailers: ReadonlyMap<string, string> } => {
        const got: Buffer[] = []
        const decoder = new AwsChunkedDecoder(undefined, true, (bytes) => { got.push(bytes) })
        for (const piece of pieces) decoder.push(piece)
        return { payload: Buffer.concat(got), trailers: decoder.end() }
      }
      const { payload, trailers } = decode(cutUp(body, cuts))
      expect(payload.equals(Buffer.concat(chunks))).to.equal(true)
      expect([...trailers]).to.deep.equal([['x-amz-checksum-crc32', 'AAAAAA==']])
      expect(() => decode([body.subarray(0, short % body.length)])).to.throw(S3Error)
    }))
  })

  it('reads back the XML it writes, whatever the text, and refuses it cut short', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')), fc.nat(), (text, short) => {
      const document = node('Root', leaf('Key', text), leaf('Size', 5))
      const root = readXml(document)
      expect(root.children.map((child) => [child.name, child.text])).to.deep.equal([['Key', text], ['Size', '5']])
      expect(() => readXml(document.slice(0, short % document.length))).to.throw(S3Error)
    }))
  })

  it('takes a range to mean what a slice means', () => {
    fc.assert(fc.property(fc.nat(40), fc.option(fc.nat(50)), fc.option(fc.nat(50)), (sizeBytes, first, last) => {
      const header = `bytes=${first ?? ''}-${last ?? ''}`
      const all = Array.from({ length: sizeBytes }, (_, at) => at)
      const backwards = first !== null && last !== null && last < first
      const wanted = first === null ? all.slice(last === null || last === 0 ? sizeBytes : -last)
        : all.slice(first, last === null ? undefined : last + 1)
      if ((first === null && last === null) || backwards) expect(rangeOf(header, sizeBytes)).to.equal(undefined)
      else if (wanted.length === 0) expect(() => rangeOf(header, sizeBytes)).to.throw(S3Error)
      else expect(rangeOf(header, sizeBytes)).to.deep.equal({ start: wanted[0], end: wanted.length + (wanted[0] ?? 0) })
    }))
    for (const header of ['bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b', 'bytes', '']) expect(rangeOf(header, 10), header).to.equal(undefined)
  })

  it('keeps every text through bytes and percent-encoding, and orders bytes as UTF-8 does', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
      for (const text of [a, b]) {
        expect(textOf(bytesOf(text))).to.equal(text)
        expect(percentDecoded(percentEncoded(bytesOf(text)))).to.equal(bytesOf(text))
        const encoded = encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
        expect(percentEncoded(bytesOf(text))).to.equal(encoded)
        expect(isWellFormed(bytesOf(text))).to.equal(true)
      }
      const [left, right] = [bytesOf(a), bytesOf(b)]
      expect(Buffer.compare(Buffer.from(a), Buffer.from(b))).to.equal(left < right ? -1 : left > right ? 1 : 0)
    }))
  })
})

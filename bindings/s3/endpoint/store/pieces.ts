// Payloads as lists of buffers: parts of them without copying, digests over them.
import { checksumDigest, CryptoDigest } from '../../checksum/digest.ts'
import type { ChecksumName, Digest } from '../../checksum/digest.ts'

/** The bytes `start` up to, not including, `end`, as views of the pieces. */
export function* piecesBetween(pieces: readonly Buffer[], start: number, end: number): Generator<Buffer, undefined> {
  let at = 0
  for (const piece of pieces) {
    if (at >= end) return
    const from = Math.max(0, start - at)
    const to = Math.min(piece.length, end - at)
    if (from < to) yield from === 0 && to === piece.length ? piece : piece.subarray(from, to)
    at += piece.length
  }
}

function digested(pieces: Iterable<Uint8Array>, digest: Digest): Buffer {
  for (const piece of pieces) digest.update(piece)
  return digest.digest()
}

export const md5Of = (pieces: Iterable<Uint8Array>): Buffer => digested(pieces, new CryptoDigest('md5'))
/** In base64, as S3 shows it. */
export const checksumOf = (name: ChecksumName, pieces: Iterable<Uint8Array>): string =>
  digested(pieces, checksumDigest(name)).toString('base64')

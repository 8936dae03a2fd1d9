// Contents as the memory driver reads them: piece by piece, and their entity tags.
import { createHash } from 'node:crypto'
import { StorageError, type Content } from '../../sdk/index.ts'

const PIECE_BYTES = 64 * 1024

/** The bytes between two offsets. */
export function* piecesOf(content: Content, from = 0, to = content.sizeBytes): Generator<Uint8Array> {
  for (let at = from; at < to;) {
    const chunk = content.chunk(at, Math.min(PIECE_BYTES, to - at))
    yield chunk
    at += chunk.length
  }
}

/** The MD5 of all bytes, in quotes. */
export function etagOf(content: Content): string {
  const digest = createHash('md5')
  for (const piece of piecesOf(content)) digest.update(piece)
  return `"${digest.digest('hex')}"`
}

/** Several contents as one, one behind the other. */
export function joined(contents: readonly Content[]): Content {
  const ends: number[] = []
  let sizeBytes = 0
  for (const content of contents) ends.push(sizeBytes += content.sizeBytes)
  return {
    sizeBytes,
    chunk(offset, maxLength) {
      const index = ends.findIndex((end) => offset < end)
      const content = contents[index]
      if (content === undefined) throw new RangeError('an offset behind the end')
      return content.chunk(offset - ((ends[index] ?? 0) - content.sizeBytes), maxLength)
    },
  }
}

export const missing = (detail: 'NoSuchKey' | 'NoSuchBucket' | 'NoSuchUpload' | 'NoSuchVersion', what: string): StorageError =>
  new StorageError('not_found', `${what}: the store answered 404 ${detail}`, { detail })

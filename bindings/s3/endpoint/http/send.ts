// Sends stored pieces as a body, no faster than the client takes them.
import type { ServerResponse } from 'node:http'
import { piecesBetween } from '../store/pieces.ts'

/** Handed to the socket in one go; what the client has not taken by then is waited for. */
const BATCH_BYTES = 1024 * 1024

/** Writes the bytes `start` to `end`, then ends the answer, or calls `cut` where it is given. The head must be written. */
export function sendPieces(response: ServerResponse, pieces: readonly Buffer[], start: number, end: number, cut?: () => void): void {
  const [only] = pieces
  if (only !== undefined && pieces.length === 1 && cut === undefined) {
    response.end(start === 0 && end === only.length ? only : only.subarray(start, end))
    return
  }
  const rest = piecesBetween(pieces, start, end)
  const more = (): void => {
    if (response.destroyed) return
    response.cork()
    for (let batchBytes = 0; batchBytes < BATCH_BYTES;) {
      const { value: piece } = rest.next()
      if (piece === undefined) {
        if (cut === undefined) response.end()
        else response.write('', cut)
        response.uncork()
        return
      }
      response.write(piece)
      batchBytes += piece.length
    }
    response.uncork()
    if (response.writableNeedDrain) response.once('drain', more)
    else setImmediate(more)
  }
  more()
}

/** The same pieces with the byte at `position` flipped, in a copy of the piece that holds it. */
export function corrupted(pieces: readonly Buffer[], position: number): readonly Buffer[] {
  let at = 0
  return pieces.map((piece) => {
    const offset = position - at
    at += piece.length
    if (offset < 0 || offset >= piece.length) return piece
    const copy = Buffer.from(piece)
    copy[offset] = (copy[offset] ?? 0) ^ 0xff
    return copy
  })
}

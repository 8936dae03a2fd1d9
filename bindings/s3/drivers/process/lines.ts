// Bytes that come in pieces, as lines of UTF-8 ended by line feeds alone: what stands between them is the writer's.

/** A line longer than this is no answer of any protocol here. */
const LINE_BYTES_MAX = 64 * 1024 ** 2

export class Lines {
  readonly #take: (line: string) => void
  #pieces: Buffer[] = []
  #bytes = 0

  constructor(take: (line: string) => void) { this.#take = take }

  /** Throws RangeError for a line without an end. */
  push(chunk: Buffer): void {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, at))
      from = at + 1
      this.#give()
    }
    if (from < chunk.length) this.#add(chunk.subarray(from))
  }

  /** What came after the last line feed counts as a line. */
  end(): void { if (this.#bytes > 0) this.#give() }

  #add(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#bytes > LINE_BYTES_MAX) throw new RangeError(`a line of more than ${LINE_BYTES_MAX} bytes`)
    this.#pieces.push(piece)
  }

  #give(): void {
    const line = (this.#pieces.length === 1 ? this.#pieces[0] ?? Buffer.alloc(0) : Buffer.concat(this.#pieces)).toString('utf8')
    this.#pieces = []
    this.#bytes = 0
    this.#take(line)
  }
}

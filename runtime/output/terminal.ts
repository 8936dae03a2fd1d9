// A block of lines at the bottom of a terminal, drawn over itself again and again, with other output going above it.

/** What a terminal is to the block. */
interface TerminalOut {
  write(text: string): void
  /** Width now; a terminal may be resized at any time. */
  readonly columns: number
}

const ESCAPE = '\u001b['
const eraseToEndOfLine = `${ESCAPE}K`
const eraseBelow = `${ESCAPE}J`
const up = (lines: number): string => lines > 0 ? `${ESCAPE}${lines}A` : ''

/** Lines must be no wider than `columns`: one that wraps would not be found again. */
export class LiveBlock {
  readonly #out: TerminalOut
  #shown: readonly string[] = []
  #columns = 0

  constructor(out: TerminalOut) { this.#out = out }

  /** Draws the lines over those shown. What did not change is not written. */
  draw(lines: readonly string[]): void {
    const { columns } = this.#out
    if (columns !== this.#columns) {
      // After a resize lines may have been re-wrapped: where the block began is not known any more, so it begins anew below.
      if (this.#shown.length > 0) this.#out.write(`\r${eraseBelow}`)
      this.#shown = []
      this.#columns = columns
    }
    if (lines.length === this.#shown.length && lines.every((line, at) => line === this.#shown[at])) return
    const body = lines.map((line) => `${line}${eraseToEndOfLine}\n`).join('')
    this.#out.write(`${up(this.#shown.length)}\r${body}${eraseBelow}`)
    this.#shown = lines
  }

  /** Takes the block away, lets `write` write whole lines, and draws it again below them. */
  above(write: () => void): void {
    const shown = this.#shown
    this.clear()
    write()
    if (shown.length > 0) this.draw(shown)
  }

  /** Takes the block away. */
  clear(): void {
    if (this.#shown.length === 0) return
    this.#out.write(`${up(this.#shown.length)}\r${eraseBelow}`)
    this.#shown = []
  }

  /** Leaves the block where it is: what comes next is written below it. */
  release(): void { this.#shown = [] }
}

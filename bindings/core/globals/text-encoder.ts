// TextEncoder for scripts: text to UTF-8.

/** The code point at `at`; a lone surrogate is U+FFFD, as UTF-8 can't say it. */
function scalarAt(text: string, at: number): number {
  const point = text.codePointAt(at) ?? 0
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
}

const lengthOf = (point: number): 1 | 2 | 3 | 4 => point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4

export class TextEncoder {
  get encoding(): 'utf-8' { return 'utf-8' }

  encode(input: unknown = ''): Uint8Array {
    const text = String(input)
    const bytes = new Uint8Array(text.length * 3)
    return bytes.slice(0, this.encodeInto(text, bytes).written)
  }

  /** Writes whole characters only; `read` counts UTF-16 units, `written` bytes. */
  encodeInto(text: string, bytes: Uint8Array): { read: number; written: number } {
    let read = 0
    let written = 0
    while (read < text.length) {
      const point = scalarAt(text, read)
      const length = lengthOf(point)
      if (written + length > bytes.length) break
      if (length === 1) bytes[written] = point
      else {
        for (let left = length - 1, rest = point; left > 0; left -= 1, rest >>= 6) bytes[written + left] = 0x80 | rest & 0x3f
        bytes[written] = 0xff00 >> length & 0xff | point >> 6 * (length - 1)
      }
      written += length
      read += point > 0xffff ? 2 : 1
    }
    return { read, written }
  }
}

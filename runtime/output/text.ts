// Text for a terminal: how wide it is, wrapped between words, and free of what a terminal would obey.

// East Asian wide and fullwidth forms, and pictographs: two columns each (Unicode Standard Annex 11, in coarse blocks).
const WIDE = new RegExp(`[${[
  '\\u1100-\\u115f', '\\u2e80-\\u303e', '\\u3041-\\ua4cf', '\\ua960-\\ua97f', '\\uac00-\\ud7a3', '\\uf900-\\ufaff', '\\ufe30-\\ufe6f',
  '\\uff00-\\uff60', '\\uffe0-\\uffe6', '\\u{1f300}-\\u{1f64f}', '\\u{1f680}-\\u{1f6ff}', '\\u{1f900}-\\u{1f9ff}', '\\u{20000}-\\u{3fffd}',
].join('')}]`, 'u')
const NARROWLESS = /[\p{Mn}\p{Me}\p{Cf}]/u
/** C0 and C1 controls, line and paragraph separators, and marks that turn the direction of writing. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
const ASCII = /^[\x20-\x7e]*$/
/** Colours, as picocolors writes them. */
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')

/** How many columns a text takes; colours take none. */
export function displayWidth(text: string): number {
  const plain = text.replace(COLOUR, '')
  if (ASCII.test(plain)) return plain.length
  let width = 0
  for (const character of plain) width += NARROWLESS.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

const escaped = (character: string): string => {
  if (character === '\n') return '⏎ '
  if (character === '\t') return ' '
  const code = character.codePointAt(0) ?? 0
  return `\\u${code.toString(16).padStart(4, '0')}`
}

/** Text that came from a script or a store, on one line, with what a terminal would obey made visible. */
export const visible = (text: string): string => text.replace(/\r\n/g, '\n').replace(OBEYED, escaped)

export const padEnd = (text: string, width: number, fill = ' '): string => text + fill.repeat(Math.max(0, width - displayWidth(text)))
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - displayWidth(text))) + text

/** Cuts a text to a width; `…` says that something is missing. Not for coloured text. */
export function clip(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    used += displayWidth(character)
    if (used > width - 1) break
    kept += character
  }
  return width < 1 ? '' : `${kept}…`
}

/** Lines of at most `width` columns, broken between words only: a longer word stands alone and juts out. */
export function wrap(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line === '') line = word
    else if (displayWidth(line) + 1 + displayWidth(word) <= width) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  return line === '' ? lines : [...lines, line]
}

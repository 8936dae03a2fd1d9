// HTML made so that no text can become markup: what is put into a template is escaped, but for markup made the same way.

/** Text that is HTML already. */
export class Markup {
  readonly text: string
  constructor(text: string) { this.text = text }
}

type Piece = string | number | Markup | undefined | readonly Piece[]

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign)

function pieceText(piece: Piece): string {
  if (piece === undefined) return ''
  if (piece instanceof Markup) return piece.text
  return typeof piece === 'string' || typeof piece === 'number' ? escape(String(piece)) : piece.map(pieceText).join('')
}

/** `html\`<td>${text}</td>\``: texts are escaped, lists joined, undefined is nothing. */
export const html = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup =>
  new Markup(strings.map((string, at) => string + pieceText(pieces[at])).join(''))

/** JSON that can stand inside a script element, whatever texts it holds: no `<` of it begins or ends one. */
export const scriptJson = (value: unknown): Markup => new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'))

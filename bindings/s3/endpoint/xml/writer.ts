// Writes the few XML documents S3 answers with.
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
// Control characters are written as references: XML 1.0 has no other way, and readers normalise bare line ends.
const SPECIAL = /[&<>"'\p{Cc}]/u
const SPECIALS = /[&<>"'\p{Cc}]/gu

const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replace(SPECIALS, (char) => NAMED[char] ?? `&#${char.charCodeAt(0)};`) : text

/** `<name>text</name>`; nothing when the text is undefined. */
export const leaf = (name: string, text: string | number | boolean | undefined): string =>
  text === undefined ? '' : `<${name}>${typeof text === 'string' ? escaped(text) : text}</${name}>`

/** `<name>` around markup that is already written. */
export const node = (name: string, ...inner: readonly string[]): string => `<${name}>${inner.join('')}</${name}>`

/** A whole document in S3's namespace. */
export const s3Document = (name: string, ...inner: readonly string[]): string =>
  `${DECLARATION}<${name} xmlns="${NAMESPACE}">${inner.join('')}</${name}>`

/** An error document; it has no namespace. */
export const errorDocument = (...inner: readonly string[]): string => DECLARATION + node('Error', ...inner)

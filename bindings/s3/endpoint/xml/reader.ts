// Reads the XML that clients send: a small strict reader, with limits on depth and size and without DTDs, CDATA or instructions.
import { S3Error } from '../errors.ts'

const DEPTH_MAX = 8
const ELEMENTS_MAX = 50_000

export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string
  /** Its own text, entities resolved; that of inner elements is theirs. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

interface Open { readonly tag: string; readonly name: string; text: string; readonly children: XmlElement[] }

const DECLARATION = /^\uFEFF?(?:<\?xml\s[^<>]*\?>)?\s*/
// One step: an end tag, a start tag with its attributes, a comment, or text up to the next '<'. Sticky, so nothing is skipped.
const END_TAG = /<\/([^\s<>/]+)\s*>/
const START_TAG = /<([A-Za-z_][\w.:-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>/
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/
const STEP = new RegExp(`${END_TAG.source}|${START_TAG.source}|${COMMENT.source}|([^<]+)`, 'y')
const ENTITY = /&(?:#x([0-9A-Fa-f]{1,6})|#(\d{1,7})|(\w+));|&/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const malformed = (what: string): S3Error => new S3Error('MalformedXML', `The XML of the body is not what this operation takes: ${what}.`)

function resolved(raw: string): string {
  const text = raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw
  if (!text.includes('&')) return text
  return text.replace(ENTITY, (entity, hex?: string, decimal?: string, name?: string) => {
    const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : undefined
    if (code !== undefined && code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code)
    const known = name === undefined || !Object.hasOwn(ENTITIES, name) ? undefined : ENTITIES[name]
    if (known === undefined) throw malformed(`${entity} is no entity it knows`)
    return known
  })
}

/**
 * Reads one document and returns its root.
 * @throws S3Error MalformedXML when it is not well-formed, too deep or has too many elements.
 */
export function readXml(source: string): XmlElement {
  const holder: Open = { tag: '', name: '', text: '', children: [] }
  const stack: Open[] = [holder]
  let elements = 0
  STEP.lastIndex = DECLARATION.exec(source)?.[0].length ?? 0
  while (STEP.lastIndex < source.length) {
    const at = STEP.lastIndex
    const step = STEP.exec(source)
    const top = stack.at(-1)
    if (step === null || top === undefined) throw malformed(`character ${at + 1} is out of place`)
    const [, endTag, startTag, empty, text] = step
    if (startTag !== undefined) {
      if (++elements > ELEMENTS_MAX || stack.length > DEPTH_MAX) throw malformed('it has too many elements or levels')
      const open: Open = { tag: startTag, name: startTag.slice(startTag.indexOf(':') + 1), text: '', children: [] }
      top.children.push(open)
      if (empty === '') stack.push(open)
    } else if (endTag !== undefined) {
      if (top === holder || endTag !== top.tag) throw malformed(`</${endTag}> closes nothing`)
      stack.pop()
    } else if (text !== undefined) {
      if (top === holder && text.trim() !== '') throw malformed('there is text outside its root')
      top.text += resolved(text)
    }
  }
  const [root, ...others] = holder.children
  if (stack.length !== 1 || root === undefined || others.length > 0) throw malformed('it must be one whole element')
  return root
}

/** The text of the first child of that name, as it is (keys may begin and end with spaces); undefined when there is none. */
export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.find((child) => child.name === name)?.text

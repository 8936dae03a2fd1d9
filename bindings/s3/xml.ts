// Reads the small XML documents S3 answers with: elements and text, strictly, with limits, and nothing of XML's dangerous parts.

export interface XmlElement {
  /** Local name, without a namespace prefix. */
  readonly name: string
  /** Text directly inside, entities decoded. */
  text: string
  readonly children: XmlElement[]
}

/** A document that is not well-formed, or uses what S3 never does (a DTD, own entities). */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

export const XML_LIMITS = { depth: 16, elements: 100_000 } as const

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const NAME = /[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?/y
const ATTRIBUTE = /\s+[A-Za-z_][\w.\-:]*\s*=\s*(?:"[^"<]*"|'[^'<]*')/y
const OPEN_END = /\s*(\/?)>/y

function decodeEntity(body: string): string {
  const named = Object.hasOwn(NAMED, body) ? NAMED[body] : undefined
  if (named !== undefined) return named
  const numeric = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(body)
  const point = numeric === null ? -1 : numeric[1] === undefined ? Number(numeric[2]) : parseInt(numeric[1], 16)
  if (point < 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new XmlError(`unknown entity &${body.slice(0, 20)};`)
  return String.fromCodePoint(point)
}

const decodeText = (text: string): string => !text.includes('&') ? text
  : text.replace(/&([^;&<]{0,12})(;?)/g, (_, body: string, end: string) => {
    if (end === '') throw new XmlError('an & that begins no entity')
    return decodeEntity(body)
  })

class Reader {
  readonly #text: string
  #at = 0
  #elements = 0
  constructor(text: string) { this.#text = text }

  document(): XmlElement {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1
    this.#skipProlog()
    if (this.#text[this.#at] !== '<') throw new XmlError('the document does not begin with an element')
    const stack: XmlElement[] = []
    let root: XmlElement | undefined
    while (root === undefined || stack.length > 0) {
      const top = stack.at(-1)
      if (this.#text.startsWith('</', this.#at)) this.#close(stack)
      else if (this.#text.startsWith('<!--', this.#at)) this.#skipPast('-->')
      else if (this.#text.startsWith('<![CDATA[', this.#at)) this.#cdata(top)
      else if (this.#text.startsWith('<', this.#at)) {
        const { element, empty } = this.#open()
        if (top === undefined) root = element
        else top.children.push(element)
        if (!empty && stack.push(element) > XML_LIMITS.depth) throw new XmlError(`elements nest deeper than ${XML_LIMITS.depth}`)
      } else this.#textInto(top)
    }
    this.#skipProlog()
    if (this.#at < this.#text.length) throw new XmlError('something follows the document\'s end')
    return root
  }

  #open(): { element: XmlElement; empty: boolean } {
    if (++this.#elements > XML_LIMITS.elements) throw new XmlError(`more than ${XML_LIMITS.elements} elements`)
    this.#at++
    const name = this.#match(NAME)?.[0]
    if (name === undefined) throw new XmlError('a < that begins no element')
    while (this.#match(ATTRIBUTE) !== undefined);
    const end = this.#match(OPEN_END)
    if (end === undefined) throw new XmlError(`the tag <${name.slice(0, 40)}> does not end`)
    return { element: { name: name.slice(name.indexOf(':') + 1), text: '', children: [] }, empty: end[1] === '/' }
  }

  #close(stack: XmlElement[]): void {
    this.#at += 2
    const name = this.#match(NAME)?.[0] ?? ''
    const element = stack.pop()
    if (element === undefined || element.name !== name.slice(name.indexOf(':') + 1) || this.#match(OPEN_END)?.[1] !== '') {
      throw new XmlError(`</${name.slice(0, 40)}> closes nothing`)
    }
  }

  #cdata(top: XmlElement | undefined): void {
    const begin = this.#at + '<![CDATA['.length
    this.#skipPast(']]>')
    if (top === undefined) throw new XmlError('text outside the document')
    top.text += this.#text.slice(begin, this.#at - 3)
  }

  #textInto(top: XmlElement | undefined): void {
    const end = this.#text.indexOf('<', this.#at)
    if (end < 0 || top === undefined) throw new XmlError('the document ends early')
    top.text += decodeText(this.#text.slice(this.#at, end))
    this.#at = end
  }

  /** White space, comments and the XML declaration. */
  #skipProlog(): void {
    for (;;) {
      while (/^\s$/.test(this.#text[this.#at] ?? '')) this.#at++
      if (this.#text.startsWith('<?', this.#at)) this.#skipPast('?>')
      else if (this.#text.startsWith('<!--', this.#at)) this.#skipPast('-->')
      else return
    }
  }

  #skipPast(mark: string): void {
    const found = this.#text.indexOf(mark, this.#at)
    if (found < 0) throw new XmlError(`the document ends before ${mark}`)
    this.#at = found + mark.length
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return undefined
    this.#at = pattern.lastIndex
    return found
  }
}

/** The document's root element. Throws XmlError. */
export const parseXml = (text: string): XmlElement => new Reader(text).document()

/** The text of the first child of that name. */
export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.find((child) => child.name === name)?.text

/** Text made fit for an element's content; control characters as references, which S3 stores read though XML 1.0 forbids them. */
export const escapeXml = (text: string): string => text.replace(/[&<>"'\u0000-\u001f\u007f\ufffe\uffff]/g,
  (char) => `&#${char.charCodeAt(0)};`)

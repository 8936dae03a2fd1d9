// URLSearchParams for scripts, per the WHATWG's URL standard.
import { percentDecode, wellFormed } from './percent-encoding.ts'
import { TextEncoder } from './text-encoder.ts'

type Pair = [name: string, value: string]
type Init = string | Iterable<readonly string[]> | Readonly<Record<string, string>>

const decode = (text: string): string => percentDecode(text.replace(/\+/g, ' '))

function encode(text: string): string {
  let result = ''
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte)
    if (character === ' ') result += '+'
    else if (/[\w*.-]/.test(character)) result += character
    else result += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
  }
  return result
}

/** The pairs of `a=1&b=2`. */
export function parseForm(query: string): Pair[] {
  return query.split('&').filter((part) => part !== '').map((part) => {
    const [name = '', ...value] = part.split('=')
    return [decode(name), decode(value.join('='))]
  })
}

function pairsOf(init: Init): Pair[] {
  if (typeof init === 'object' && Symbol.iterator in init) {
    return [...init].map((pair) => {
      const [name, value, ...more] = pair
      if (name === undefined || value === undefined || more.length > 0) {
        throw new TypeError('URLSearchParams: each entry must be a [name, value] pair')
      }
      return [wellFormed(name), wellFormed(value)]
    })
  }
  if (typeof init === 'object') {
    // Names that differ in lone surrogates only are one name: the last value counts, in the first one's place.
    return [...new Map(Object.entries(init).map(([name, value]) => [wellFormed(name), wellFormed(value)]))]
  }
  return parseForm(wellFormed(init).replace(/^\?/, ''))
}

export class URLSearchParams {
  #pairs: Pair[]
  #changed: (() => void) | undefined

  constructor(init: Init = '') { this.#pairs = pairsOf(init) }

  /** Ties `params` to a URL: `changed` is called after each change. Gives the way to replace all pairs when the URL changes. */
  static tie(params: URLSearchParams, changed: () => void): (pairs: Pair[]) => void {
    params.#changed = changed
    return (pairs) => { params.#pairs = pairs }
  }

  get size(): number { return this.#pairs.length }
  append(name: string, value: string): void { this.#set([...this.#pairs, [wellFormed(name), wellFormed(value)]]) }
  delete(name: string, value?: string): void {
    this.#set(this.#pairs.filter(([key, own]) => key !== wellFormed(name) || (value !== undefined && own !== wellFormed(value))))
  }
  get(name: string): string | null { return this.#pairs.find(([key]) => key === wellFormed(name))?.[1] ?? null }
  getAll(name: string): string[] { return this.#pairs.filter(([key]) => key === wellFormed(name)).map(([, value]) => value) }
  has(name: string, value?: string): boolean {
    return this.#pairs.some(([key, own]) => key === wellFormed(name) && (value === undefined || own === wellFormed(value)))
  }
  set(name: string, value: string): void {
    const first = this.#pairs.findIndex(([key]) => key === wellFormed(name))
    if (first < 0) this.append(name, value)
    else {
      this.#set(this.#pairs.filter(([key], index) => key !== wellFormed(name) || index === first)
        .map((pair) => pair[0] === wellFormed(name) ? [pair[0], wellFormed(value)] : pair))
    }
  }
  /** By name, in order of UTF-16 units; pairs of one name keep their order. */
  sort(): void { this.#set([...this.#pairs].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)) }
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this)
  }
  *entries(): IterableIterator<Pair> {
    // By index on the live list: a loop sees what its body changes.
    for (let at = 0; at < this.#pairs.length; at += 1) {
      const [name, value] = this.#pairs[at] ?? ['', '']
      yield [name, value]
    }
  }
  *keys(): IterableIterator<string> { for (const [name] of this) yield name }
  *values(): IterableIterator<string> { for (const [, value] of this) yield value }
  [Symbol.iterator](): IterableIterator<Pair> { return this.entries() }
  toString(): string { return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&') }

  #set(pairs: Pair[]): void {
    this.#pairs = pairs
    this.#changed?.()
  }
}

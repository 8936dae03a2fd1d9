// TextDecoder for scripts: UTF-8 and UTF-16 to text, per the WHATWG's Encoding standard.

export interface TextDecoderOptions {
  /** Throw at bytes that are no text, instead of putting U+FFFD in their place. */
  readonly fatal?: boolean
  /** Keep a byte order mark as a character. */
  readonly ignoreBOM?: boolean
}

/** Turns one piece of bytes after another into text; what a piece leaves unfinished is kept for the next. */
interface Decoder {
  decode(bytes: Uint8Array, put: (point: number) => void, bad: () => void): void
  /** True when bytes are left that are no whole character. */
  unfinished(): boolean
}

function utf8(): Decoder {
  let point = 0
  let needed = 0
  let lower = 0x80
  let upper = 0xbf
  /**
   * False: the byte can't begin a character. The bounds of the second byte refuse overlong forms, surrogates and what is above
   * U+10FFFF.
   */
  const begin = (byte: number): boolean => {
    if (byte < 0xc2 || byte > 0xf4) return false
    needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
    lower = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80
    upper = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf
    point = byte & 0x3f >> needed
    return true
  }
  return {
    decode(bytes, put, bad) {
      for (let at = 0; at < bytes.length; at += 1) {
        const byte = bytes[at] ?? 0
        if (needed > 0 && (byte < lower || byte > upper)) {
          needed = 0
          bad()
        }
        if (needed > 0) {
          lower = 0x80
          upper = 0xbf
          point = point << 6 | byte & 0x3f
          needed -= 1
          if (needed === 0) put(point)
        } else if (byte < 0x80) put(byte)
        else if (!begin(byte)) bad()
      }
    },
    unfinished: () => needed > 0,
  }
}

function utf16(littleEndian: boolean): Decoder {
  let first: number | undefined
  let lead: number | undefined
  const unit = (value: number, put: (point: number) => void, bad: () => void): void => {
    const trails = value >= 0xdc00 && value <= 0xdfff
    if (lead !== undefined) {
      const high = lead
      lead = undefined
      if (trails) {
        put(0x10000 + (high - 0xd800 << 10 | value - 0xdc00))
        return
      }
      bad()
    }
    if (trails) bad()
    else if (value >= 0xd800 && value <= 0xdbff) lead = value
    else put(value)
  }
  return {
    decode(bytes, put, bad) {
      for (const byte of bytes) {
        if (first === undefined) first = byte
        else {
          unit(littleEndian ? byte << 8 | first : first << 8 | byte, put, bad)
          first = undefined
        }
      }
    },
    unfinished: () => first !== undefined || lead !== undefined,
  }
}

const DECODERS: Readonly<Record<string, () => Decoder>> = {
  'utf-8': utf8,
  'utf-16le': () => utf16(true),
  'utf-16be': () => utf16(false),
}
const LABELS: Readonly<Record<string, string>> = {
  'unicode-1-1-utf-8': 'utf-8', 'unicode11utf8': 'utf-8', 'unicode20utf8': 'utf-8', 'utf8': 'utf-8', 'x-unicode20utf8': 'utf-8',
  'utf-16': 'utf-16le', 'ucs-2': 'utf-16le', 'unicode': 'utf-16le', 'iso-10646-ucs-2': 'utf-16le', 'csunicode': 'utf-16le',
  'unicodefeff': 'utf-16le', 'unicodefffe': 'utf-16be',
}

export class TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  #decoder: Decoder | undefined
  #started = false

  /** @throws RangeError for encodings other than UTF-8 and UTF-16. */
  constructor(label: unknown = 'utf-8', options: TextDecoderOptions = {}) {
    const name = String(label).replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase()
    this.encoding = LABELS[name] ?? name
    if (!Object.hasOwn(DECODERS, this.encoding)) {
      throw new RangeError(`TextDecoder: '${String(label)}' is not known here; utf-8, utf-16le and utf-16be are`)
    }
    this.fatal = Boolean(options.fatal)
    this.ignoreBOM = Boolean(options.ignoreBOM)
  }

  /**
   * @param options `stream: true` keeps an unfinished character for the next call.
   * @throws TypeError when `fatal` is set and the bytes are no text.
   */
  decode(input: ArrayBuffer | ArrayBufferView = new Uint8Array(0), options: { readonly stream?: boolean } = {}): string {
    const bytes = ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input)
    const decoder = this.#decoder ??= DECODERS[this.encoding]?.() ?? utf8()
    let result = ''
    let units: number[] = []
    const put = (point: number): void => {
      const isMark = point === 0xfeff && !this.#started && !this.ignoreBOM
      this.#started = true
      if (isMark) return
      units.push(point)
      if (units.length < 4096) return
      result += String.fromCodePoint(...units)
      units = []
    }
    const bad = (): void => {
      if (this.fatal) {
        this.#restart()
        throw new TypeError(`the bytes are not ${this.encoding} text`)
      }
      put(0xfffd)
    }
    decoder.decode(bytes, put, bad)
    if (options.stream !== true) {
      if (decoder.unfinished()) bad()
      this.#restart()
    }
    return result + String.fromCodePoint(...units)
  }

  #restart(): void {
    this.#decoder = undefined
    this.#started = false
  }
}

// Protocol Buffers' wire format, as far as Prometheus' messages need it (field numbers and types are the caller's).

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const utf8 = new TextEncoder()

/** One message being written; fields in the order of the calls. Numbers of varints are whole and below 2^53. */
export class Message {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  /** `uint64`, `uint32`, an enum; 0 is written too. */
  uint(field: number, value: number): this {
    this.#varint(field * 8 + VARINT)
    this.#varint(value)
    return this
  }
  /** `int64`: negative values take ten bytes, as the format has it. */
  int(field: number, value: number): this {
    if (value >= 0) return this.uint(field, value)
    this.#varint(field * 8 + VARINT)
    this.#room(10)
    for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
      const more = rest > 0x7fn
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | (more ? 0x80 : 0)
      if (!more) return this
    }
  }
  /** `sint32`, `sint64`. */
  sint(field: number, value: number): this { return this.uint(field, zigzag(value)) }
  double(field: number, value: number): this {
    this.#varint(field * 8 + FIXED64)
    this.#room(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
    return this
  }
  text(field: number, value: string): this { return this.#block(field, utf8.encode(value)) }
  message(field: number, value: Message): this { return this.#block(field, value.bytes()) }
  /** A repeated `sint64` in its packed form. */
  packedSints(field: number, values: readonly number[]): this {
    if (values.length === 0) return this
    const inner = new Message()
    for (const value of values) inner.#varint(zigzag(value))
    return this.message(field, inner)
  }
  /** The message behind its length, as streams of messages have it. */
  delimited(): Uint8Array {
    const whole = new Message()
    whole.#varint(this.#length)
    whole.#append(this.bytes())
    return whole.bytes()
  }
  bytes(): Uint8Array { return this.#bytes.subarray(0, this.#length) }

  #block(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + BYTES)
    this.#varint(bytes.length)
    this.#append(bytes)
    return this
  }

  #append(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #varint(value: number): void {
    this.#room(10)
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#length++] = rest % 0x80 | 0x80
    this.#bytes[this.#length++] = rest
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#length + more, this.#bytes.length * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

const zigzag = (value: number): number => value < 0 ? -2 * value - 1 : 2 * value

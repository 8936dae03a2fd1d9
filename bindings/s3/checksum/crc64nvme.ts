// CRC-64/NVME, eight bytes a step, in two 32-bit halves (BigInt arithmetic would be some fifty times slower).

/** Reflected form of the polynomial 0xAD93D23594C93659 (NVM Express base specification, 64b CRC). */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n
const SLICES = 8

interface Tables { readonly low: Int32Array; readonly high: Int32Array }

/** Entry 256·k + b: the CRC of byte b followed by k zero bytes, as low and high words. */
function makeTables(): Tables {
  const words = new BigUint64Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 0n ? crc >> 1n : (crc >> 1n) ^ POLYNOMIAL
    words[byte] = crc
  }
  for (let at = 256; at < words.length; at++) {
    const before = words[at - 256] ?? 0n
    words[at] = (before >> 8n) ^ (words[Number(before & 0xffn)] ?? 0n)
  }
  const low = Int32Array.from(words, (word) => Number(BigInt.asIntN(32, word)))
  const high = Int32Array.from(words, (word) => Number(BigInt.asIntN(32, word >> 32n)))
  return { low, high }
}

let tables: Tables | undefined

/** A running CRC-64/NVME. */
export class Crc64Nvme {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): void {
    const { low: lows, high: highs } = tables ??= makeTables()
    const byteAt = (at: number): number => bytes[at] ?? 0
    const wordAt = (at: number): number => byteAt(at) | (byteAt(at + 1) << 8) | (byteAt(at + 2) << 16) | (byteAt(at + 3) << 24)
    let low = this.#low
    let high = this.#high
    let at = 0
    for (const end = bytes.length - 7; at < end; at += 8) {
      const first = low ^ wordAt(at)
      const second = high ^ wordAt(at + 4)
      low = 0
      high = 0
      for (let slice = 0; slice < 4; slice++) {
        const near = (7 - slice) * 256 + ((first >>> (8 * slice)) & 0xff)
        const far = (3 - slice) * 256 + ((second >>> (8 * slice)) & 0xff)
        low ^= (lows[near] ?? 0) ^ (lows[far] ?? 0)
        high ^= (highs[near] ?? 0) ^ (highs[far] ?? 0)
      }
    }
    for (; at < bytes.length; at++) {
      const index = (low ^ byteAt(at)) & 0xff
      low = ((low >>> 8) | (high << 24)) ^ (lows[index] ?? 0)
      high = (high >>> 8) ^ (highs[index] ?? 0)
    }
    this.#low = low
    this.#high = high
  }

  /** Eight bytes, most significant first. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(~this.#high >>> 0, 0)
    bytes.writeUInt32BE(~this.#low >>> 0, 4)
    return bytes
  }
}

// CRC-32C (Castagnoli), eight bytes a step.

/** Reflected form of the polynomial 0x1EDC6F41 (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78
const SLICES = 8

/** Entry 256·k + b: the CRC of byte b followed by k zero bytes ("slicing-by-8", Kounavis and Berry 2005). */
function makeTables(): Int32Array {
  const tables = new Int32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL
    tables[byte] = crc
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] ?? 0
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0)
  }
  return tables
}

let tables: Int32Array | undefined

/** The CRC-32C of `bytes`, going on from `previous` (0 at the start); an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const table = tables ??= makeTables()
  const entry = (slice: number, byte: number): number => table[slice * 256 + byte] ?? 0
  let crc = ~previous
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24))
    crc = entry(7, low & 0xff) ^ entry(6, (low >>> 8) & 0xff) ^ entry(5, (low >>> 16) & 0xff) ^ entry(4, low >>> 24)
      ^ entry(3, bytes[at + 4] ?? 0) ^ entry(2, bytes[at + 5] ?? 0) ^ entry(1, bytes[at + 6] ?? 0) ^ entry(0, bytes[at + 7] ?? 0)
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ entry(0, (crc ^ (bytes[at] ?? 0)) & 0xff)
  return ~crc >>> 0
}

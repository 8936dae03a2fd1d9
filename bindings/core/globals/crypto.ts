// crypto for scripts: random bytes and ids that repeat with the run's seed.
//
// Nothing here is secret: the bytes come from Math.random, which follows from (seed, VU, iteration), so that the same seed does
// the same work on a rerun. Don't make keys with it.

const QUOTA_BYTES = 65_536

type IntegerArray =
  | Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array

/**
 * Fills an integer array with random values and returns it.
 *
 * @throws Error named TypeMismatchError for other arrays, QuotaExceededError beyond 65,536 bytes.
 */
function getRandomValues<T extends IntegerArray>(array: T): T {
  if (!ArrayBuffer.isView(array) || array instanceof DataView || /Float/.test((array as object).constructor.name)) {
    throw Object.assign(new Error('crypto.getRandomValues: give an array of integers'), { name: 'TypeMismatchError' })
  }
  if (array.byteLength > QUOTA_BYTES) {
    throw Object.assign(new Error(`crypto.getRandomValues: at most ${QUOTA_BYTES} bytes at a time`), { name: 'QuotaExceededError' })
  }
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.floor(Math.random() * 256)
  return array
}

/** A random UUID, version 4. */
function randomUUID(): `${string}-${string}-${string}-${string}-${string}` {
  const bytes = getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] ?? 0) & 0x0f | 0x40
  bytes[8] = (bytes[8] ?? 0) & 0x3f | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

export const crypto = { getRandomValues, randomUUID }

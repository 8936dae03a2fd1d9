// One hash of 32 bits, for what must be spread evenly and be the same everywhere: payload bytes and random streams.

/** The finalizer of MurmurHash3 (Appleby, public domain): every bit of the 32 in changes half of the 32 out. Unsigned. */
export const mix32 = (word: number): number => {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

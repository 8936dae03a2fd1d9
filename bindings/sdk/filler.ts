// What payloads are filled with between their stamps: rings of 4 MiB, the same for every object of a kind, made once and never changed.
import { mix32 } from './mix.ts'

/** What a payload is made of. `compressible` and `dedupable` say how many percent, `file` which. */
export type FillerKind = 'random' | 'text' | 'compressible' | 'dedupable' | 'file'

export const RING_BYTES = 4 * 1024 ** 2
export const BLOCK_BYTES = 4096
/** What is lent at once: a burst of a connection is several. */
export const WINDOW_BYTES = 256 * 1024
const GOLDEN = 0x9e3779b9
/** Windows that nobody needs are kept up to this many (64 MiB) of all kinds together. */
const SPARE_WINDOWS_MAX = 256

/** A part of a ring to stamp and send: `words` are its bytes. */
export interface Window { readonly bytes: Uint8Array; readonly words: Int32Array }

function fillRandom(ring: Uint8Array): void {
  for (let i = 0; i < RING_BYTES / 4; i++) {
    const word = mix32(Math.imul(i + 1, GOLDEN))
    ring[4 * i] = word
    ring[4 * i + 1] = word >>> 8
    ring[4 * i + 2] = word >>> 16
    ring[4 * i + 3] = word >>> 24
  }
}

const SYLLABLES = ['ba', 'co', 'den', 'el', 'fir', 'gu', 'ham', 'is', 'jo', 'kel', 'lu', 'mon', 'nar', 'op', 'pri', 'qua'] as const

function fillText(ring: Uint8Array): void {
  let at = 0
  for (let word = 1; at < RING_BYTES; word++) {
    let bits = mix32(Math.imul(word, GOLDEN))
    for (let left = 1 + (bits & 3); left > 0; left--) {
      bits >>>= 4
      for (const letter of SYLLABLES[bits & 15] ?? '') ring[at++] = letter.charCodeAt(0)
    }
    ring[at++] = word % 12 === 0 ? 10 : 32
  }
}

/** The last so many percent of each block are zero. */
function emptyBlocks(ring: Uint8Array, percent: number): void {
  const kept = BLOCK_BYTES - Math.round(BLOCK_BYTES * percent / 100)
  for (let block = 0; block < RING_BYTES; block += BLOCK_BYTES) ring.fill(0, block + kept, block + BLOCK_BYTES)
}

const windowOf = (ring: Uint8Array, from: number, to: number): Window => {
  const bytes = new Uint8Array(to - from)
  bytes.set(ring.subarray(from, to))
  return { bytes, words: new Int32Array(bytes.buffer) }
}

let spareWindows = 0

export class Filler {
  readonly ring = new Uint8Array(RING_BYTES)
  /** Windows at each place of the ring that nobody uses; the one used last is taken first, for it is still in the cache. */
  readonly #spare: Window[][] = Array.from({ length: RING_BYTES / WINDOW_BYTES }, () => [])
  #scratch: Window | undefined

  constructor(fill: (ring: Uint8Array) => void) { fill(this.ring) }

  /** A copy of the whole ring to stamp what is expected into; whoever asks is done with it before anyone else can ask. */
  get scratch(): Window { return this.#scratch ??= windowOf(this.ring, 0, RING_BYTES) }

  /** The window at a place, to be given back by `keep`; one that isn't is simply lost. */
  take(place: number): Window {
    const spare = this.#spare[place]?.pop()
    if (spare === undefined) return windowOf(this.ring, place * WINDOW_BYTES, (place + 1) * WINDOW_BYTES)
    spareWindows--
    return spare
  }

  keep(place: number, window: Window): void {
    if (spareWindows >= SPARE_WINDOWS_MAX) return
    spareWindows++
    this.#spare[place]?.push(window)
  }
}

/** Made when first asked for: a ring takes some milliseconds, and most runs use one. */
const fillers = new Map<string, Filler>()
export function fillerOf(kind: Exclude<FillerKind, 'file'>, percent: number): Filler {
  // What is the same in several objects differs in its stamps alone.
  const name = kind === 'compressible' ? `${kind} ${percent}` : kind === 'text' ? 'text' : 'random'
  let filler = fillers.get(name)
  if (filler === undefined) {
    filler = new Filler((ring) => {
      if (kind === 'text') fillText(ring)
      else fillRandom(ring)
      if (kind === 'compressible') emptyBlocks(ring, percent)
    })
    fillers.set(name, filler)
  }
  return filler
}

const files = new Map<number, Filler>()

/** Over and over, to the ring's end. */
function repeat(ring: Uint8Array, bytes: Uint8Array): void {
  for (let at = 0; at < RING_BYTES; at += bytes.length) ring.set(bytes.subarray(0, RING_BYTES - at), at)
}

/** The number, 53 bits, that names a file by its bytes. */
function numberOf(ring: Uint8Array): number {
  let low = 1
  let high = 2
  for (const word of new Int32Array(ring.buffer)) {
    low = mix32(low ^ word)
    high = mix32(high + word)
  }
  return (high & 0x1f_ffff) * 2 ** 32 + low
}

/** Lets payloads be made of a file's bytes, its first 4 MiB. The same bytes have the same number, in any process. */
export function addFile(bytes: Uint8Array): number {
  const filler = new Filler((ring) => { repeat(ring, bytes) })
  const number = numberOf(filler.ring)
  if (!files.has(number)) files.set(number, filler)
  return number
}

/** Undefined for a file that was not added in this process. */
export const fileFiller = (number: number): Filler | undefined => files.get(number)

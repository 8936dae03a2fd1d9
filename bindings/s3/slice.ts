// A part of a content.
import type { Content } from '../sdk/index.ts'

/** The bytes from one offset up to another, as a content of its own; nothing is copied. */
export const sliceOf = (content: Content, from: number, to: number): Content => ({
  sizeBytes: to - from,
  chunk: (offset, maxLength) => content.chunk(from + offset, Math.min(maxLength, to - from - offset)),
})

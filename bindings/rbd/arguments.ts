// Checks what a script passed to an operation: it comes out of a sandbox, so nothing about it is taken for granted.
import { invalid } from '../sdk/arguments.ts'
import type { Json } from '../sdk/index.ts'
import { SizeError, parseSize } from '../sdk/size.ts'

/** RBD's limit on an image's name, less what it adds itself. */
const NAME_BYTES_MAX = 95
export const IO_BYTES_MAX = 512 * 1024 ** 2

/** The prefix as images bear it: names hold no slash, which separates pool and image. */
export const imagePrefix = (prefix: string): string => prefix === '' ? '' : `${prefix.replace(/\/$/, '').replaceAll('/', '.')}.`

/** The whole name of what a script names; one that is `existing` is named as it is, and may be a path (of the file driver). */
export function imageName(op: string, value: Json | undefined, prefix: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${op}: the image's name must be a text that is not empty`)
  const name = prefix + value
  if (/[/@\s\u0000-\u001f]/u.test(value) || !value.isWellFormed()) {
    throw invalid(`${op}: an image's name holds no /, @ or blanks: ${JSON.stringify(value.slice(0, 60))}`)
  }
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
    throw invalid(`${op}: the image's name is ${Buffer.byteLength(name)} bytes long with the run's prefix; there can be ${NAME_BYTES_MAX}`)
  }
  return name
}

export function existingName(op: string, value: Json | undefined): string {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) {
    throw invalid(`${op}: the image's name must be a text that is not empty`)
  }
  return value
}

export function snapshotName(op: string, value: Json | undefined): string {
  if (typeof value !== 'string' || !/^[^/@\s\u0000-\u001f]{1,64}$/u.test(value)) {
    throw invalid(`${op}: a snapshot's name is a text of 1 to 64 characters without /, @ or blanks`)
  }
  return value
}

export function yesOf(op: string, name: string, value: Json | undefined, otherwise = false): boolean {
  if (value === undefined || value === null) return otherwise
  if (typeof value !== 'boolean') throw invalid(`${op}: ${name} must be true or false`)
  return value
}

/** Bytes: a number, or a text such as '4KiB'. */
export function bytesOf(op: string, name: string, value: Json | undefined): number {
  try {
    return parseSize(value ?? null)
  } catch (error) {
    if (error instanceof SizeError) throw invalid(`${op}: ${name}: ${error.message}`)
    throw error
  }
}

export const optionalBytes = (op: string, name: string, value: Json | undefined): number | undefined =>
  value === undefined || value === null ? undefined : bytesOf(op, name, value)

export function wholeOf(op: string, name: string, value: Json | undefined, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${op}: ${name} must be a whole number from ${min} to ${max}`)
  }
  return value
}

export function optionalText(op: string, name: string, value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || value === '') throw invalid(`${op}: ${name} must be a text`)
  return value
}

/** Throws where an I/O is not within its image, or not at multiples of what it must be. */
export function checkPlace(
  op: string, offset: number, length: number, { name, sizeBytes, alignmentBytes }: Placed,
): void {
  if (length > IO_BYTES_MAX) throw invalid(`${op}: one I/O has at most ${IO_BYTES_MAX} bytes, not ${length}`)
  if (offset + length > sizeBytes) throw invalid(`${op}: ${offset} + ${length} is beyond the end of image ${name} at ${sizeBytes}`)
  if (offset % alignmentBytes !== 0 || length % alignmentBytes !== 0) {
    throw invalid(`${op}: offset and length must be multiples of ${alignmentBytes} here, not ${offset} and ${length}`)
  }
}
interface Placed { readonly name: string; readonly sizeBytes: number; readonly alignmentBytes: number }

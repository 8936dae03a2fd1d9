// open() for scripts: reads a file while init code runs.
import { ask, phaseNow } from '../../sdk/guest.ts'
import { bytesFromBase64 } from './base64.ts'

/**
 * Reads a file, in init code only. A relative path starts from the script's folder; files outside it need `--allow-read DIR`.
 * Each VU holds its own copy: put data that many VUs read into a SharedArray, and name payload bytes with `payload()`.
 *
 * @param mode `'b'` gives the bytes, else the file is read as UTF-8 text.
 * @throws Error outside init code, or when the file can't be read.
 */
export function open(path: string): string
export function open(path: string, mode: 'b'): Uint8Array
export function open(path: string, mode?: 'b'): string | Uint8Array {
  if (phaseNow() !== 'init') throw new Error('open() works in init code only: call it outside all functions and keep what it returns')
  const content = ask<string>('core.open', [path, '', mode === 'b'])
  return mode === 'b' ? bytesFromBase64(content) : content
}

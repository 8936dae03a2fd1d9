// A run in one file: its record, its environment and its windows as lines of JSON, compressed. What baselines are kept as.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Window } from '../metrics/timeline.ts'
import type { ComparableRun } from './compare/unlike.ts'
import { StoredRunError } from './stored-run.ts'

const FORMAT = 'chopsticks-run'
const VERSION = 1

/** Counts of histograms are typed arrays, which JSON would write as objects. */
const plain = (_: string, value: unknown): unknown =>
  value instanceof Float64Array || value instanceof Uint32Array ? Array.from(value) : value
const typed = (key: string, value: unknown): unknown => key === 'counts' && Array.isArray(value) ? Float64Array.from(value) : value

/** Writes it beside its place and puts it there when it is whole: a file that was there before stays until then. Throws as fs does. */
export function writeRunFile(path: string, { record, environment, windows, complete }: ComparableRun): void {
  const lines = [JSON.stringify({ format: FORMAT, version: VERSION, record, environment, complete, windows: windows.length }, plain)]
  for (const window of windows) lines.push(JSON.stringify(window, plain))
  mkdirSync(dirname(path), { recursive: true })
  const beside = `${path}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(beside, gzipSync(`${lines.join('\n')}\n`))
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

function content(path: string): string {
  try {
    return gunzipSync(readFileSync(path)).toString('utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    switch (code) {
      case 'ENOENT': throw new StoredRunError(`${path}: there is no such file`)
      case 'EISDIR': throw new StoredRunError(`${path}: it is a folder, name a run's file`)
      case 'EACCES': throw new StoredRunError(`${path}: it may not be read`)
      case 'Z_BUF_ERROR': throw new StoredRunError(`${path}: it is cut off: a part of the run is missing`)
      default: throw new StoredRunError(`${path}: it is no run's file, or damaged: ${message}`)
    }
  }
}

/** Reads what writeRunFile wrote. Throws StoredRunError, one line that names the file. */
export function readRunFile(path: string): ComparableRun {
  const [first = '', ...lines] = content(path).trimEnd().split('\n')
  const parse = (line: string): unknown => {
    try { return JSON.parse(line, typed) } catch { throw new StoredRunError(`${path}: it is no run's file, or damaged`) }
  }
  const head = parse(first)
  if (!isJsonObject(head) || head['format'] !== FORMAT) throw new StoredRunError(`${path}: it is no run's file`)
  const { version, windows } = head
  if (typeof version !== 'number' || version > VERSION) {
    throw new StoredRunError(`${path}: it was written by a newer chopsticks (this one reads format ${VERSION})`)
  }
  if (typeof windows !== 'number' || windows !== lines.length) {
    throw new StoredRunError(`${path}: it is damaged: ${lines.length} of ${JSON.stringify(windows)} windows`)
  }
  const { record, environment, complete } = head as unknown as Omit<ComparableRun, 'path' | 'windows'>
  return { path, record, environment, complete, windows: lines.map((line) => parse(line) as Window) }
}

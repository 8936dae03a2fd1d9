// What a run leaves behind in files: the summary export, and what handleSummary returned.
import { accessSync, constants, existsSync, lstatSync, mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { isJsonObject } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { Failure } from './failure.ts'
import type { Streams } from './streams.ts'

/** Why a file can't be written, in words. */
export const reasonOf = (error: unknown): string => {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT': return 'there is no such folder'
    case 'ENOTDIR': return 'a part of its path is not a folder'
    case 'EISDIR': return 'it is a folder'
    case 'EACCES': case 'EPERM': return 'it may not be written'
    case 'EROFS': return 'its file system is read-only'
    case 'ENOSPC': return 'its disk is full'
    case 'EDQUOT': return 'its disk quota is used up'
    case 'EFBIG': return 'it has grown as large as files may be'
    default: return error instanceof Error ? error.message : String(error)
  }
}

/** Throws a Failure (config, 104) when the file could not be written later: better said before a long run than after it. */
export function checkWritable(flag: string, path: string): void {
  const full = resolve(path)
  try {
    if (existsSync(full)) {
      if (statSync(full).isDirectory()) throw new Failure(EXIT_CODES.config, `${flag} ${path}: it is a folder, name a file`)
      accessSync(full, constants.W_OK)
      return
    }
    accessSync(dirname(full), constants.W_OK)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(EXIT_CODES.config, `${flag} ${path}: it can't be written, ${reasonOf(error)}`)
  }
}

/** One folder after the other: Node's own `recursive` never returns where a file system says ENOENT to a mkdir, as /proc does. */
function makeFolder(full: string): void {
  if (existsSync(full)) return
  makeFolder(dirname(full))
  mkdirSync(full)
}

/** Makes the folder where it is missing; its full path. Throws a Failure (config, 104) when files can't be made in it. */
export function writableFolder(flag: string, path: string, cwd: string): string {
  const full = resolve(cwd, path)
  try {
    if (existsSync(full) && !statSync(full).isDirectory()) {
      throw new Failure(EXIT_CODES.config, `${flag} ${path}: it is a file, name a folder`)
    }
    makeFolder(full)
    accessSync(full, constants.W_OK | constants.X_OK)
    return full
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(EXIT_CODES.config, `${flag} ${path}: it can't be written, ${reasonOf(error)}`)
  }
}

/** Writes the summary export; the reason when it can't be written. */
export function writeExport(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text)
    return undefined
  } catch (error) {
    return `the summary export ${path} could not be written: ${reasonOf(error)}`
  }
}

/**
 * Where a file named by a script really is: below the working folder, symbolic links followed.
 *
 * @throws Error with the reason when it is elsewhere, or its folder does not exist.
 */
export function confinedPath(name: string, folder: string): string {
  const root = realpathSync(folder)
  const asked = resolve(root, name)
  const parent = realpathSync(dirname(asked))
  const inside = (path: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep)
  const full = join(parent, basename(asked))
  if (!inside(full)) throw new Error('it is outside the working folder, where alone a script may write')
  const stat = lstatSync(full, { throwIfNoEntry: false })
  if (stat?.isSymbolicLink() !== true) {
    // A pipe nobody reads would be waited for without end.
    if (stat !== undefined && !stat.isFile() && !stat.isDirectory()) throw new Error('it is no ordinary file')
    return full
  }
  // A link may point to what does not exist yet: writing through it would make that, wherever it is.
  const real = existsSync(full) ? realpathSync(full) : undefined
  if (real === undefined || !inside(real)) throw new Error('it is a link that leaves the working folder')
  return confinedPath(real, folder)
}

const badReturn = (message: string): Failure => new Failure(EXIT_CODES.script, `handleSummary: ${message}`)

/** True when the script named a place that can't be; not when a disk is full or may not be written. */
const isOwnMistake = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', undefined].includes((error as NodeJS.ErrnoException).code)

/** What handleSummary may return: where to -> text. */
export interface SummaryDelivery {
  readonly files: number
  /** The script's own mistakes exit with 107, a disk's faults with 104. */
  readonly problems: readonly Failure[]
}

/**
 * Delivers what handleSummary returned: `stdout` and `stderr` are the streams, any other key is a file below the working folder.
 * Everything that can be delivered is; what can't is named.
 */
export function deliverSummary(result: unknown, streams: Streams, folder: string, clean: (text: string) => string): SummaryDelivery {
  if (!isJsonObject(result)) {
    return { files: 0, problems: [badReturn('return an object such as { stdout: text, "result.json": text }')] }
  }
  const problems: Failure[] = []
  let files = 0
  for (const [key, value] of Object.entries(result)) {
    if (value === undefined || value === null) continue
    if (typeof value !== 'string') { problems.push(badReturn(`"${key}" must hold text; make it with JSON.stringify(…)`)); continue }
    if (key === 'stdout') { streams.out.write(value); continue }
    if (key === 'stderr') { streams.err.write(value); continue }
    try {
      writeFileSync(confinedPath(key, folder), clean(value))
      files++
    } catch (error) {
      const message = `"${key}" was not written: ${reasonOf(error)}`
      problems.push(isOwnMistake(error) ? badReturn(message) : new Failure(EXIT_CODES.config, `handleSummary: ${message}`))
    }
  }
  return { files, problems }
}

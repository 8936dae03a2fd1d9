// What init code may read: files below the script's folder or an allowed one, read once when the script is first evaluated.
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { FileAccess } from '../link/protocol.ts'

/** A file an `open()` may read at most; larger data belongs in the store or in a SharedArray's source, cut down. */
const MIB = 1024 * 1024
const FILE_MAX_BYTES = 64 * MIB
/** All files together: each shard keeps a copy. */
const FILES_MAX_BYTES = 256 * MIB
const PART_BYTES = 64 * 1024

/** Why a file is not read, in words for the script. */
class Refusal extends Error {}

/** Where `open()` finds its files. */
export interface FileSource {
  /** The file's bytes, base64. Throws an Error whose message the script sees. */
  read(path: string): string
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)

const reasonOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code
  switch (code) {
    case 'ENOENT': return 'there is no such file'
    case 'EACCES': return 'it may not be read'
    case 'ENOTDIR': return 'a part of its path is no folder'
    case 'ELOOP': return 'its links lead in a circle'
    case 'ENXIO': return 'it is no ordinary file'
    case 'ENAMETOOLONG': return 'its name is too long'
    default: return code ?? String(error)
  }
}

/**
 * Reads from disk, confined by real paths, and keeps what it read under the path it was asked for, so that every shard and VU
 * gets the same bytes and none but the first touches the disk.
 */
export function diskFiles(access: FileAccess): FileSource & { readonly opened: Record<string, string> } {
  const roots = access.roots.map((root) => realpathSync(root))
  const withheld = (access.withheld ?? []).map((path) => statSync(path, { throwIfNoEntry: false }))
  const opened: Record<string, string> = {}
  let totalBytes = 0
  const readReal = (asked: string): Buffer => {
    const real = realpathSync(asked)
    if (!roots.some((root) => isBelow(real, root))) {
      throw new Refusal("it is outside the script's folder; allow its folder with --allow-read")
    }
    // What a pipe holds would be waited for, and what has become a link meanwhile would lead elsewhere.
    const file = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    try {
      const stat = fstatSync(file)
      if (stat.isDirectory()) throw new Refusal('it is a folder')
      if (!stat.isFile()) throw new Refusal('it is no ordinary file')
      if (withheld.some((one) => one?.ino === stat.ino && one.dev === stat.dev)) {
        throw new Refusal('the settings of the stores came from it: it may hold keys, which no script gets to see')
      }
      return readBytes(file, Math.min(FILE_MAX_BYTES, FILES_MAX_BYTES - totalBytes))
    } finally {
      closeSync(file)
    }
  }
  return {
    opened,
    read(path) {
      const asked = resolve(access.scriptFolder, path)
      const kept = opened[asked]
      if (kept !== undefined) return kept
      try {
        const bytes = readReal(asked)
        totalBytes += bytes.length
        return opened[asked] = bytes.toString('base64')
      } catch (error) {
        throw new Error(`open("${path}"): ${error instanceof Refusal ? error.message : reasonOf(error)}`, { cause: error })
      }
    },
  }
}

/** All of the file: what it says of its size need not be true. Throws a Refusal when it is more than allowed. */
function readBytes(file: number, bytesMax: number): Buffer {
  const parts: Buffer[] = []
  for (let bytes = 0; ;) {
    const part = Buffer.allocUnsafe(PART_BYTES)
    const read = readSync(file, part)
    if (read === 0) return Buffer.concat(parts)
    bytes += read
    if (bytes > bytesMax) {
      const [one, all] = [String(FILE_MAX_BYTES / MIB), String(FILES_MAX_BYTES / MIB)]
      throw new Refusal(`it has more than the ${one} MiB a file may have, or all together more than ${all}`)
    }
    parts.push(part.subarray(0, read))
  }
}

/** Serves what was read when the script was first evaluated; nothing else exists. */
export function keptFiles(opened: Readonly<Record<string, string>>, scriptFolder: string): FileSource {
  return {
    read(path) {
      const kept = opened[resolve(scriptFolder, path)]
      if (kept === undefined) {
        throw new Error(`open("${path}"): it was not opened when the script was first evaluated; open the same files in every VU`)
      }
      return kept
    },
  }
}

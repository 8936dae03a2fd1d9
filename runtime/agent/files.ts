// What init code may read: files below the script's folder or an allowed one, read once when the script is first evaluated.
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { FileAccess } from '../link/protocol.ts'

/** A file an `open()` may read at most; larger data belongs in the store or in a SharedArray's source, cut down. */
const FILE_MAX_BYTES = 64 * 1024 * 1024

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
    case 'EISDIR': return 'it is a folder'
    default: return code ?? String(error)
  }
}

/**
 * Reads from disk, confined by real paths, and keeps what it read under the path it was asked for, so that every shard and VU
 * gets the same bytes and none but the first touches the disk.
 */
export function diskFiles(access: FileAccess): FileSource & { readonly opened: Record<string, string> } {
  const roots = access.roots.map((root) => realpathSync(root))
  const opened: Record<string, string> = {}
  return {
    opened,
    read(path) {
      const asked = resolve(access.scriptFolder, path)
      const kept = opened[asked]
      if (kept !== undefined) return kept
      let real: string
      let bytes: Buffer
      try {
        real = realpathSync(asked)
        if (!roots.some((root) => isBelow(real, root))) {
          throw new Error(`open("${path}"): it is outside the script's folder; allow its folder with --allow-read`)
        }
        const { size } = statSync(real)
        if (size > FILE_MAX_BYTES) {
          throw new Error(`open("${path}"): ${String(size)} bytes are more than the ${String(FILE_MAX_BYTES)} allowed`)
        }
        bytes = readFileSync(real)
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('open(')) throw error
        throw new Error(`open("${path}"): ${reasonOf(error)}`, { cause: error })
      }
      const content = bytes.toString('base64')
      opened[asked] = content
      return content
    },
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

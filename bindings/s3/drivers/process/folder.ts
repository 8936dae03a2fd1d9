// Files that programs exchange bodies by: in a folder that is the run's own, gone when it ends, or by `chopsticks cleanup RUN`.
import { lstatSync, mkdirSync, mkdtempSync, rmSync, rmdirSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StorageError, type Content } from '../../../sdk/index.ts'
import type { Sink } from '../../driver.ts'

const PIECE_BYTES = 1024 ** 2
const RUN_ID = /^[\w-]+$/

/** The folder of a run, below the system's folder for temporary files (TMPDIR). */
const folderOf = (runId: string): string => join(tmpdir(), `chopsticks-${runId}`)

/** Removes what a run that was killed left in its folder; true when there was one. */
export function removeRunFolder(runId: string): boolean {
  // The name comes from a command line: one that could lead elsewhere is no run's.
  if (!RUN_ID.test(runId)) return false
  const folder = folderOf(runId)
  try {
    rmSync(folder, { recursive: true })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

const failed = (doing: string, error: unknown): StorageError => new StorageError('other',
  `${doing}: ${error instanceof Error ? error.message : String(error)}; TMPDIR names another folder for temporary files`, { cause: error })

/** One opener's part of the run's folder; made when the first file is needed. */
export class RunFolder {
  readonly #runId: string
  readonly #name: string
  #path: string | undefined
  #made = 0
  #closed = false

  constructor(runId: string | undefined, name: string) {
    this.#runId = runId !== undefined && RUN_ID.test(runId) ? runId : `pid-${process.pid}`
    this.#name = name
  }

  /** A name for a file that is not there yet. Throws StorageError where the folder can't be made. */
  file(): string {
    if (this.#closed) throw new StorageError('cancelled', 'the driver was closed')
    this.#path ??= this.#make()
    return join(this.#path, String(this.#made++))
  }

  /** Writes a body to a file. */
  async stage(content: Content): Promise<string> {
    const path = this.file()
    try {
      const file = await open(path, 'wx')
      try {
        for (let at = 0; at < content.sizeBytes;) {
          const { bytesWritten } = await file.write(content.chunk(at, PIECE_BYTES))
          at += bytesWritten
        }
      } finally {
        await file.close()
      }
    } catch (error) {
      throw failed('a body can\'t be written for the driver\'s program', error)
    }
    return path
  }

  /** Reads a file a program wrote, and gives its bytes to the sink where there is one; its size. */
  async read(path: string, sink: Sink | undefined): Promise<number> {
    try {
      const file = await open(path, 'r')
      try {
        if (sink === undefined) return (await file.stat()).size
        const piece = Buffer.allocUnsafe(PIECE_BYTES)
        for (let at = 0; ;) {
          const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at)
          if (bytesRead === 0) return at
          sink(piece.subarray(0, bytesRead))
          at += bytesRead
        }
      } finally {
        await file.close()
      }
    } catch (error) {
      throw failed('what the driver\'s program wrote can\'t be read', error)
    }
  }

  /** Removes a file, if it is there. */
  async remove(path: string): Promise<void> { await rm(path, { force: true }) }

  /** Removes everything, and the run's folder when nobody else has files in it. */
  close(): void {
    this.#closed = true
    if (this.#path === undefined) return
    rmSync(this.#path, { recursive: true, force: true })
    this.#path = undefined
    try {
      rmdirSync(folderOf(this.#runId))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error
    }
  }

  #make(): string {
    try {
      const folder = folderOf(this.#runId)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      // Anybody can make folders beside it: one that was there before and is another's is not written to.
      const found = lstatSync(folder)
      if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${folder} is there and is somebody else's`)
      return mkdtempSync(join(folder, `${this.#name}-`))
    } catch (error) {
      throw failed('no folder for temporary files can be made', error)
    }
  }
}

// Where image files are: a folder that is named, or one of the run's own, gone when it ends, or by `chopsticks cleanup RUN`.
import { lstatSync, mkdirSync, rmSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StorageError } from '../../../sdk/index.ts'

const RUN_ID = /^[\w-]+$/
/** Below the run's folder for temporary files, which other bindings' drivers use too. */
const runFolder = (runId: string): string => join(tmpdir(), `chopsticks-${runId}`)

/** Removes what a run that was killed left of image files; true when there was something. */
export function removeRunFolder(runId: string): boolean {
  // The name comes from a command line: one that could lead elsewhere is no run's.
  if (!RUN_ID.test(runId)) return false
  try {
    rmSync(join(runFolder(runId), 'rbd'), { recursive: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
  removeEmpty(runFolder(runId))
  return true
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT' && code !== 'EEXIST') throw error
  }
}

export class ImageFolder {
  readonly #own: string | undefined
  readonly path: string

  /** The folder that is named, or that of the run (of the process, where there is no run). */
  constructor(named: string | undefined, runId: string | undefined) {
    const owner = runId !== undefined && RUN_ID.test(runId) ? runId : `pid-${process.pid}`
    this.#own = named === undefined ? runFolder(owner) : undefined
    this.path = named ?? join(runFolder(owner), 'rbd')
  }

  /** Makes it where it isn't there. Throws StorageError where that can't be. */
  make(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 })
      if (this.#own === undefined) return
      // Anybody can make folders beside it: one that was there before and is another's is not written to.
      const found = lstatSync(this.#own)
      if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${this.#own} is there and is somebody else's`)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new StorageError('other', `no folder for image files can be made: ${reason}; name one by driver_config: { folder: PATH }`,
        { cause: error })
    }
  }

  /** Removes the run's own once nothing is in it. */
  tidy(): void {
    if (this.#own === undefined) return
    removeEmpty(this.path)
    removeEmpty(this.#own)
  }
}

// A run as one file, to be carried elsewhere: its folder's files as JSON, compressed.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { isJsonObject } from '../../bindings/sdk/index.ts'
import { runIdOf } from './runs-folder.ts'
import { StoredRunError } from './stored-run.ts'

const FORMAT = 'chopsticks-run-export'
/** Names a run's files can have: nothing that leads out of its folder. */
const FILE_NAME = /^[\w][\w.-]*$/
/** Base64 by file name. */
type Files = Readonly<Record<string, string>>
const isFiles = (value: unknown): value is Files =>
  isJsonObject(value) && Object.entries(value).every(([name, text]) => FILE_NAME.test(name) && typeof text === 'string')
const FOLDER_NAME = /^\d{8}T\d{6}Z-[\w-]+$/

/** The bytes of a run's folder. */
export function packRun(folder: string): Uint8Array {
  const files = readdirSync(folder).filter((name) => FILE_NAME.test(name) && statSync(join(folder, name)).isFile())
  const packed = { format: FORMAT, version: 1, folder: basename(folder), files: Object.fromEntries(files.map((name) =>
    [name, readFileSync(join(folder, name)).toString('base64')])) }
  return gzipSync(JSON.stringify(packed))
}

/** Puts a packed run among the others; its folder. Throws StoredRunError when the file is none, or the run is there already. */
export function unpackRun(file: string, runs: string): string {
  let packed: unknown
  try {
    packed = JSON.parse(gunzipSync(readFileSync(file)).toString())
  } catch (error) {
    throw new StoredRunError(`${file}: it can't be read as an exported run (${(error as NodeJS.ErrnoException).code ?? 'damaged'})`)
  }
  if (!isJsonObject(packed) || packed['format'] !== FORMAT || packed['version'] !== 1) {
    throw new StoredRunError(`${file}: this is no run that chopsticks export wrote, or one of a newer version`)
  }
  const { folder: name, files } = packed
  if (typeof name !== 'string' || !FOLDER_NAME.test(name) || !isFiles(files)) {
    throw new StoredRunError(`${file}: it is damaged: a file in it has a name that can't be`)
  }
  const folder = join(runs, name)
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) {
    throw new StoredRunError(`${file}: run ${runIdOf(folder)} is in ${runs} already`)
  }
  // Whole or not at all: what is not finished has a name no run has.
  const making = join(runs, `.${name}.${process.pid}`)
  mkdirSync(making)
  try {
    for (const [one, text] of Object.entries(files)) writeFileSync(join(making, one), Buffer.from(text, 'base64'))
    renameSync(making, folder)
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
  return folder
}

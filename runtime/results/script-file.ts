// What a run can be done again from: its bundle with the sources in it, and what its init code showed and read.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Inspection } from '../plan/plan.ts'
import { SCRIPT_FILE } from './run-keeper.ts'
import { StoredRunError } from './stored-run.ts'

/** Files and shared arrays of init code beyond this are not kept: the run can be looked at then, and not be done again. */
const INSPECTION_LENGTH_MAX = 32 * 1024 ** 2

export interface KeptScript {
  readonly version: 1
  readonly name: string
  readonly bundle: { readonly code: string; readonly digest: string; readonly name: string }
  /** The source map, JSON text, with the sources in it. */
  readonly map: string
  readonly imports: readonly string[]
  /** Where the script lay. */
  readonly folder: string
  /** Absent when it was too large to keep. */
  readonly inspection?: Inspection
}

export function scriptText(script: KeptScript): string {
  const whole = JSON.stringify(script)
  return whole.length <= INSPECTION_LENGTH_MAX ? whole : JSON.stringify({ ...script, inspection: undefined })
}

/** Reads it from a run's folder. Throws StoredRunError when it is not there or is damaged. */
export function readScriptFile(folder: string): KeptScript {
  const file = join(folder, SCRIPT_FILE)
  try {
    const script: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isJsonObject(script) && script['version'] === 1 && isJsonObject(script['bundle'])) return script as unknown as KeptScript
  } catch (error) {
    throw new StoredRunError(`${file}: it can't be read (${(error as NodeJS.ErrnoException).code ?? 'no JSON'})`)
  }
  throw new StoredRunError(`${file}: this is no script of a run`)
}

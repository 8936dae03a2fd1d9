// Op logs read back, as a user's own program would.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'

/** A line of an op log as far as tests look at it. */
interface LoggedOperation {
  readonly dueUs: number
  readonly startedUs: number | null
  readonly firstByteUs: number | null
  readonly endedUs: number | null
  readonly op: string
  readonly key: string | null
  readonly keys: number | null
  readonly sizeBytes: number | null
  readonly bytesIn: number
  readonly bytesOut: number
  readonly code: string | null
  readonly detail: string | null
  readonly requestId: string | null
  readonly endpoint: string | null
  readonly driver: string | null
  readonly target: string | null
  readonly phase: string
  readonly scenario: string | null
  readonly group: string | null
  readonly vu: number
  readonly iteration: number | null
}

/** The first line, as far as tests look at it. */
interface OpLogHeader { readonly run: string; readonly prefix: string; readonly shard: number; readonly stores: readonly JsonObject[] }

export interface OpLogFile { readonly name: string; readonly header: OpLogHeader; readonly operations: readonly LoggedOperation[] }

/** Every op log of a folder; throws when one holds a line that is no JSON. */
export const readOpLogs = (folder: string): readonly OpLogFile[] => readdirSync(folder).sort().map((name) => {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n')
  if (lines.pop() !== '') throw new Error(`${name} does not end with a whole line`)
  const [first, ...rest] = lines.map((line) => JSON.parse(line) as Json)
  const { header } = first as unknown as { readonly header: OpLogHeader }
  return { name, header, operations: rest as unknown as readonly LoggedOperation[] }
})

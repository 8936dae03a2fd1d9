// The lines of a run's op logs, file by file.
import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { isJsonObject, type JsonObject } from '../../../bindings/sdk/index.ts'

/** The paths of a run's op logs in a folder. Throws the system's error when the folder can't be read. */
export const opLogFiles = (folder: string, runId: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.startsWith(`ops-${runId}-`) && name.endsWith('.ndjson')).sort()
    .map((name) => join(folder, name))

/** Every line of them, in the order in which operations ended in each file; `originEpochMs` is what the file's moments count from. */
export async function* opLogLines(folder: string, runId: string): AsyncGenerator<{ line: JsonObject; originEpochMs: number }> {
  for (const file of opLogFiles(folder, runId)) {
    let originEpochMs = 0
    for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      let line: unknown
      try {
        line = JSON.parse(text)
      } catch {
        // The last line of a file whose process was killed may be a part of one.
        continue
      }
      if (!isJsonObject(line)) continue
      const { header } = line
      if (isJsonObject(header)) originEpochMs = Number(header['originEpochUs']) / 1000
      else yield { line, originEpochMs }
    }
  }
}

// The text of a targets file as data, with the place of everything in it. The only home of yaml, loaded where there is a file.
import { LineCounter, isAlias, isMap, isPair, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import type { ValuePath } from '../plan/problem.ts'
import type { Place } from './failure.ts'
import type { Locate, SettingsProblem } from './targets-problem.ts'

/** A file as data, before anything in it means anything; `file` as the user named it, undefined where there is none. */
export interface OpenedFile { readonly file: string | undefined; readonly source: JsonObject; readonly locate: Locate }

/** The names below `targets:` of a file's text; none when it is no such file. Nothing else of it is looked at. */
export function targetNames(text: string): readonly string[] {
  const parsed = parseYaml(text, 'the file')
  const targets = 'problems' in parsed ? undefined : parsed.source['targets']
  return isJsonObject(targets) ? Object.keys(targets) : []
}

/** Reads a file's text; problems where it is no YAML, or holds no mapping. */
export function parseYaml(text: string, file: string): OpenedFile | { readonly problems: readonly SettingsProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const locate: Locate = (path, needle) => placeAt(offsetOf(document, path, text, needle))
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    return { problems: faults.map(({ pos, message }) => ({ place: placeAt(pos[0]), subject: '', message: `not valid YAML: ${message}` })) }
  }
  const problem = (message: string): { readonly problems: readonly SettingsProblem[] } =>
    ({ problems: [{ place: locate([]), subject: '', message }] })
  let value: unknown
  try {
    value = document.toJS()
  } catch (error) {
    // Aliases that refer to nothing, or multiply without end.
    if (error instanceof ReferenceError) return problem(`not valid YAML: ${error.message}`)
    throw error
  }
  if (value === null || value === undefined) return { file, source: {}, locate }
  // YAML can say .inf and .nan, JSON can't: as texts they are refused by whoever wants a number.
  const finite = (_key: string, item: unknown): unknown => typeof item === 'number' && !Number.isFinite(item) ? String(item) : item
  const json = JSON.parse(JSON.stringify(value, finite)) as Json
  return isJsonObject(json) ? { file, source: json, locate } : problem('the file must be a mapping of keys to values')
}

/** Where a path stands: its value when that is a scalar, else its key; for what is not there, what would hold it. */
function offsetOf(document: Document.Parsed, path: ValuePath, text: string, needle: string | undefined): number {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const step of path) {
    const holder: Node | null | undefined = isAlias(node) ? node.resolve(document) : node
    if (isMap(holder)) {
      const pair = holder.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step))
      if (pair === undefined || !isScalar(pair.key)) return offset
      offset = pair.key.range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isSeq(holder) && typeof step === 'number') {
      node = holder.items[step] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  const range = isScalar(node) ? node.range : undefined
  // A key without a value has an empty one somewhere behind it: the key is what a reader sees.
  if (range === undefined || range === null || range[0] === range[1]) return offset
  const found = needle === undefined ? -1 : text.indexOf(needle, range[0])
  return found !== -1 && found < range[1] ? found : range[0]
}

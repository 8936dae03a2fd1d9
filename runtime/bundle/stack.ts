// From a guest's raw stack to the user's own lines: positions and names through the bundle's source map.
//
// A frame of QuickJS reads `    at name (bundle.js:LINE:COLUMN)`, without a name `    at bundle.js:LINE:COLUMN`, both counted from
// 1. The bundle's identifiers are minified, so a frame's function name is one too: it is looked up where the bundle declares it. The
// source map has a segment there that carries the name the source uses.
import { originalPositionFor, sourceContentFor, TraceMap, decodedMappings } from '@jridgewell/trace-mapping'
import { isOurs } from './modules.ts'
import { locationOf, shownFile } from './problem.ts'

/** A frame in a file of the user's. Line and column are counted from 1. */
interface ScriptFrame {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Undefined for functions without a name. */
  readonly function: string | undefined
}

/** An error as a user should see it. */
export interface DescribedError {
  /** `TypeError: …`; a plain Error's message stands alone. */
  readonly message: string
  /** `script.ts:12:5`, where the user's own code was; undefined when no frame is the user's. */
  readonly location?: string
  /** The source line there, as it stands, without its line end. */
  readonly lineText?: string
  readonly frames: readonly ScriptFrame[]
}

/** Where the user's own code was, with the line as it stands there, without its line end. */
interface ScriptPlace { readonly file: string; readonly line: number; readonly column: number; readonly text?: string }

export interface StackMapper {
  /** The frames of a raw stack that lie in the user's files, innermost first. */
  frames(stack: string): readonly ScriptFrame[]
  /** The innermost place of a raw stack that is the user's own, rather than a package's they use; undefined when no frame is theirs. */
  place(stack: string): ScriptPlace | undefined
  /** `name` may be left out or be 'Error'. */
  describeError(error: { readonly name?: string; readonly message: string; readonly stack: string }): DescribedError
}

/** A bundle as far as its stacks are concerned. */
export interface MappedBundle { readonly code: string; readonly name: string }

const FRAME = /^\s*at (?:(.*?) \()?([^()]*?):(\d+):(\d+)\)?\s*$/

/**
 * Makes the mapper of one bundle. What it gives are file names relative to the folder the bundle was made in.
 *
 * @param mapText the source map, JSON text, with the sources in it.
 */
export function makeStackMapper(bundle: MappedBundle, mapText: string): StackMapper {
  const map = new TraceMap(mapText)
  const lines = bundle.code.split('\n')

  const frameOf = (text: string): ScriptFrame | undefined => {
    const [, name, file, line, column] = FRAME.exec(text) ?? []
    if (file !== bundle.name || line === undefined || column === undefined) return undefined
    const position = { line: Number(line), column: Number(column) - 1 }
    if (position.line < 1 || position.column < 0) return undefined
    const original = originalPositionFor(map, position)
    if (original.source === null || isOurs(original.source)) return undefined
    const { source, line: scriptLine, column: scriptColumn } = original
    return { file: shownFile(source), line: scriptLine, column: scriptColumn + 1, function: nameOf(map, lines, name, position) }
  }

  const frames = (stack: string): ScriptFrame[] => stack.split('\n').flatMap((line) => frameOf(line) ?? [])

  const lineAt = ({ file, line }: ScriptFrame): string | undefined => {
    const source = map.sources.find((candidate) => candidate !== null && shownFile(candidate) === file)
    return source === null || source === undefined ? undefined : sourceContentFor(map, source)?.split('\n')[line - 1]?.replace(/\r$/, '')
  }

  const placeIn = (mapped: readonly ScriptFrame[]): ScriptPlace | undefined => {
    // The user's own code says more than a package it calls.
    const first = mapped.find(({ file }) => !file.includes('node_modules/')) ?? mapped[0]
    if (first === undefined) return undefined
    const { file, line, column } = first
    const text = lineAt(first)
    return { file, line, column, ...text !== undefined && { text } }
  }

  return {
    frames,
    place: (stack) => placeIn(frames(stack)),
    describeError({ name, message, stack }) {
      const mapped = frames(stack)
      const sentence = name === undefined || name === '' || name === 'Error' ? message : message === '' ? name : `${name}: ${message}`
      const place = placeIn(mapped)
      const location = place && locationOf(place)
      const lineText = place?.text
      return { message: sentence, frames: mapped, ...location !== undefined && { location }, ...lineText !== undefined && { lineText } }
    },
  }
}

/** As the source map counts: lines from 1, columns from 0. */
interface Position { readonly line: number; readonly column: number }

/** The source's name for the function a frame calls `name`: where it is declared last before the frame. Undefined for nameless ones. */
function nameOf(map: TraceMap, lines: readonly string[], name: string | undefined, at: Position): string | undefined {
  if (name === undefined || name === '' || name.startsWith('<')) return undefined
  const mappings = decodedMappings(map)
  for (let line = at.line - 1; line >= 0; line -= 1) {
    const text = lines[line] ?? ''
    for (const [column, , , , nameIndex] of (mappings[line] ?? []).slice().reverse()) {
      if (nameIndex === undefined || (line === at.line - 1 && column > at.column)) continue
      if (declares(text, column, name)) return map.names[nameIndex]
    }
  }
  return name
}

/** True when `name` is declared there: `function a(`, `class a`, `a=`. */
function declares(text: string, column: number, name: string): boolean {
  if (!text.startsWith(name, column) || /[\w$]/.test(text[column + name.length] ?? '')) return false
  const before = text.slice(Math.max(0, column - 12), column)
  const after = text.slice(column + name.length, column + name.length + 4)
  return /(?:^|[^\w$])(?:function\s*\*?|class)\s*$/.test(before) || /^\s*=(?![=>])/.test(after)
}

// Why a script could not be bundled: one error that points into the user's own file.
import type { Location, Message } from 'esbuild'

export interface BundleProblem {
  readonly message: string
  /** The file as the user would type it, relative to the working folder. */
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  /** In characters, counted from 1. */
  readonly column?: number
  /** The source line the problem is in. */
  readonly lineText?: string
}

interface BundleErrorFacts {
  readonly missing?: boolean
  readonly others?: readonly BundleProblem[]
  readonly cause?: unknown
}

/** The script can't be bundled. `message` is a sentence without the place; `location` is the place. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  readonly lineText: string | undefined
  /** True when it is the script itself that is not there, or can't be read: a mistake on the command line, not in a script. */
  readonly missing: boolean
  /** What else was found wrong. */
  readonly others: readonly BundleProblem[]

  constructor(problem: BundleProblem, facts: BundleErrorFacts = {}) {
    super(problem.message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.file = problem.file
    this.line = problem.line
    this.column = problem.column
    this.lineText = problem.lineText
    this.missing = facts.missing ?? false
    this.others = facts.others ?? []
  }

  /** `script.ts:12:5`; undefined when there is no place. */
  get location(): string | undefined { return locationOf(this) }
}

interface Place { readonly file?: string | undefined; readonly line?: number | undefined; readonly column?: number | undefined }

/** `script.ts:12:5`, or as much of it as is known. */
export function locationOf({ file, line, column }: Place): string | undefined {
  return file === undefined ? undefined : [file, line, column].filter((part) => part !== undefined).join(':')
}

/** esbuild's message in our words where it names things a user has never seen, with the place in the user's file. */
export function problemOf(message: Message, specifierOf: (path: string) => string | undefined): BundleProblem {
  return { message: sentence(message.text, specifierOf), ...placeOf(message.location) }
}

/** esbuild counts columns from 0, in bytes of UTF-8. */
function placeOf(location: Location | null): Omit<BundleProblem, 'message'> {
  if (location === null) return {}
  const { lineText, line } = location
  const column = Buffer.from(lineText).subarray(0, location.column).toString().length + 1
  return { file: shownFile(location.file), line, column, lineText }
}

/** Text from standard input has a namespace of its own, the entry made around the script is nobody's file. */
export const shownFile = (path: string): string => path.replace(/^stdin:/, '')

function sentence(text: string, specifierOf: (path: string) => string | undefined): string {
  const unresolved = /^Could not resolve "(.*)"$/s.exec(text)?.[1]
  if (unresolved !== undefined) {
    return /^[./]/.test(unresolved)
      ? `cannot find '${unresolved}': there is no such file`
      : `cannot find '${unresolved}': no package of that name is installed beside the script`
  }
  const [, file, name] = /^No matching export in "(.*)" for import "(.*)"$/s.exec(text) ?? []
  if (file !== undefined && name !== undefined) {
    const module = specifierOf(file) ?? `'${shownFile(file)}'`
    return name === 'default' ? `${module} has no default export` : `${module} has no export named '${name}'`
  }
  return text
}

// `${VAR}`, `${VAR:-default}` and `${file:/path}` in the values of a targets file; `$${` stands for `${` itself.
import { isAbsolute, join } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import type { ValuePath } from '../plan/problem.ts'
import type { SettingsProblems } from './targets-problem.ts'

/** Where values come from. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** A file's text; throws an Error with a `code` (`ENOENT`) when it can't be read. */
  readonly readFile: (path: string) => string
  /** What relative paths start from: the folder of the targets file. */
  readonly folder: string
}

export interface Substituted {
  readonly value: JsonObject
  /** What came out of files: secrets, whatever key they are under. */
  readonly fileTexts: readonly string[]
}

const EXPRESSION = /\$(\$\{)|\$\{([^}]*)\}/g
const VARIABLE = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/** Replaces expressions in every text of `root`. What can't be had goes to `problems`, by its name and never by its value. */
export function substitute(root: JsonObject, sources: Sources, problems: SettingsProblems): Substituted {
  const fileTexts: string[] = []

  const resolve = (inner: string, whole: string, path: ValuePath): string => {
    if (inner.startsWith('file:')) {
      const read = fromFile(inner.slice('file:'.length), sources)
      if ('reason' in read) {
        problems.at(path, read.reason, whole)
        return ''
      }
      fileTexts.push(read.text)
      return read.text
    }
    const [, name, otherwise] = VARIABLE.exec(inner) ?? []
    if (name === undefined) {
      problems.at(path, `${whole} is not understood: write \${NAME}, \${NAME:-default} or \${file:PATH}; $\${ is \${ itself`, whole)
      return ''
    }
    const value = sources.env[name]
    // As in a shell: a default stands in for an empty variable too.
    if (otherwise !== undefined) return value === undefined || value === '' ? otherwise : value
    if (value === undefined) {
      problems.at(path, `the environment variable ${name} is not set; set it, or write \${${name}:-default}`, whole)
    }
    return value ?? ''
  }

  const walk = (value: Json, path: ValuePath): Json => {
    if (typeof value === 'string') {
      return value.replace(EXPRESSION, (whole: string, escaped: string | undefined, inner: string) =>
        escaped ?? resolve(inner, whole, path))
    }
    if (Array.isArray(value)) return (value as readonly Json[]).map((item, index) => walk(item, [...path, index]))
    return isJsonObject(value) ? walkObject(value, path) : value
  }
  const walkObject = (object: JsonObject, path: ValuePath): JsonObject => Object.fromEntries(
    Object.entries(object).flatMap(([key, item]) => item === undefined ? [] : [[key, walk(item, [...path, key])]]))

  return { value: walkObject(root, []), fileTexts }
}

function fromFile(path: string, { readFile, folder }: Sources): { readonly text: string } | { readonly reason: string } {
  if (path === '') return { reason: '${file:} names no file' }
  try {
    // Secret stores end files with a line break that is no part of the secret.
    return { text: readFile(isAbsolute(path) ? path : join(folder, path)).replace(/\r?\n$/, '') }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { reason: `the file ${path} can't be read (${code})` }
  }
}

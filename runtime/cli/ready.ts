// The ready scenarios: scripts that come along and are run by name, and what the head of each says of it.
//
// A head is the comment a script begins with, in parts with an empty line between: what it is for; commands that run it; one line for
// each variable it takes by -e, with its default and what it means; more.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../plan/nearest.ts'
import type { Palette } from '../output/palette.ts'
import { displayWidth, padEnd, wrap } from '../output/text.ts'
import { EXIT_USAGE, Failure } from './failure.ts'

/** A variable a scenario takes by `-e`; `standard` is empty where the default is too long to write. */
export interface ScenarioVariable { readonly name: string; readonly standard: string; readonly meaning: string }

export interface ReadyScenario {
  /** What it is run by. */
  readonly name: string
  /** What it is for, in a sentence or two. */
  readonly purpose: string
  /** Commands that run it. */
  readonly examples: readonly string[]
  readonly variables: readonly ScenarioVariable[]
  /** What else is to be known, a paragraph each. */
  readonly notes: readonly string[]
}

const FOLDER = fileURLToPath(new URL('../../../scripts/', import.meta.url))
const ENDING = '.ts'
const NAME = /^[a-z0-9][a-z0-9-]*$/
const VARIABLE = /^-e (\w+)(?:=(\S+))? +(\S.*)$/
/** Lines are broken at this width where nothing limits them. */
const WIDTH_MAX = 120

/** Where the ready scenario of a name lies; undefined when there is none. */
export function readyScript(name: string): string | undefined {
  if (!NAME.test(name)) return undefined
  const path = join(FOLDER, `${name}${ENDING}`)
  return existsSync(path) ? path : undefined
}

/** Their names, in order. */
export const readyNames = (): readonly string[] =>
  readdirSync(FOLDER).filter((file) => file.endsWith(ENDING) && !file.endsWith('.d.ts')).map((file) => file.slice(0, -ENDING.length)).sort()

/** The one whose name was nearly written. */
export const meantScenario = (name: string): string | undefined => nearest(name, readyNames())

/** Reads the head of a script. */
export function scenarioOf(name: string, text: string): ReadyScenario {
  const head = /^(?:\/\/.*\n)*/.exec(text)?.[0] ?? ''
  const parts = head.split('\n').map((line) => line.replace(/^\/\/ ?/, '')).join('\n').split(/\n\s*\n/).filter((part) => part.trim() !== '')
  const lines = parts.map((part) => part.trim().split('\n').map((line) => line.trim()))
  const isOf = (start: string) => (part: readonly string[]): boolean => part.every((line) => line.startsWith(start))
  const [purpose = [], ...more] = lines
  return {
    name, purpose: purpose.join(' '),
    examples: more.filter(isOf('chopsticks ')).flat(),
    variables: more.filter(isOf('-e ')).flat().flatMap((line) => {
      const [, variable = '', standard = '', meaning = ''] = VARIABLE.exec(line) ?? []
      return variable === '' ? [] : [{ name: variable, standard, meaning }]
    }),
    notes: more.filter((part) => !isOf('chopsticks ')(part) && !isOf('-e ')(part)).map((part) => part.join(' ')),
  }
}

/** All of them, or the one of a name, as text. Throws a Failure (255) for a name that none has. */
export function scenariosText(name: string | undefined, columns: number, paint: Pick<Palette, 'strong' | 'faint'>): string {
  const names = readyNames()
  if (name !== undefined && !names.includes(name)) {
    const meant = meantScenario(name)
    throw new Failure(EXIT_USAGE, `scenarios ${name}: there is no such scenario`, {
      hint: meant === undefined ? 'chopsticks scenarios lists them' : `did you mean ${meant}?`,
    })
  }
  const width = Math.min(columns, WIDTH_MAX)
  const textOf = (each: string): string => readFileSync(join(FOLDER, `${each}${ENDING}`), 'utf8')
  const chosen = (name === undefined ? names : [name]).map((each) => scenarioOf(each, textOf(each)))
  const lines = name === undefined
    ? [...chosen.flatMap((scenario) => [...shortLines(scenario, width, paint), '']), 'run one:  chopsticks run NAME -e VARIABLE=VALUE',
      'more on it:  chopsticks scenarios NAME']
    : chosen.flatMap((scenario) => longLines(scenario, width, paint))
  return lines.map((line) => `${line}\n`).join('')
}

const indented = (words: readonly string[], width: number): readonly string[] => wrap(words, width - 2).map((line) => `  ${line}`)
const given = ({ name, standard }: ScenarioVariable): string => `-e ${name}${standard === '' ? '' : `=${standard}`}`

function shortLines({ name, purpose, variables }: ReadyScenario, width: number, { strong, faint }: Pick<Palette, 'strong' | 'faint'>) {
  return [strong(name), ...indented(purpose.split(' '), width), ...indented(variables.map(given), width).map(faint)]
}

function longLines(scenario: ReadyScenario, width: number, { strong }: Pick<Palette, 'strong' | 'faint'>): readonly string[] {
  const { name, purpose, examples, variables, notes } = scenario
  const wide = Math.max(0, ...variables.map((variable) => displayWidth(given(variable))))
  const part = (lines: readonly string[]): readonly string[] => lines.length === 0 ? [] : ['', ...lines]
  return [
    strong(name), ...indented(purpose.split(' '), width),
    ...part(examples.map((example) => `  ${example}`)),
    ...part(variables.map((variable) => `  ${padEnd(given(variable), wide)}  ${variable.meaning}`)),
    ...notes.flatMap((note) => part(indented(note.split(' '), width))),
  ]
}

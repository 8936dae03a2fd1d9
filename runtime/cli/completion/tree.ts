// The command line as completion sees it: commands, their flags, and what may stand behind each.
import type { Command, Option as Flag } from 'commander'
import { OPTIONS, OPTION_NAMES } from '../../plan/options.ts'

/** What can be offered for a value: words, files, folders, names of targets; `text` = nothing is known of it. */
export type Values = readonly string[] | 'files' | 'scripts' | 'folders' | 'targets' | 'text'

export interface CompletedFlag {
  readonly short: string | undefined
  readonly long: string
  readonly text: string
  /** Undefined for a switch. */
  readonly values: Values | undefined
  /** The value may be left out, and follows after `=` only. */
  readonly optional: boolean
  readonly repeats: boolean
}

export interface CompletedCommand {
  readonly name: string
  readonly text: string
  readonly flags: readonly CompletedFlag[]
  /** What its first argument is; undefined when it takes none. */
  readonly argument: Values | undefined
}

/** The command meant where none is named. */
export const DEFAULT_COMMAND = 'run'
/** The command that names targets for completion. */
export const TARGETS_COMMAND = '__targets'

const FILES = new Set(['FILE', 'WHERE'])
const FOLDERS = new Set(['DIR'])

/** Reads the tree; `words` are what an argument or flag of a name may be, where only the caller knows. */
export function completedCommands(program: Command, words: Readonly<Record<string, readonly string[]>>): readonly CompletedCommand[] {
  const named = program.commands.filter((command) => command.name() !== TARGETS_COMMAND).map((command) => ({
    name: command.name(), text: firstSentence(command.description()), flags: command.options.map(flagOf),
    argument: argumentOf(command.registeredArguments[0]?.name(), words),
  }))
  return [...named, { name: 'help', text: 'Explains a command.', flags: [], argument: named.map(({ name }) => name) }]
}

function argumentOf(name: string | undefined, words: Readonly<Record<string, readonly string[]>>): Values | undefined {
  if (name === undefined) return undefined
  const known = words[name]
  if (known !== undefined) return known
  switch (name) {
    case 'script': return 'scripts'
    case 'file': return 'files'
    case 'target': return 'targets'
    default: return 'text'
  }
}

function flagOf({ short, long = '', description, flags }: Flag): CompletedFlag {
  const name = OPTION_NAMES.find((option) => OPTIONS[option].flags.at(-1) === long)
  const option = name === undefined ? undefined : OPTIONS[name]
  const argument = /[<[]([^>\]]+)[>\]]$/.exec(flags)?.[1]
  const choices = option?.kind.schema['enum']
  const values = argument === undefined ? undefined
    : name === 'target' ? 'targets' : FILES.has(argument) ? 'files' : FOLDERS.has(argument) ? 'folders'
      : Array.isArray(choices) ? choices.map(String) : 'text'
  return {
    short, long, text: firstSentence(option?.meaning ?? description), values, optional: option?.bare !== undefined,
    repeats: option?.kind.repeats === true,
  }
}

const firstSentence = (text: string): string => text.replace(/\.(\s.*)?$/s, '')

// The command line as data: which command, on what, with which flags. Nothing is read or run here.
import { Command, CommanderError, Option as Flag } from 'commander'
import type { Json } from '../../bindings/sdk/index.ts'
import type { FlagValue } from '../plan/kinds.ts'
import { NO_SEGMENTS, type RawFlags } from '../plan/layers.ts'
import { nearest } from '../plan/nearest.ts'
import { OPTIONS, OPTION_NAMES, type OptionName } from '../plan/options.ts'
import { TARGETS_COMMAND } from './completion/tree.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { HEADINGS, HEADING_ORDER, TEXTS } from './help.ts'
import { SERVE_FLAGS } from './serve-flags.ts'

/** What a command line asks for. */
export type Request =
  | { readonly command: 'run' | 'inspect'; readonly script: string; readonly flags: RawFlags }
  | { readonly command: 'serve'; readonly workload: string; readonly serve: ServeFlags; readonly flags: RawFlags }
  | { readonly command: 'runs'; readonly filter: RunFilter; readonly flags: RawFlags }
  | { readonly command: 'show'; readonly run: string; readonly json: boolean; readonly flags: RawFlags }
  | { readonly command: 'report'; readonly run: string; readonly file: string | undefined; readonly flags: RawFlags }
  | { readonly command: 'slowest'; readonly run: string; readonly top: string; readonly op: string | undefined; readonly flags: RawFlags }
  | { readonly command: 'query'; readonly sql: string; readonly json: boolean; readonly flags: RawFlags }
  | { readonly command: 'calibrate'; readonly flags: RawFlags }
  | { readonly command: 'rerun'; readonly run: string; readonly flags: RawFlags }
  | { readonly command: 'delete'; readonly runs: readonly string[]; readonly flags: RawFlags }
  | { readonly command: 'export'; readonly run: string; readonly file: string; readonly flags: RawFlags }
  | { readonly command: 'import'; readonly file: string; readonly flags: RawFlags }
  | { readonly command: 'new'; readonly file: string }
  | { readonly command: 'cleanup'; readonly run: string | undefined; readonly prefix: string | undefined; readonly flags: RawFlags }
  | { readonly command: 'doctor'; readonly target: string | undefined; readonly json: boolean; readonly flags: RawFlags }
  | { readonly command: 'scenarios'; readonly name: string | undefined }
  | { readonly command: 'compare'; readonly runs: readonly string[]; readonly json: boolean; readonly flags: RawFlags }
  | {
    readonly command: 'ab'; readonly scripts: readonly string[]; readonly repeat: string; readonly json: boolean
    readonly flags: RawFlags
  }
  | { readonly command: 'completion'; readonly shell: string }
  | { readonly command: 'targets'; readonly file: string | undefined }
  | { readonly command: 'version' }
  | { readonly command: 'help'; readonly text: string }

/** Which runs are listed: a part of the script's name, a tag (`name` or `name=value`), a verdict, the first moment (ISO 8601). */
interface RunFilter { readonly script?: string; readonly tag?: string; readonly verdict?: string; readonly since?: string }

/** Flags of `serve`, as texts, by the name of the built-in store's option. */
export type ServeFlags = Readonly<Record<string, string>>

/** How help is laid out. */
export interface HelpLayout { readonly columns: number; readonly colors: boolean }

const LOG: readonly OptionName[] = ['quiet', 'verbose', 'noColor', 'logFormat', 'logOutput']
const CLEANUP: readonly OptionName[] = ['config', 'target', 'cleanupTimeout', ...LOG]
const DOCTOR: readonly OptionName[] = ['config', 'target', 'vus', 'shards', 'debugRequests', ...LOG]
const COMPARE: readonly OptionName[] = ['baseline', 'failOn', 'across', 'by', 'tolerance', 'bisect', 'results', ...LOG]
const AB_LEAVES: readonly OptionName[] = ['baseline', 'requireBaseline', 'updateBaseline', 'summaryExport', 'report', 'out']
const KEPT: readonly OptionName[] = ['results', ...LOG]
const RERUN: readonly OptionName[] = ['config', 'target', 'driver', 'shards', 'keepRuns', 'summaryExport', 'report', 'opLog', ...KEPT]
const COMMANDS = [
  'run', 'compare', 'ab', 'inspect', 'serve', 'new', 'cleanup', 'doctor', 'calibrate', 'scenarios', 'runs', 'show', 'report', 'slowest',
  'query', 'rerun', 'delete', 'export', 'import', 'completion', 'version', 'help',
]

/**
 * Reads the arguments after the program's name. Help is a request like any other, its text made here.
 *
 * @throws Failure (255) for a flag, command or argument that does not exist or is missing.
 */
export function parseArguments(args: readonly string[], layout: HelpLayout): Request {
  let request: Request | undefined
  let help = ''
  const take = (made: Request): void => { request = made }
  const program = new Command('chopsticks')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => { help += text },
      writeErr: () => { return },
      getOutHelpWidth: () => layout.columns,
      getOutHasColors: () => layout.colors,
    })
    // Optional values are only taken behind a =: so they are shown.
    .configureHelp({ optionTerm: ({ flags }) => flags.replace(/ \[(.+)\]$/, '[=$1]') })
  describeProgram(program, take)
  try {
    program.parse(args.map(withValue), { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return early(error, help, args)
  }
  if (request === undefined) throw new Error('a command line that asks for nothing was accepted')
  return request
}

/** Commands and flags, for whoever reads them and parses nothing. */
export function commandTree(): Command {
  const program = new Command('chopsticks')
  describeProgram(program, () => { return })
  return program
}

function describeProgram(program: Command, take: (request: Request) => void): void {
  program.description(TEXTS.program).usage('[command] [arguments] [flags]').addHelpText('after', TEXTS.after)
    .version('', '-V, --version', 'Prints the version.').helpOption('-h, --help', 'Explains the command.')
    .helpCommand('help [command]', 'Explains a command.')
  const add = (usage: string, text: string, more: string, names: readonly OptionName[], isDefault = false): Command =>
    withOptions(program.command(usage, { isDefault }).description(text).addHelpText('after', more), names)

  const all = OPTION_NAMES.filter((name) => OPTIONS[name].flags.length > 0)
    .sort((a, b) => HEADING_ORDER.indexOf(HEADINGS[a]) - HEADING_ORDER.indexOf(HEADINGS[b]))
  add('run', TEXTS.run, TEXTS.runAfter, all, true).argument('<script>', TEXTS.script)
    .action((script: string, _: unknown, command: Command) => { take({ command: 'run', script, flags: flagsOf(command) }) })
  add('inspect', TEXTS.inspect, '', all).argument('<script>', TEXTS.script)
    .action((script: string, _: unknown, command: Command) => { take({ command: 'inspect', script, flags: flagsOf(command) }) })
  withServeFlags(add('serve', TEXTS.serve, TEXTS.serveAfter, LOG)).argument('<workload>', 'Whose store: s3.')
    .action((workload: string, _: unknown, command: Command) => {
      take({ command: 'serve', workload, serve: serveFlagsOf(command), flags: flagsOf(command) })
    })
  add('new', TEXTS.new, '', []).argument('[file]', 'The script to write.', 'script.ts')
    .action((file: string) => { take({ command: 'new', file }) })
  add('cleanup', TEXTS.cleanup, '', CLEANUP).argument('[run]', 'The run\'s name, as it was printed.')
    .option('--prefix <PREFIX>', 'The prefix instead of the run\'s name; it must begin with chopsticks-.')
    .action((run: string | undefined, { prefix }: { prefix?: string }, command: Command) => {
      take({ command: 'cleanup', run, prefix, flags: flagsOf(command) })
    })
  add('doctor', TEXTS.doctor, TEXTS.doctorAfter, DOCTOR).argument('[target]', 'Which of the file\'s targets to look at.')
    .option('--json', 'Prints the findings as one JSON document at the end.')
    .action((target: string | undefined, { json = false }: { json?: boolean }, command: Command) => {
      take({ command: 'doctor', target, json, flags: flagsOf(command) })
    })
  add('calibrate', TEXTS.calibrate, TEXTS.calibrateAfter, KEPT)
    .action((_: unknown, command: Command) => { take({ command: 'calibrate', flags: flagsOf(command) }) })
  add('scenarios', TEXTS.scenarios, TEXTS.scenariosAfter, []).argument('[scenario]', 'The one to tell more of.')
    .action((name: string | undefined) => { take({ command: 'scenarios', name }) })
  addComparisons(add, all, take)
  describeKept(add, take)
  add('completion', TEXTS.completion, TEXTS.completionAfter, []).argument('<shell>', 'bash, zsh or fish.')
    .action((shell: string) => { take({ command: 'completion', shell }) })
  // For the completion scripts: they ask by it which targets there are.
  program.command(TARGETS_COMMAND, { hidden: true }).option('-c, --config <FILE>')
    .action(({ config }: { config?: string }) => { take({ command: 'targets', file: config }) })
  add('version', TEXTS.version, '', []).action(() => { take({ command: 'version' }) })
}

type Add = (usage: string, text: string, more: string, names: readonly OptionName[]) => Command

/** The commands that compare runs: kept ones, or such as they make. */
function addComparisons(add: Add, all: readonly OptionName[], take: (request: Request) => void): void {
  add('compare', TEXTS.compare, TEXTS.compareAfter, COMPARE).argument('<runs...>', 'A and B, or with --baseline only B.')
    .option('--json', 'Prints the comparison as one JSON document.')
    .action((runs: readonly string[], { json = false }: { json?: boolean }, command: Command) => {
      take({ command: 'compare', runs, json, flags: flagsOf(command) })
    })
  add('ab', TEXTS.ab, TEXTS.abAfter, all.filter((name) => !AB_LEAVES.includes(name))).argument('<scripts...>', 'One script or two.')
    .option('--repeat <N>', 'How many runs each side has.', '5').option('--json', 'Prints the comparison as one JSON document.')
    .action((scripts: readonly string[], { json = false, repeat = '' }: { json?: boolean; repeat?: string }, command: Command) => {
      take({ command: 'ab', scripts, repeat, json, flags: flagsOf(command) })
    })
}

/** Commands on kept runs. */
function describeKept(add: Add, take: (request: Request) => void): void {
  add('runs', TEXTS.runs, '', KEPT)
    .option('--script <TEXT>', 'Only runs of scripts whose name holds it.').option('--tag <NAME=VALUE>', 'Only runs with this tag.')
    .option('--verdict <VERDICT>', 'passed, failed, incomplete, or how a run ended: thresholds, signal, …')
    .option('--since <DATE>', 'Only runs since then: 2026-11-24, 2026-11-24T03:00:00Z.')
    .action((filter: RunFilter & Readonly<Record<string, unknown>>, command: Command) => {
      const { script, tag, verdict, since } = filter
      const given = Object.entries({ script, tag, verdict, since }).filter(([, value]) => value !== undefined)
      take({ command: 'runs', filter: Object.fromEntries(given), flags: flagsOf(command) })
    })
  add('show', TEXTS.show, '', KEPT).argument('<run>', TEXTS.kept).option('--json', 'Prints its record as it is kept, as JSON.')
    .action((run: string, { json = false }: { json?: boolean }, command: Command) => {
      take({ command: 'show', run, json, flags: flagsOf(command) })
    })
  add('report', TEXTS.report, '', KEPT).argument('<run>', TEXTS.kept).argument('[file]', 'The file to write (default: report-RUN.html).')
    .action((run: string, file: string | undefined, _: unknown, command: Command) => {
      take({ command: 'report', run, file, flags: flagsOf(command) })
    })
  add('slowest', TEXTS.slowest, '', KEPT).argument('<run>', TEXTS.kept)
    .option('--top <N>', 'How many.', '100').option('--op <OP>', 'Only those of this operation: get.')
    .action((run: string, { top = '', op }: { top?: string; op?: string }, command: Command) => {
      take({ command: 'slowest', run, top, op, flags: flagsOf(command) })
    })
  add('query', TEXTS.query, TEXTS.queryAfter, KEPT).argument('<sql>', 'What is asked, in DuckDB\'s SQL.')
    .option('--json', 'Prints the answer as JSON: a list of objects.')
    .action((sql: string, { json = false }: { json?: boolean }, command: Command) => {
      take({ command: 'query', sql, json, flags: flagsOf(command) })
    })
  add('rerun', TEXTS.rerun, '', RERUN).argument('<run>', `${TEXTS.kept} Or a file that export wrote.`)
    .action((run: string, _: unknown, command: Command) => { take({ command: 'rerun', run, flags: flagsOf(command) }) })
  add('delete', TEXTS.delete, '', KEPT).argument('<run...>', TEXTS.kept)
    .action((runs: readonly string[], _: unknown, command: Command) => { take({ command: 'delete', runs, flags: flagsOf(command) }) })
  add('export', TEXTS.export, '', KEPT).argument('<run>', TEXTS.kept).argument('<file>', 'The file to write; it must not exist.')
    .action((run: string, file: string, _: unknown, command: Command) => {
      take({ command: 'export', run, file, flags: flagsOf(command) })
    })
  add('import', TEXTS.import, '', KEPT).argument('<file>', 'A file that export wrote.')
    .action((file: string, _: unknown, command: Command) => { take({ command: 'import', file, flags: flagsOf(command) }) })
}

/** Adds options of the table as flags, each below the heading of its kind. */
function withOptions(command: Command, names: readonly OptionName[]): Command {
  for (const name of names) {
    const { flags, argument, bare, kind } = OPTIONS[name]
    const value = kind.isSwitch ? '' : bare === undefined ? ` <${argument}>` : ` [${argument}]`
    const flag = new Flag(`${flags.join(', ')}${value}`, describe(name))
    if (!kind.isSwitch) flag.argParser((value: string, before: unknown) => [...(before as readonly string[] | undefined ?? []), value])
    command.addOption(flag.helpGroup(HEADINGS[name]))
  }
  return command
}

/** The built-in store's options as flags. */
function withServeFlags(command: Command): Command {
  for (const { flag, argument, meaning, standard, heading } of SERVE_FLAGS) {
    command.addOption(new Flag(`${flag} <${argument}>`, meaning).default(standard).helpGroup(heading))
  }
  return command
}

/** Their values, by option name. */
function serveFlagsOf(command: Command): ServeFlags {
  return Object.fromEntries(SERVE_FLAGS.flatMap(({ flag, option }): [string, string][] => {
    const key = command.options.find(({ long }) => long === flag)?.attributeName()
    const value: unknown = key === undefined ? undefined : command.getOptionValue(key)
    return typeof value === 'string' ? [[option, value]] : []
  }))
}

/** A flag that may do without a value is given the one it then means: the next word is never its value. */
function withValue(argument: string): string {
  const bare = OPTION_NAMES.map((name) => OPTIONS[name]).find(({ bare: value, flags }) => value !== undefined && flags.includes(argument))
  return bare?.bare === undefined ? argument : `${argument}=${bare.bare}`
}

/** What an option means, its default and its environment twin. */
function describe(name: OptionName): string {
  const { meaning, unset, default: value, env } = OPTIONS[name]
  const standard = unset ?? shown(value)
  const notes = [...(standard === '' ? [] : [`default: ${standard}`]), ...(env === undefined ? [] : [env])]
  return notes.length === 0 ? meaning : `${meaning} (${notes.join('; ')})`
}

const shown = (value: Json): string => {
  if (value === null || value === false) return ''
  if (Array.isArray(value)) return value.join(',')
  return typeof value === 'object' ? '' : String(value)
}

/** The flags that were given, by option name: true for a switch, every value of any other in order. */
function flagsOf(command: Command): RawFlags {
  const given: Partial<Record<OptionName, FlagValue>> = {}
  for (const name of OPTION_NAMES) {
    const long = OPTIONS[name].flags.at(-1)
    const flag = command.options.find((option) => option.long === long)
    if (flag === undefined || long === undefined) continue
    const key = flag.attributeName()
    if (command.getOptionValueSource(key) !== 'cli') continue
    given[name] = OPTIONS[name].kind.isSwitch ? true : command.getOptionValue(key) as readonly string[]
  }
  return given
}

/** What to try instead: the command that was meant, where the first word is nearly one. */
export function commandHint(word: string): string {
  const meant = COMMANDS.includes(word) ? undefined : nearest(word, COMMANDS)
  return meant === undefined ? 'chopsticks --help lists commands, chopsticks run --help all flags' : `did you mean chopsticks ${meant}?`
}

/** Help and version end parsing early; all else is a mistake. */
function early(error: CommanderError, help: string, args: readonly string[]): Request {
  switch (error.code) {
    case 'commander.helpDisplayed': case 'commander.help': return { command: 'help', text: help }
    case 'commander.version': return { command: 'version' }
    default: {
      const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ')
      const isPart = args.some((arg) => arg.startsWith('--execution-segment'))
      throw new Failure(EXIT_USAGE, message, { hint: isPart ? NO_SEGMENTS : commandHint(args.find((arg) => !arg.startsWith('-')) ?? '') })
    }
  }
}

// The log: what the run and the script's console say while it goes on, as text for people or pipelines, or as JSON.
import { closeSync, openSync, writeSync } from 'node:fs'
import { createColors } from 'picocolors'
import type { Clock } from '../../bindings/sdk/index.ts'
import { Failure, failureLines, placeName, type Place } from './failure.ts'
import type { Sink } from './streams.ts'

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFormat = 'text' | 'json' | 'raw'

export interface LogLine {
  readonly level: LogLevel
  readonly text: string
  /** More about it: `source`, `vu`, …; undefined ones are left out. */
  readonly fields?: Readonly<Record<string, string | number | undefined>>
}

export interface LineStyle {
  readonly format: LogFormat
  /** Text for a terminal (`INFO[0003] …`) instead of for a pipeline (`time="…" level=info …`). */
  readonly terminal: boolean
  readonly colors: boolean
}

/** When a line was said: ms since the start of the program and since the Unix epoch. */
export interface LineTime { readonly sinceStartMs: number; readonly epochMs: number }

const TAGS: Readonly<Record<LogLevel, string>> = { debug: 'DEBU', info: 'INFO', warn: 'WARN', error: 'ERRO' }
const MESSAGE_WIDTH = 44
const LEVEL_NAMES: Readonly<Record<LogLevel, string>> = { debug: 'debug', info: 'info', warn: 'warning', error: 'error' }

const plain = /^[\w\-./@^+:]+$/
const quoted = (value: string): string => (plain.test(value) ? value : harmless(JSON.stringify(value)))

/** What a terminal would obey: a script may log what it read from a store, and that must not move cursors or set titles. */
const CONTROLS = /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** The text with control characters made visible; new lines and tabs stay. */
const harmless = (text: string): string =>
  text.replace(CONTROLS, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)

/** One line of the log, newline included. */
export function formatLine(line: LogLine, style: LineStyle, time: LineTime): string {
  const fields = Object.entries(line.fields ?? {}).filter((field): field is [string, string | number] => field[1] !== undefined)
  switch (style.format) {
    case 'raw': return `${harmless(line.text)}\n`
    case 'json': {
      const head = { time: new Date(time.epochMs).toISOString(), level: LEVEL_NAMES[line.level], msg: line.text }
      return `${JSON.stringify({ ...head, ...Object.fromEntries(fields) })}\n`
    }
    case 'text': return style.terminal ? terminalLine(line, fields, style.colors, time) : pipelineLine(line, fields, time)
    default: return style.format satisfies never
  }
}

function pipelineLine(line: LogLine, fields: readonly (readonly [string, string | number])[], time: LineTime): string {
  const pairs = [
    `time="${new Date(Math.floor(time.epochMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')}"`,
    `level=${LEVEL_NAMES[line.level]}`, `msg=${quoted(line.text)}`,
    ...fields.map(([key, value]) => `${key}=${quoted(String(value))}`),
  ]
  return `${pairs.join(' ')}\n`
}

function terminalLine(
  line: LogLine, fields: readonly (readonly [string, string | number])[], useColors: boolean, time: LineTime,
): string {
  const colors = createColors(useColors)
  const paint = { debug: colors.gray, info: colors.cyan, warn: colors.yellow, error: colors.red }[line.level]
  const seconds = String(Math.floor(time.sinceStartMs / 1000)).padStart(4, '0')
  const head = `${paint(TAGS[line.level])}[${seconds}] `
  const text = harmless(line.text)
  if (fields.length === 0) return `${head}${text}\n`
  return `${head}${text.padEnd(MESSAGE_WIDTH)} ${fields.map(([key, value]) => `${paint(key)}=${quoted(String(value))}`).join(' ')}\n`
}

/** Where the log goes. */
export type LogOutput = 'stderr' | 'stdout' | 'none' | { readonly file: string }

/** Reads `stderr`, `stdout`, `none` or `file=PATH`; undefined when it is none of them. */
export function parseLogOutput(text: string): LogOutput | undefined {
  if (text === 'stderr' || text === 'stdout' || text === 'none') return text
  return text.startsWith('file=') && text.length > 'file='.length ? { file: text.slice('file='.length) } : undefined
}

export interface LoggerOptions {
  readonly sink: Sink
  /** Where the line that ends a command goes, wherever the log goes. */
  readonly errorSink: Sink
  readonly style: LineStyle
  /** Lines below it are dropped. */
  readonly level: LogLevel
  readonly clock: Clock
}

export class Logger {
  readonly #o: LoggerOptions
  readonly #startMs: number
  constructor(options: LoggerOptions) {
    this.#o = options
    this.#startMs = options.clock.now()
  }

  /** True when debug lines are written: stacks are shown then. */
  get verbose(): boolean { return this.#o.level === 'debug' }

  log(line: LogLine): void {
    const { sink, style, level } = this.#o
    if (LOG_LEVELS.indexOf(line.level) < LOG_LEVELS.indexOf(level)) return
    sink.write(formatLine(line, style, this.#time()))
  }
  /** Lines that belong together and were asked for, whatever the level: as they are, or as one line where the log is JSON. */
  block(text: string): void {
    const { sink, style } = this.#o
    sink.write(style.format === 'json' ? formatLine({ level: 'debug', text }, style, this.#time()) : `${harmless(text)}\n`)
  }

  debug(text: string): void { this.log({ level: 'debug', text }) }
  info(text: string): void { this.log({ level: 'info', text }) }
  warn(text: string): void { this.log({ level: 'warn', text }) }

  /** Says why a command ends: always on stderr, as a line of JSON where the log is JSON; in the log as well where that is a file. */
  fail(failure: Pick<Failure, 'message' | 'place' | 'hint'>): void {
    const { sink, errorSink, style } = this.#o
    const json = formatLine({ level: 'error', text: failure.message, fields: fieldsOf(failure.place, failure.hint) }, style, this.#time())
    if (style.format === 'json') errorSink.write(json)
    else errorSink.write(`${paintFirst(failureLines(failure).map(harmless), style.colors).join('\n')}\n`)
    if (sink !== errorSink && !sink.tty) sink.write(json)
  }

  #time(): LineTime {
    const { clock } = this.#o
    return { sinceStartMs: clock.now() - this.#startMs, epochMs: clock.epochMs() }
  }
}

const paintFirst = ([first = '', ...rest]: readonly string[], useColors: boolean): readonly string[] =>
  [first.replace(/^error:/, createColors(useColors).red('error:')), ...rest]

const fieldsOf = (place: Place | undefined, hint: string | undefined): Readonly<Record<string, string | undefined>> =>
  ({ at: place === undefined ? undefined : placeName(place), hint })

/** A log file, emptied first. Throws a Failure (exit code 104) when it can't be written. */
export function fileSink(path: string): Sink & Disposable {
  let file: number
  try {
    file = openSync(path, 'w', 0o644)
  } catch (error) {
    throw new Failure(104, `--log-output: ${path} can't be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  let broken: string | undefined
  return {
    write(text) {
      try { writeSync(file, text) } catch (error) { broken ??= `${path}: ${(error as Error).message}` }
    },
    tty: false,
    columns: Number.POSITIVE_INFINITY,
    get broken() { return broken },
    [Symbol.dispose]: () => { closeSync(file) },
  }
}

/** A sink that drops everything. */
export const noSink: Sink = { write() { return }, tty: false, columns: Number.POSITIVE_INFINITY, broken: undefined }

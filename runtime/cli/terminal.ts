// The terminal as a command sees it: text out and log lines, with secrets taken out of both.
import type { Clock } from '../../bindings/sdk/index.ts'
import type { CommandOptions } from '../plan/make-plan.ts'
import { fileSink, Logger, noSink, parseLogOutput, type LogFormat } from './log.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { changed, redactor, type Sink, type Streams } from './streams.ts'

export type TerminalOptions = Pick<CommandOptions, 'verbose' | 'quiet' | 'noColor' | 'logFormat' | 'logOutput'>

export interface TerminalParts {
  readonly streams: Streams
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

/** Owns both streams and the log for the length of a command. */
export class Terminal implements Disposable {
  readonly out: Sink
  readonly err: Sink
  /** Standard error for what draws over itself: what is written here is not kept apart from it. */
  readonly screen: Sink
  log: Logger
  #clean: (text: string) => string = (text) => text
  #noColor = false
  #file: (Sink & Disposable) | undefined
  #around: (write: () => void) => void = (write) => { write() }
  readonly #p: TerminalParts

  constructor(parts: TerminalParts) {
    this.#p = parts
    const clean = (text: string): string => this.#clean(text)
    this.screen = changed(parts.streams.err, clean)
    this.err = this.#guarded(this.screen)
    this.out = this.#guarded(changed(parts.streams.out, clean))
    this.log = this.#logger(this.err, 'text', false)
  }

  /** True where text on this sink may have colours. */
  colors(sink: Sink): boolean {
    const { env } = this.#p
    return sink.tty && !this.#noColor && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  }

  /** Takes secrets out of a text that does not go through this terminal: a file's. */
  clean(text: string): string { return this.#clean(text) }

  /** From now on these values are never shown. */
  hide(secrets: readonly string[]): void { this.#clean = redactor(secrets) }

  /** Sets up the log as the options say. Throws a Failure when it can't be written where they say. */
  configure({ verbose, noColor, logFormat, logOutput }: TerminalOptions): void {
    this.#noColor = noColor
    const where = parseLogOutput(logOutput)
    if (where === undefined) throw new Failure(EXIT_USAGE, `--log-output: "${logOutput}" is none of stderr, stdout, none, file=PATH`)
    this.log = this.#logger(this.#sinkOf(where), logFormat, verbose)
  }

  /** Whatever is written from now on is written by `around`, which may take away what it has drawn and draw it again. */
  guard(around: ((write: () => void) => void) | undefined): void { this.#around = around ?? ((write) => { write() }) }

  /** Why something that was said is lost, when it is. */
  get broken(): string | undefined {
    const { out, err } = this
    if (out.broken !== undefined) return `standard output could not be written: ${out.broken}`
    return err.broken !== undefined ? `standard error could not be written: ${err.broken}` : this.#file?.broken
  }

  [Symbol.dispose](): void { this.#file?.[Symbol.dispose]() }

  #sinkOf(where: NonNullable<ReturnType<typeof parseLogOutput>>): Sink {
    switch (where) {
      case 'stderr': return this.err
      case 'stdout': return this.out
      case 'none': return noSink
      default: {
        const file = fileSink(where.file)
        this.#file = file
        return changed(file, (text) => this.#clean(text))
      }
    }
  }

  /** Files and pipes are nobody's drawing board. */
  #guarded(sink: Sink): Sink {
    return {
      write: (text) => { if (sink.tty) this.#around(() => { sink.write(text) }); else sink.write(text) },
      get tty() { return sink.tty },
      get columns() { return sink.columns },
      get broken() { return sink.broken },
    }
  }

  #logger(sink: Sink, format: LogFormat, verbose: boolean): Logger {
    return new Logger({
      sink, errorSink: this.err, clock: this.#p.clock, level: verbose ? 'debug' : 'info',
      style: { format, terminal: sink.tty, colors: this.colors(sink) },
    })
  }
}

// What a person or a pipeline sees of a run: its beginning, its progress, its summary.
import type { Clock, Timer } from '../../bindings/sdk/index.ts'
import type { Frame, RunPhase, RunReport } from '../coordinator/run.ts'
import type { FromAgent } from '../link/protocol.ts'
import type { RunRecord } from '../metrics/record.ts'
import { summaryData, type SummaryState } from '../metrics/summary-data.ts'
import { Progress } from '../output/progress.ts'
import { startupLines } from '../output/startup.ts'
import { summaryExport } from '../output/summary-export.ts'
import { summaryText } from '../output/summary.ts'
import { LiveBlock } from '../output/terminal.ts'
import type { Plan } from '../plan/plan.ts'
import type { Locate } from './ending.ts'
import { placeName } from './failure.ts'
import { AgentLog } from './report.ts'
import type { Sink } from './streams.ts'
import type { Terminal } from './terminal.ts'

export interface ScreenParts {
  readonly plan: Plan
  readonly targetLines: readonly string[]
  /** True when the store is gone with the run. */
  readonly builtin: boolean
  /** No progress, and no beginning but the name a killed run is cleaned up by. */
  readonly quiet: boolean
  readonly terminal: Terminal
  readonly clock: Clock
  readonly locate: () => Promise<Locate>
}

/** How often bars are redrawn: often enough to be seen moving, seldom enough to cost nothing. */
const REDRAW_MS = 100
/** The last column stays free: some terminals wrap when it is written. */
const MARGIN = 1

/** Nothing is wrapped where nobody looks at columns. */
const columnsOf = ({ tty, columns }: Sink): number => tty ? columns - MARGIN : Number.POSITIVE_INFINITY

/** Beginning and progress go to stderr, the summary to stdout, so that either can be kept without the other. */
export class Screen implements RunReport {
  readonly #p: ScreenParts
  readonly #progress: Progress
  readonly #agentLog: AgentLog
  readonly #block: LiveBlock | undefined
  #phase: RunPhase = 'init'
  #timer: Timer | undefined
  /** When the load's clock stood at `elapsedMs`: the moment of the last frame, or of the load's start. */
  #base: { readonly atMs: number; readonly elapsedMs: number } | undefined

  constructor(parts: ScreenParts) {
    this.#p = parts
    this.#progress = new Progress(parts.plan)
    const { terminal } = parts
    this.#agentLog = new AgentLog(() => terminal.log, parts.locate)
    this.#block = terminal.err.tty && !parts.quiet ? new LiveBlock(terminal.screen) : undefined
  }

  /** Says what will be done, and where; starts showing progress. */
  begin(): void {
    const { plan, targetLines, builtin, quiet, terminal } = this.#p
    if (quiet) {
      if (!builtin && plan.workloads.length > 0) terminal.err.write(`run ${plan.runId}: ${targetLines.join('; ')}\n`)
      return
    }
    // A built-in store's own line says already what it is.
    const style = { columns: columnsOf(terminal.err), colour: terminal.colors(terminal.err) }
    const lines = startupLines({ plan, targets: targetLines, builtin: false }, style)
    terminal.err.write(`${lines.join('\n')}\n\n`)
    const block = this.#block
    if (block === undefined) return
    terminal.guard((write) => { block.above(write) })
    this.#redraw()
  }

  /** Shows no more progress; the last of it stays. */
  end(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#block?.release()
    this.#p.terminal.guard(undefined)
  }

  // RunReport
  phase(phase: RunPhase): void {
    this.#phase = phase
    this.#progress.enter(phase)
    if (phase === 'running') this.#base = { atMs: this.#p.clock.now(), elapsedMs: 0 }
    this.#p.terminal.log.debug(`phase: ${phase}`)
  }
  frame(frame: Frame): void {
    this.#progress.update(frame)
    this.#base = { atMs: this.#p.clock.now(), elapsedMs: frame.elapsedMs }
    const { quiet, terminal } = this.#p
    if (!quiet && this.#block === undefined) terminal.err.write(`${this.#progress.logLines(frame.elapsedMs).join('\n')}\n`)
  }
  log(message: Extract<FromAgent, { kind: 'log' }>): void { this.#agentLog.say(message) }

  /** Resolves when every line that agents gave is in the log. */
  said(): Promise<void> { return this.#agentLog.said() }

  /** Prints the summary. */
  summary(record: RunRecord, locate: Locate): void {
    const { out } = this.#p.terminal
    out.write(summaryText(record, {
      columns: columnsOf(out), colour: this.#p.terminal.colors(out),
      locate: (stack) => {
        const place = locate(stack)
        return place === undefined ? {} : { location: placeName(place), ...(place.text === undefined ? {} : { lineText: place.text }) }
      },
    }))
  }

  /** What handleSummary gets, as JSON text. */
  summaryData(record: RunRecord): string { return JSON.stringify(summaryData(record, this.#state())) }

  /** What --summary-export writes. */
  summaryExport(record: RunRecord): string { return summaryExport(record, this.#state()) }

  #state(): SummaryState {
    const { out, err } = this.#p.terminal
    return { isStdOutTTY: out.tty, isStdErrTTY: err.tty, noColor: !this.#p.terminal.colors(out) }
  }

  #redraw(): void {
    const { clock, terminal } = this.#p
    this.#block?.draw(this.#progress.bars(this.#elapsedMs(), terminal.screen.columns - MARGIN, { colour: terminal.colors(terminal.err) }))
    this.#timer = clock.at(clock.now() + REDRAW_MS, () => { this.#redraw() })
  }

  /** The load's clock: it stands still before and after the load. */
  #elapsedMs(): number {
    if (this.#base === undefined) return 0
    const runs = this.#phase === 'running' || this.#phase === 'stopping'
    return this.#base.elapsedMs + (runs ? this.#p.clock.now() - this.#base.atMs : 0)
  }
}

// How far a run is: lines for a log, once a second, and frames with bars for a terminal, redrawn in place.
import type { ScenarioProgress } from '../metrics/snapshot.ts'
import type { SeriesSource } from '../metrics/verdict.ts'
import { isArrivals, isTimed, lengthOf, rateAt, stepAt, vusAt } from '../plan/load-shape.ts'
import type { Plan, Scenario } from '../plan/plan.ts'
import { LiveFigures } from './live.ts'
import { palette } from './palette.ts'
import { durationText, maxDurationMs } from './scenario-text.ts'
import { clip, displayWidth, padEnd, padStart } from './text.ts'

/** What progress is made from: everyone's last second, merged. */
export interface ProgressFrame {
  readonly elapsedMs: number
  readonly progress: readonly ScenarioProgress[]
  readonly aggregate: SeriesSource
}

const NS_PER_MS = 1e6
const BAR_WIDTH_MAX = 40
/** Narrower than this a bar says nothing that its percentage does not. */
const BAR_WIDTH_MIN = 8
const GLYPHS: Readonly<Record<ScenarioProgress['state'], string>> = {
  running: ' ', waiting: '•', stopping: '↓', interrupted: '✗', done: '✓',
}

/** A duration in fixed width, as long as the longest it is compared with needs: `1.0s`, `01.0s`, `00m01.0s`, `0h00m01.0s`. */
export function steadyTime(ms: number, longestMs: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100)
  const seconds = (tenths / 10) % 60
  const minutes = Math.floor(tenths / 600) % 60
  const hours = Math.floor(tenths / 36_000)
  const two = (text: string): string => padStart(text, 2).replace(' ', '0')
  const secondsText = seconds.toFixed(1)
  const longest = Math.max(ms, longestMs)
  if (longest < 10_000) return `${secondsText}s`
  const padded = padStart(secondsText, 4).replace(' ', '0')
  if (longest < 60_000) return `${padded}s`
  if (longest < 3_600_000) return `${two(String(minutes))}m${padded}s`
  return `${hours}h${two(String(minutes))}m${padded}s`
}

interface ScenarioLine { readonly name: string; readonly glyph: string; readonly share: number; readonly cells: readonly string[] }

export class Progress {
  readonly #plan: Plan
  readonly #live: LiveFigures
  /** When each scenario was first seen to be over, ms: its clock stops there. */
  readonly #endedMs = new Map<string, number>()
  #frame: ProgressFrame | undefined
  #phase = ''

  constructor(plan: Plan) {
    this.#plan = plan
    this.#live = new LiveFigures(plan.workloads)
  }

  /** Takes the newest frame. */
  update(frame: ProgressFrame): void {
    this.#frame = frame
    this.#live.update(frame.aggregate, frame.elapsedMs)
    for (const { scenario, state } of frame.progress) {
      if ((state === 'done' || state === 'interrupted') && !this.#endedMs.has(scenario)) this.#endedMs.set(scenario, frame.elapsedMs)
    }
  }

  /** Takes the name of what is going on: shown in place of `running` (`init`, `setup`, `teardown`, …). */
  enter(phase: string): void { this.#phase = phase }

  /** What a log gets once a second, an empty line at the end; `elapsedMs` counts from the first start. */
  logLines(elapsedMs = this.#frame?.elapsedMs ?? 0): readonly string[] {
    const scenarios = this.#scenarioLines(elapsedMs)
    const nameWidth = Math.max(0, ...scenarios.map(({ name }) => displayWidth(name)))
    const widths = cellWidths(scenarios)
    return [
      this.#headline(elapsedMs),
      ...scenarios.map(({ name, glyph, share, cells }) =>
        `${padEnd(name, nameWidth)} ${glyph} [ ${padStart(percent(share), 4)} ] ${aligned(cells, widths)}`.trimEnd()),
      ...this.#live.texts(), '',
    ]
  }

  /** What a terminal shows now: lines of at most `width` columns, to be drawn over the ones before. */
  bars(elapsedMs: number, width: number, { colour }: { readonly colour: boolean }): readonly string[] {
    const paint = palette(colour)
    const scenarios = this.#scenarioLines(elapsedMs)
    const widths = cellWidths(scenarios)
    const textWidth = Math.max(0, ...scenarios.map(({ cells }) => displayWidth(aligned(cells, widths).trimEnd())))
    const longest = Math.max(0, ...scenarios.map(({ name }) => displayWidth(name)))
    const nameWidth = Math.min(longest, Math.max(8, Math.floor(width / 4)))
    const room = Math.min(BAR_WIDTH_MAX, width - nameWidth - textWidth - ' ✓ [] '.length)
    const bar = (share: number): string => {
      if (room < BAR_WIDTH_MIN) return padStart(percent(share), 4)
      const filled = Math.min(room, Math.floor(share * room))
      const head = filled > 0 && filled < room ? '>' : ''
      return `${'='.repeat(filled - head.length)}${head}${'-'.repeat(room - filled)}`
    }
    return [
      clip(this.#headline(elapsedMs), width),
      ...scenarios.map(({ name, glyph, share, cells }) => {
        const head = `${padEnd(clip(name, nameWidth), nameWidth)} `
        const tail = ` [${bar(share)}] ${aligned(cells, widths).trimEnd()}`
        const line = clip(head + glyph + tail, width)
        // Coloured last: what is cut must not lose the end of a colour.
        return glyph === '✓' ? line.replace(glyph, paint.good) : glyph === '✗' ? line.replace(glyph, paint.bad) : line
      }),
      ...this.#live.texts().map((text) => paint.accent(clip(text, width))),
    ]
  }

  #headline(elapsedMs: number): string {
    const progress = this.#frame?.progress ?? []
    const sum = (pick: (part: ScenarioProgress) => number): number => progress.reduce((total, part) => total + pick(part), 0)
    const vusMax = this.#frame?.aggregate.select({ name: 'vus_max', tags: {} })
    const vus = vusMax?.type === 'gauge' ? vusMax.value : sum((part) => part.vus)
    const phase = this.#phase === '' ? 'running' : this.#phase
    return `${phase} (${steadyTime(elapsedMs, maxDurationMs(this.#plan))}), ${sum((part) => part.vusActive)}/${vus} VUs, `
      + `${sum((part) => part.iterationsDone)} complete and ${sum((part) => part.iterationsInterrupted)} interrupted iterations`
  }

  #scenarioLines(elapsedMs: number): readonly ScenarioLine[] {
    return this.#plan.scenarios.map((scenario) => {
      const part = this.#frame?.progress.find((one) => one.scenario === scenario.name)
      const state = part?.state ?? 'waiting'
      const startMs = scenario.startTimeNs / NS_PER_MS
      const lengthMs = lengthOf(scenario) / NS_PER_MS
      const ownMs = Math.min(lengthMs, Math.max(0, (this.#endedMs.get(scenario.name) ?? elapsedMs) - startMs))
      if (state === 'waiting') {
        const leftMs = Math.max(0, startMs - elapsedMs)
        return { name: scenario.name, glyph: GLYPHS.waiting, share: 0, cells: ['waiting', steadyTime(leftMs, startMs)] }
      }
      const lengthText = durationText(lengthOf(scenario))
      const clock = state === 'done' && isTimed(scenario) ? lengthText : `${steadyTime(ownMs, lengthMs)}/${lengthText}`
      return {
        name: scenario.name, glyph: GLYPHS[state], share: shareOf(scenario, part, ownMs / lengthMs),
        cells: [vusCell(scenario, part), clock, ...iterationCells(scenario, part, ownMs * NS_PER_MS)],
      }
    })
  }
}

const percent = (share: number): string => `${Math.floor(share * 100)}%`
const aligned = (cells: readonly string[], widths: readonly number[]): string =>
  cells.map((cell, at) => padEnd(cell, widths[at] ?? 0)).join('  ')

function cellWidths(lines: readonly ScenarioLine[]): readonly number[] {
  const widths: number[] = []
  for (const { cells } of lines) for (const [at, cell] of cells.entries()) widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell))
  return widths
}

/** How far a scenario is, 0 … 1: by iterations where they are what ends it, else by time. */
function shareOf(scenario: Scenario, part: ScenarioProgress | undefined, ofTime: number): number {
  if (part?.state === 'done') return 1
  if (isTimed(scenario) || part === undefined || part.iterationsPlanned === null) return Math.min(1, ofTime)
  return part.iterationsPlanned === 0 ? 1 : Math.min(1, part.iterationsDone / part.iterationsPlanned)
}

/** The VUs of a scenario: how many it has where that stays the same, else how many are active of those made. */
function vusCell(scenario: Scenario, part: ScenarioProgress | undefined): string {
  if (!isArrivals(scenario) && scenario.executor !== 'ramping-vus' && scenario.executor !== 'staircase') return `${scenario.vus} VUs`
  const active = String(part?.vusActive ?? 0)
  const made = String(part?.vus ?? 0)
  return `${padStart(active, made.length).replaceAll(' ', '0')}/${made} VUs`
}

function iterationCells(scenario: Scenario, part: ScenarioProgress | undefined, atNs: number): readonly string[] {
  const done = part?.iterationsDone ?? 0
  const rate = rateAt(scenario, atNs)
  const dropped = part?.iterationsDropped ?? 0
  const late = dropped === 0 ? [] : [`${dropped} dropped`]
  switch (scenario.executor) {
    case 'constant-vus': return []
    case 'shared-iterations': return [`${done}/${scenario.iterations} shared iters`]
    case 'per-vu-iterations': return [`${done}/${scenario.iterations * scenario.vus} iters, ${scenario.iterations} per VU`]
    case 'ramping-vus': return [`to ${String(vusAt(scenario, atNs) ?? 0)} VUs`]
    case 'constant-arrival-rate': case 'ramping-arrival-rate': return [rateCell(rate), ...late]
    case 'staircase': return [stepCell(scenario, atNs, rate), ...late]
    default: return scenario satisfies never
  }
}

const rateCell = (rate: number | undefined): string => `${(rate ?? 0).toFixed(2)} iters/s`

function stepCell(scenario: Extract<Scenario, { executor: 'staircase' }>, atNs: number, rate: number | undefined): string {
  const step = stepAt(scenario, atNs)
  const level = scenario.of === 'vus' ? `${String(step?.level ?? 0)} VUs` : rateCell(rate)
  return `step ${Math.min(scenario.levels.length, Math.floor(atNs / scenario.holdNs) + 1)}/${scenario.levels.length}: ${level}`
    + (step?.settling === true ? ', settling' : '')
}

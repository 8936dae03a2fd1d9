// The load itself, as tables: what each scenario was to do and did, its tasks, the steps of a staircase, and what waiting added.
import { waited, type IterationFigures, type Times } from '../metrics/breakdown.ts'
import type { ScenarioResult } from '../metrics/scenario-result.ts'
import { BYTES_PER_MB, NAME_WIDTH_MAX, failedCell } from './cells.ts'
import { humanizeNumber, humanizeRate, humanizeTime } from './humanize.ts'
import type { FigureStyle } from './metric-lines.ts'
import { laidOut, type Column } from './table.ts'
import { clip, visible, wrap } from './text.ts'

/** A name takes no more than this part of a line. */
const NAMES_SHARE = 5
const NONE = '-'

/** A row may have two names beside its figures. */
const nameCell = (name: string, { columns }: FigureStyle): string =>
  clip(visible(name), Math.min(NAME_WIDTH_MAX, Math.floor(columns / NAMES_SHARE)))
const rateCell = (rate: number | null): string => rate === null ? NONE : humanizeRate(rate)
const timeCells = (times: Times | undefined, { timeUnit }: FigureStyle): readonly string[] =>
  (['med', 'p95', 'p99', 'max'] as const).map((figure) => times === undefined ? NONE : humanizeTime(times[figure], timeUnit))

const failuresCell = ({ count, failed }: Pick<IterationFigures, 'count' | 'failed'>, { palette }: FigureStyle): string =>
  failedCell(failed / Math.max(1, count), palette)

const left = (head: string): Column => ({ head, align: 'left' })
const right = (head: string, leaves?: number): Column => leaves === undefined ? { head, align: 'right' } : { head, align: 'right', leaves }
const TIMES: readonly Column[] = [right('med', 3), right('p95', 4), right('p99'), right('max', 1)]

/** A table of the load. */
interface Part { readonly title: string; readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] }

/** Rows of several scenarios say whose they are. */
function named(scenarios: readonly ScenarioResult[], { title, columns, rows }: Part, names: readonly string[]): Part {
  if (scenarios.length < 2) return { title, columns, rows }
  return { title, columns: [left('scenario'), ...columns], rows: rows.map((row, at) => [names[at] ?? '', ...row]) }
}

/** Columns that would say nothing of any scenario are left out. */
function scenarioPart(scenarios: readonly ScenarioResult[], style: FigureStyle): Part {
  const cells: readonly (readonly [column: Column, cell: (one: ScenarioResult) => string, told?: (one: ScenarioResult) => boolean])[] = [
    [left('scenario'), ({ name }) => nameCell(name, style)],
    [right('VUs', 3), ({ vusMost, vusPlanned }) => `${vusMost}/${vusPlanned}`],
    [right('offered', 2), ({ offered }) => offered === null ? NONE : humanizeNumber(offered), ({ offered }) => offered !== null],
    [right('begun', 5), ({ begun }) => humanizeNumber(begun)],
    [right('dropped', 4), ({ dropped }) => humanizeNumber(dropped), ({ offered, dropped }) => offered !== null || dropped > 0],
    [right('queued', 1), ({ queued }) => humanizeNumber(queued), ({ queued }) => queued > 0],
    [right('offered/s'), (one) => rateCell(one.offeredPerSecond), (one) => one.offeredPerSecond !== null],
    [right('begun/s'), (one) => rateCell(one.begunPerSecond)],
  ]
  const shown = cells.filter(([, , told]) => told === undefined || scenarios.some(told))
  return {
    title: 'SCENARIOS', columns: shown.map(([column]) => column), rows: scenarios.map((one) => shown.map(([, cell]) => cell(one))),
  }
}

function taskPart(scenarios: readonly ScenarioResult[], style: FigureStyle): Part {
  const all = scenarios.flatMap((one) => one.tasks.map((task) => ({ of: one, task })))
  return named(scenarios, {
    title: 'TASKS', columns: [left('task'), right('count'), right('failed'), ...TIMES],
    rows: all.map(({ task }) =>
      [nameCell(task.task, style), humanizeNumber(task.count), failuresCell(task, style), ...timeCells(task.duration, style)]),
  }, all.map(({ of }) => nameCell(of.name, style)))
}

function stepPart(scenarios: readonly ScenarioResult[], style: FigureStyle): Part {
  const all = scenarios.flatMap((one) => one.steps.map((step) => ({ of: one, step })))
  const isRate = all.some(({ step }) => step.response !== undefined)
  const due = (times: Times | undefined): readonly string[] => isRate ? [timeCells(times, style)[2] ?? NONE] : []
  return named(scenarios, {
    title: 'STEPS',
    columns: [
      left('step'), right('iters/s', 6), right('ops/s', 5), right('MB/s', 2), right('failed'), ...TIMES,
      ...(isRate ? [right('p99 from due', 7)] : []),
    ],
    rows: all.map(({ step }) => [
      step.of === 'vus' ? `${step.level} VUs` : `${humanizeNumber(Number(step.level.toFixed(2)))}/s`,
      humanizeRate(step.iterationsPerSecond), humanizeRate(step.operationsPerSecond), humanizeRate(step.bytesPerSecond / BYTES_PER_MB),
      failuresCell(step, style), ...timeCells(step.duration, style), ...due(step.response),
    ]),
  }, all.map(({ of }) => nameCell(of.name, style)))
}

function responsePart(scenarios: readonly ScenarioResult[], style: FigureStyle): Part {
  const all = scenarios.flatMap((one) => one.response.filter(waited).map((result) => ({ of: one, result })))
  return named(scenarios, {
    title: 'RESPONSE TIME', columns: [left('of'), left('time'), right('med'), right('p95', 2), right('p99'), right('max', 1)],
    rows: all.flatMap(({ result: { of, service, response } }) => [
      [nameCell(of, style), 'service', ...timeCells(service, style)], ['', 'response', ...timeCells(response, style)],
    ]),
  }, all.flatMap(({ of }) => [nameCell(of.name, style), '']))
}

export const RESPONSE_MEANS = 'Response time counts from when an iteration, and with it its first operation, was due; service time from '
  + 'when it began. What lies between is waiting, which a user of the store would have felt too.'

/** The tables of what each scenario was to do and did, those with rows; response times only where there was waiting. */
export const loadParts = (scenarios: readonly ScenarioResult[], style: FigureStyle): readonly Part[] =>
  [taskPart, stepPart, responsePart, scenarioPart].map((part) => part(scenarios, style)).filter(({ rows }) => rows.length > 0)

/** What kept scenarios from what was asked, and what to change. */
export const shortfallTexts = (scenarios: readonly ScenarioResult[]): readonly string[] => scenarios.flatMap((one) =>
  one.shortfalls.map(({ message, change }) => `${scenarios.length > 1 ? `${visible(one.name)}: ` : ''}${message}. ${change}`))

/** Sections with a table each, only those with rows; below it what kept the load from what was asked, and what to change. */
export function loadLines(scenarios: readonly ScenarioResult[], indent: number, style: FigureStyle): readonly string[] {
  const { palette, columns } = style
  const width = columns - indent
  const margin = ' '.repeat(indent)
  const section = (part: Part, notes: readonly string[]): readonly string[] => {
    if (part.rows.length === 0) return []
    const lines = [...laidOut(part.columns, part.rows, width, palette), ...notes]
    return ['', margin + palette.strong(part.title), ...lines.map((line) => (margin + line).trimEnd())]
  }
  const shortfalls = shortfallTexts(scenarios).flatMap((text) => wrap(text.split(' '), width).map(palette.warn))
  return [
    ...section(taskPart(scenarios, style), []),
    ...section(stepPart(scenarios, style), []),
    ...section(responsePart(scenarios, style), wrap(RESPONSE_MEANS.split(' '), width).map(palette.faint)),
    ...section(scenarioPart(scenarios, style), shortfalls),
  ]
}

// The sections of a report, each made from a run's record and its windows.
import { operationMetrics } from '../../metrics/operation-metrics.ts'
import { reportedMetrics } from '../../metrics/reported.ts'
import type { RunRecord } from '../../metrics/record.ts'
import type { WindowList } from '../../metrics/timeline.ts'
import { errorRows, type Locate } from '../error-lines.ts'
import { judgedChecks, judgedThresholds, type Judged } from '../formats/judged.ts'
import { humanizeTime } from '../humanize.ts'
import { loadParts, RESPONSE_MEANS, shortfallTexts } from '../load-lines.ts'
import { labelled, type FigureStyle } from '../metric-lines.ts'
import { comparedRows, COMPARED_COLUMNS } from '../operations.ts'
import { palette } from '../palette.ts'
import { visible } from '../text.ts'
import { heatMap, histogramChart, latencyOverTime, overTime, percentileChart } from './charts.ts'
import type { Fact, Part, ReportChart, ReportTable, Row, Section } from './model.ts'
import { dataOf, spansOf, sumOf, trendOf, type Operation, type Span } from './over-time.ts'

export interface SectionParts {
  readonly record: RunRecord
  readonly windows: WindowList
  readonly locate: Locate
  /** What the machine and the programs were. */
  readonly environment: readonly Fact[]
}

/** Spans of time a chart shows, at most. */
const SPANS_MAX = 400
/** Operations that have charts of their own, the most frequent ones. */
const CHARTED_MAX = 8
const ERRORS_SHOWN = 50
const SLOWEST_SHOWN = 25

const left = (head: string) => ({ head, align: 'left' as const })
const right = (head: string) => ({ head, align: 'right' as const })
const textOf = (text: string): Part => ({ kind: 'text', text })
const chartOf = (title: string, chart: ReportChart['chart'], note?: string): Part =>
  ({ kind: 'chart', title, chart, ...(note === undefined ? {} : { note }) })
const tableOf = (columns: ReportTable['columns'], rows: readonly Row[], title?: string): readonly Part[] =>
  rows.length === 0 ? [] : [{ kind: 'table', columns, rows, ...(title === undefined ? {} : { title }) }]

/** How texts are made for a page: without colours, and as long as they are. */
const styleOf = ({ times: { measuredMs }, plan: { summary: { trendStats, timeUnit } } }: RunRecord): FigureStyle =>
  ({ columns: Infinity, palette: palette(false), measuredMs, trendStats, timeUnit })

/** All sections that have something to show, in the order of a reader's questions. */
export function sectionsOf(parts: SectionParts): readonly Section[] {
  const { record, windows } = parts
  const all = operationsOf(record)
  const operations = all.slice(0, CHARTED_MAX)
  const uncharted = all.slice(CHARTED_MAX).map(nameOf)
  const spans = spansOf(windows, operations, SPANS_MAX)
  const sections: readonly Section[] = [
    { title: 'Thresholds', parts: judgedTable('metric', 'threshold', judgedThresholds(record)) },
    { title: 'Operations', parts: operationParts(record, uncharted) },
    { title: 'Checks', parts: judgedTable('group', 'check', judgedChecks(record)) },
    { title: 'Over time', parts: timeParts(record, operations, spans) },
    ...latencySections(record, operations, spans),
    { title: 'Load: offered and achieved', parts: offeredParts(record, spans) },
    { title: 'Errors', parts: errorParts(parts) },
    { title: 'Outages', parts: outageParts(record) },
    { title: 'Slowest operations', parts: slowestParts(record) },
    { title: 'All metrics', parts: metricParts(record) },
    { title: 'Environment and plan', parts: environmentParts(parts) },
  ]
  return sections.filter(({ parts: own }) => own.length > 0)
}

const nameOf = ({ workload, op }: Operation): string => `${workload}.${visible(op)}`

/** Those there are most of come first. */
function operationsOf({ plan: { workloads }, series }: RunRecord): readonly Operation[] {
  const counted = workloads.flatMap((workload) => {
    const { reqs } = operationMetrics(workload)
    const ops = new Set(series.filter(({ metric }) => metric === reqs).map(({ tags }) => tags['op'] ?? ''))
    return [...ops].map((op) => ({ workload, op, count: sumOf(dataOf(series, reqs, { op })) }))
  })
  return counted.sort((a, b) => b.count - a.count || (nameOf(a) < nameOf(b) ? -1 : 1))
}

const judgedTable = (of: string, what: string, judged: readonly Judged[]): readonly Part[] => {
  const named = judged.some((one) => one.of !== '')
  return tableOf([...(named ? [left(of)] : []), left(what), right('seen')], judged.map((one) =>
    ({ ok: one.ok, cells: [...(named ? [visible(one.of)] : []), visible(one.what), one.seen] })))
}

function operationParts(record: RunRecord, uncharted: readonly string[]): readonly Part[] {
  const style = styleOf(record)
  const rows = record.plan.workloads.flatMap((workload) =>
    comparedRows(record.series, workload, style).map(([op = '', ...figures]) => ({ cells: [`${workload}.${op}`, ...figures] })))
  return [
    ...tableOf(COMPARED_COLUMNS.map(({ head, align }) => ({ head, align })), rows),
    ...(uncharted.length === 0 ? [] : [textOf(`Charts are of the ${CHARTED_MAX} most frequent; without: ${uncharted.join(', ')}.`)]),
  ]
}

const TOO_SHORT = 'The load was too short, or nothing was kept of its seconds: there is nothing to draw over time.'

function timeParts(record: RunRecord, operations: readonly Operation[], spans: readonly Span[]): readonly Part[] {
  if (record.times.measuredMs <= 0 || operations.length === 0) return []
  if (spans.length < 2) return [textOf(TOO_SHORT)]
  type Figure = (span: Span['operations'][number]) => number
  const lines = (figure: Figure) => operations.flatMap((operation, at) => {
    const of = (span: Span): number | undefined => {
      const own = span.operations[at]
      return own === undefined ? undefined : figure(own)
    }
    return spans.some((span) => (of(span) ?? 0) > 0) ? [{ label: nameOf(operation), of }] : []
  })
  const chart = (title: string, unit: 'per-second' | 'bytes/s', figure: Figure): readonly Part[] => {
    const drawn = lines(figure)
    return drawn.length === 0 ? [] : [chartOf(title, overTime(spans, unit, drawn))]
  }
  return [
    ...chart('Operations a second', 'per-second', (one) => one.perSecond),
    ...chart('Payload bytes a second', 'bytes/s', (one) => one.bytesPerSecond),
    ...chart('Failures a second', 'per-second', (one) => one.failedPerSecond),
  ]
}

function latencySections({ series }: RunRecord, operations: readonly Operation[], spans: readonly Span[]): readonly Section[] {
  const known = operations.flatMap((operation, at) => {
    const data = trendOf(dataOf(series, operationMetrics(operation.workload).duration, { op: operation.op }))
    return data === undefined ? [] : [{ label: nameOf(operation), data, at }]
  })
  if (known.length === 0) return []
  const drawn = spans.length >= 2
  return [
    {
      title: 'Latency',
      parts: [chartOf('Percentiles', percentileChart(known), 'So many per cent of the operations took that long at most, service time.')],
    },
    ...known.map(({ label, data, at }): Section => {
      const heat = drawn ? heatMap(spans, at) : undefined
      return {
        title: `Latency of ${label}`,
        parts: [
          ...(drawn ? [chartOf('Over time', latencyOverTime(spans, at))] : []),
          ...(heat === undefined ? [] : [chartOf('Heat map', heat, 'The stronger the colour, the more operations took so long then.')]),
          chartOf('Histogram', histogramChart(data), 'Operations by how long they took; heights grow with the root of their number.'),
        ],
      }
    }),
  ]
}

/** `Tasks`, of a heading made for terminals. */
const titleCase = (title: string): string => title.charAt(0) + title.slice(1).toLowerCase()

function offeredParts(record: RunRecord, spans: readonly Span[]): readonly Part[] {
  const parts = loadParts(record.scenarios, styleOf(record))
  const last = parts.find(({ title }) => title === 'SCENARIOS')
  const ordered = [...(last === undefined ? [] : [last]), ...parts.filter((part) => part !== last)]
  const dropped = spans.some(({ droppedPerSecond }) => droppedPerSecond > 0)
  const ended = { label: dropped ? 'achieved' : 'iterations', of: (span: Span) => span.iterationsPerSecond }
  const offered = { label: 'offered', of: (span: Span) => span.iterationsPerSecond + span.droppedPerSecond }
  const vus = new Set(spans.map((span) => span.vus))
  return [
    ...shortfallTexts(record.scenarios).map(textOf),
    ...ordered.flatMap(({ title, columns, rows }) =>
      tableOf(columns.map(({ head, align }) => ({ head, align })), rows.map((cells) => ({ cells })), titleCase(title))),
    ...(parts.some(({ title }) => title === 'RESPONSE TIME') ? [textOf(RESPONSE_MEANS)] : []),
    ...(spans.length < 2 ? [] : [chartOf('Iterations a second', overTime(spans, 'per-second', dropped ? [offered, ended] : [ended]))]),
    ...(spans.length < 2 || vus.size < 2 ? []
      : [chartOf('Active VUs', overTime(spans, 'count', [{ label: 'VUs', of: (span) => span.vus }]))]),
  ]
}

function errorParts({ record: { errors }, locate }: SectionParts): readonly Part[] {
  const rows = errorRows(errors, locate)
  const more = rows.length - ERRORS_SHOWN
  return [
    ...tableOf([right('count'), left('error'), left('where')], rows.slice(0, ERRORS_SHOWN).map(({ count, message, location }) =>
      ({ cells: [String(count), visible(message), visible(location ?? '')] }))),
    ...(more > 0 ? [textOf(`and ${more} further kinds of errors`)] : []),
  ]
}

function outageParts({ outages = [], plan: { summary: { timeUnit } } }: RunRecord): readonly Part[] {
  const seen = outages.filter(({ durationMs }) => durationMs > 0)
  const ends = seen.some(({ endpoint }) => endpoint !== undefined)
  return tableOf([
    left('operation'), left('target'), ...(ends ? [left('endpoint')] : []), right('longest without a success'), right('from'), left(''),
  ], seen.map(({ workload, op, target, endpoint, durationMs, fromMs, ended }) => ({
    cells: [
      nameOf({ workload, op }), visible(target), ...(ends ? [visible(endpoint ?? '')] : []), humanizeTime(durationMs, timeUnit),
      humanizeTime(fromMs, null), ended ? '' : 'to the end of the load',
    ],
  })))
}

function slowestParts({ slowest = [], plan: { summary: { timeUnit } } }: RunRecord): readonly Part[] {
  const shown = slowest.slice(0, SLOWEST_SHOWN)
  return tableOf(
    [left('operation'), right('took'), right('at'), left('code'), left('key'), left('endpoint'), left('request id')],
    shown.map(({ workload, op, durationMs, startMs, code, key = '', endpoint = '', requestId = '' }) => ({
      cells: [
        nameOf({ workload, op }), humanizeTime(durationMs, timeUnit), humanizeTime(startMs, null), code,
        ...[key, endpoint, requestId].map(visible),
      ],
    })))
}

function metricParts(record: RunRecord): readonly Part[] {
  const style = styleOf(record)
  const rows = reportedMetrics(record).map((reported) => {
    const { label, figures } = labelled(reported, style)
    return [label, ...figures].join('  ')
  })
  return rows.length === 0 ? [] : [{ kind: 'folded', title: `${rows.length} metrics`, text: rows.join('\n') }]
}

function environmentParts({ record, environment }: SectionParts): readonly Part[] {
  const { generator: { shards }, plan } = record
  return [
    ...tableOf([left('what'), left('value')], environment.map(({ name, value }) => ({ cells: [visible(name), visible(value)] }))),
    ...tableOf(
      [right('shard'), right('core used'), right('busiest second'), right('event loop late, p99')],
      shards.map(({ shard, cpuMean, cpuMax, lagP99Ms }) => ({
        cells: [String(shard), `${(cpuMean * 100).toFixed(0)} %`, `${(cpuMax * 100).toFixed(0)} %`, humanizeTime(lagP99Ms, null)],
      })), 'The generator itself'),
    { kind: 'data', title: 'The whole plan', value: plan },
  ]
}

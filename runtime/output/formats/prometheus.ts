// Series under Prometheus' names and units: `chopsticks_s3_reqs_total`, `chopsticks_s3_req_duration_seconds`.
//
// Times are in seconds, data in bytes; a rate is a counter with the label `condition`, `nonzero` or `zero`, so that shares over any
// time can be computed; a trend is a histogram. Every series has the label `run`.
import type { Series, SeriesData } from '../../metrics/snapshot.ts'

export type TrendData = Extract<SeriesData, { type: 'trend' }>
/** Names and values, sorted by name. */
export type Labels = readonly (readonly [name: string, value: string])[]

/** One series. */
export type Sample =
  | { readonly kind: 'number'; readonly labels: Labels; readonly value: number }
  | { readonly kind: 'histogram'; readonly labels: Labels; readonly data: TrendData; readonly factor: number }

/** All series of one name. */
export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

const PREFIX = 'chopsticks_'
const UNITS = { default: '', time: '_seconds', data: '_bytes' } as const
const SECONDS_PER_MS = 0.001

const cleanName = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_')

function familyName({ metric, contains, data: { type } }: Series): string {
  const name = cleanName(metric)
  const unit = UNITS[contains]
  const total = type === 'counter' || type === 'rate' ? '_total' : ''
  return `${PREFIX}${name}${unit !== '' && name.endsWith(unit) ? '' : unit}${total}`
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** Label names as Prometheus takes them; of two tags that come to the same name the first counts. */
function labelsOf(tags: Series['tags'], more: Readonly<Record<string, string>>): Labels {
  const labels = new Map<string, string>(Object.entries(more))
  for (const [tag, value] of Object.entries(tags)) {
    const name = cleanName(tag).replace(/^(\d)/, '_$1')
    if (!labels.has(name) && value !== '') labels.set(name, value)
  }
  return [...labels].sort(([a], [b]) => compare(a, b))
}

function samplesOf({ contains, tags, data }: Series, runId: string): readonly Sample[] {
  const factor = contains === 'time' ? SECONDS_PER_MS : 1
  const number = (value: number, more: Readonly<Record<string, string>> = {}): Sample =>
    ({ kind: 'number', labels: labelsOf(tags, { run: runId, ...more }), value })
  switch (data.type) {
    case 'counter': return [number(data.sum * factor)]
    case 'gauge': return [number(data.value * factor)]
    case 'rate': return [
      number(data.trues, { condition: 'nonzero' }), number(data.count - data.trues, { condition: 'zero' }),
    ]
    case 'trend': return [{ kind: 'histogram', labels: labelsOf(tags, { run: runId }), data, factor }]
    default: return data satisfies never
  }
}

const TYPES = { counter: 'counter', gauge: 'gauge', rate: 'counter', trend: 'histogram' } as const

/** Totals as families, in the order of their names. */
export function families(series: readonly Series[], runId: string): readonly Family[] {
  const byName = new Map<string, { readonly type: Family['type']; readonly help: string; readonly samples: Sample[] }>()
  for (const one of series) {
    const name = familyName(one)
    let family = byName.get(name)
    if (family === undefined) {
      family = { type: TYPES[one.data.type], help: `chopsticks' ${one.metric}, a ${one.data.type}`, samples: [] }
      byName.set(name, family)
    }
    family.samples.push(...samplesOf(one, runId))
  }
  return [...byName].sort(([a], [b]) => compare(a, b)).map(([name, family]) => ({ name, ...family }))
}

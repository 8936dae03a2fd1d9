// What all charts of the report have in common: axes, and numbers as the tables write them.
import type uPlot from 'uplot'
import { humanizeData, humanizeRate, humanizeNumber, humanizeTime } from '../../humanize.ts'
import type { Unit } from '../model.ts'
import type { Colours } from './colours.ts'

/** A chart as the library takes it; its size is given where it is drawn. */
export interface Drawing { readonly options: Omit<uPlot.Options, 'width' | 'height'>; readonly data: uPlot.AlignedData }

const MS_PER_SECOND = 1000
/** Decades that are marked, at most. */
const DECADES_MAX = 6
/** Room for the labels of a horizontal axis and of a vertical one, px. */
const ACROSS_HEIGHT = 30
const LABELS_WIDTH = 62

export function unitText(value: number, unit: Unit): string {
  switch (unit) {
    case 'time': return humanizeTime(value, null)
    case 'bytes/s': return `${humanizeData(value)}/s`
    case 'per-second': return `${humanizeRate(value)}/s`
    case 'count': return humanizeNumber(value)
    default: return unit satisfies never
  }
}

/** A duration given as its logarithm; without digits that only rounding made. */
export const logTimeText = (log: number): string => humanizeTime(Number((10 ** log).toPrecision(3)), null)
/** `10m`, `1h`, `1m30s`: marks of an axis have no room for what is zero. */
export const secondsText = (seconds: number): string =>
  humanizeTime(Number((seconds * MS_PER_SECOND).toPrecision(9)), null).replace(/([hm])0s$/, '$1').replace(/h0m$/, 'h')
/** `99.9%`, of the number of its nines. */
export const ninesText = (nines: number): string => `${Number((100 * (1 - 10 ** -nines)).toFixed(Math.max(0, Math.ceil(nines) - 1)))}%`

/** A legend's text of a value; the library gives none where the cursor is nowhere, whatever its types say. */
export const numberText = (value: number | null | undefined, text: (value: number) => string): string =>
  value === null || value === undefined ? '–' : text(value)

/** Marks of an axis of logarithms: decades, or some of them, and round numbers between them where there is room; its ends else. */
export function logMarks(_: uPlot, __: number, min: number, max: number): number[] {
  const span = max - min
  const within = span > 3 ? [1] : span > 1.5 ? [1, 3] : [1, 2, 5]
  const every = Math.max(1, Math.ceil(span / DECADES_MAX))
  const marks: number[] = []
  for (let decade = Math.floor(min); decade <= max; decade++) {
    if (decade % every === 0) marks.push(...within.map((one) => decade + Math.log10(one)))
  }
  const shown = marks.filter((mark) => mark >= min && mark <= max)
  return shown.length > 0 ? shown : [min, max]
}

/** Steps between marks of time that people count in, seconds. */
export const SECONDS_STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
]

/** An axis; a text that is undefined for a value leaves it unlabelled. */
export function axis(palette: Colours, text: (value: number) => string, more: uPlot.Axis = {}): uPlot.Axis {
  const line = { stroke: palette.line, width: 1 }
  return {
    stroke: palette.muted, grid: line, ticks: { ...line, size: 4 }, font: palette.font, size: ACROSS_HEIGHT,
    // The library leaves out marks of a logarithmic axis where they would be too close.
    values: (_: uPlot, marks: readonly (number | null)[]) => marks.map((mark) => mark === null ? null : text(mark)), ...more,
  }
}

export const sideAxis = (palette: Colours, text: (value: number) => string, more: uPlot.Axis = {}): uPlot.Axis =>
  axis(palette, text, { size: LABELS_WIDTH, ...more })

// Charts with lines: rates and latencies over time, percentiles.
import type uPlot from 'uplot'
import type { LineChart } from '../model.ts'
import type { Colours } from './colours.ts'
import { axis, ninesText, numberText, SECONDS_STEPS, secondsText, sideAxis, unitText, type Drawing } from './drawing.ts'

const wholeNines = (_: uPlot, __: number, min: number, max: number): number[] =>
  [0, 1, 2, 3, 4, 5, 6].filter((nines) => nines >= min && nines <= max)

/** A logarithmic scale: the library has a name for the number, but as a type alone. */
const LOGARITHMIC = { distr: 3 }

export function lineOptions({ x, unit, log, xs, lines }: LineChart, palette: Colours): Drawing {
  const text = (value: number): string => unitText(value, unit)
  const across = x === 'seconds'
    ? axis(palette, secondsText, { incrs: SECONDS_STEPS }) : axis(palette, ninesText, { splits: wholeNines })
  const xText = x === 'seconds' ? secondsText : ninesText
  return {
    data: [[...xs], ...lines.map(({ values }) => [...values])],
    options: {
      scales: { x: { time: false }, y: log ? LOGARITHMIC : { range: (_, __, max) => [0, max > 0 ? max * 1.05 : 1] } },
      axes: [across, sideAxis(palette, text)],
      cursor: { drag: { x: true, y: false }, points: { size: 5 } },
      series: [
        { label: x === 'seconds' ? 'at' : 'of', value: (_, value) => numberText(value, xText) },
        ...lines.map(({ label }, at): uPlot.Series => ({
          label, stroke: palette.series[at % palette.series.length] ?? palette.muted, width: 1.5, spanGaps: false,
          points: { show: xs.length < 3 }, value: (_, value) => numberText(value, text),
        })),
      ],
    },
  }
}

// Histograms: how many operations took how long, on a logarithmic axis.
import uPlot from 'uplot'
import type { BarChart } from '../model.ts'
import type { Colours } from './colours.ts'
import { axis, logMarks, logTimeText, numberText, sideAxis, unitText, type Drawing } from './drawing.ts'

/** What is seldom would not be seen beside what is frequent: bars are as high as the root of their count. */
const heightOf = (count: number): number => Math.sqrt(count)
const countOf = (height: number): number => Math.round(height ** 2)

/** Marks at round counts, about as far from each other as the heights are. */
function countMarks(_: uPlot, __: number, ___: number, highest: number): number[] {
  const counts = [0.25, 0.5, 0.75, 0.95].map((share) => Number(((share * highest) ** 2).toPrecision(1))).map(Math.floor)
  return [...new Set([0, ...counts])].map(heightOf)
}

export function barOptions({ lowest, step, counts }: BarChart, palette: Colours): Drawing {
  const middles = counts.map((_, at) => lowest + (at + 0.5) * step)
  const bars = uPlot.paths.bars?.({ size: [0.9, 40], align: 0 })
  const colour = palette.series[0] ?? palette.muted
  return {
    data: [middles, counts.map((count) => count === 0 ? null : heightOf(count))],
    options: {
      scales: {
        x: { time: false, range: () => [lowest - step, lowest + (counts.length + 1) * step] },
        y: { range: (_, __, max) => [0, max * 1.05] },
      },
      axes: [
        axis(palette, logTimeText, { splits: logMarks }),
        sideAxis(palette, (height) => unitText(countOf(height), 'count'), { splits: countMarks }),
      ],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      series: [
        { label: 'about', value: (_, log) => numberText(log, logTimeText) },
        {
          label: 'operations', stroke: colour, fill: colour, points: { show: false },
          value: (_, height) => numberText(height, (one) => String(countOf(one))), ...(bars === undefined ? {} : { paths: bars }),
        },
      ],
    },
  }
}

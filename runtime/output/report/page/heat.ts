// Heat maps of latency over time: cells are painted below the axes the chart library draws.
import type uPlot from 'uplot'
import type { HeatMap } from '../model.ts'
import type { Colours } from './colours.ts'
import { axis, logMarks, logTimeText, SECONDS_STEPS, secondsText, sideAxis, type Drawing } from './drawing.ts'

/** How strong the faintest cell is: one operation among thousands must be seen. */
const FAINTEST = 0.12

export function heatOptions({ edges, lowest, step, rows, columns }: HeatMap, palette: Colours): Drawing {
  const most = columns.flat().reduce((max, [, perSecond]) => Math.max(max, perSecond), 0)
  const least = columns.flat().reduce((min, [, perSecond]) => Math.min(min, perSecond), most)
  // Logarithmic, for counts of neighbouring cells differ by orders of magnitude.
  const strength = (perSecond: number): number => most <= least ? 1
    : FAINTEST + (1 - FAINTEST) * Math.log(perSecond / least) / Math.log(most / least)
  const paint = (plot: uPlot): void => {
    const { ctx } = plot
    const x = (at: number): number => plot.valToPos(edges[at] ?? 0, 'x', true)
    const y = (row: number): number => plot.valToPos(lowest + row * step, 'y', true)
    ctx.save()
    for (const [at, column] of columns.entries()) {
      const [from, to] = [Math.floor(x(at)), Math.floor(x(at + 1))]
      for (const [row, perSecond] of column) {
        const [top, bottom] = [Math.floor(y(row + 1)), Math.floor(y(row))]
        ctx.fillStyle = `rgba(${palette.heat}, ${strength(perSecond).toFixed(3)})`
        ctx.fillRect(from, top, Math.max(1, to - from), Math.max(1, bottom - top))
      }
    }
    ctx.restore()
  }
  const bare = { grid: { show: false } }
  const first = edges[0] ?? 0
  const last = edges.at(-1) ?? 1
  return {
    data: [[first, last], [lowest, lowest]],
    options: {
      scales: { x: { time: false, range: () => [first, last] }, y: { range: () => [lowest, lowest + rows * step] } },
      axes: [axis(palette, secondsText, { ...bare, incrs: SECONDS_STEPS }), sideAxis(palette, logTimeText, { ...bare, splits: logMarks })],
      legend: { show: false }, cursor: { show: false },
      series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
      hooks: { drawClear: [paint] },
    },
  }
}

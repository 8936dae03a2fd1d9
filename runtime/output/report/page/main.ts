// The report's script, in a browser: draws the charts the page has places for, anew when width or colours change.
import uPlot from 'uplot'
import type { Chart } from '../model.ts'
import { barOptions } from './bars.ts'
import { colours, type Colours } from './colours.ts'
import { heatOptions } from './heat.ts'
import { lineOptions } from './lines.ts'
import type { Drawing } from './drawing.ts'

/** Heights follow widths, within these, px. */
const HEIGHT_MIN = 180
const HEIGHT_MAX = 300
const HEIGHT_SHARE = 0.5
/** The width of a chart on paper, px: two side by side on a page. */
const PRINTED_WIDTH = 330

function drawingOf(chart: Chart, palette: Colours): Drawing {
  switch (chart.kind) {
    case 'lines': return lineOptions(chart, palette)
    case 'bars': return barOptions(chart, palette)
    case 'heat': return heatOptions(chart, palette)
    default: return chart satisfies never
  }
}

const charts = JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as readonly Chart[]
const places = [...document.querySelectorAll<HTMLElement>('[data-chart]')]
const drawn = new Map<HTMLElement, uPlot>()

function draw(place: HTMLElement, width: number): void {
  const chart = charts[Number(place.dataset['chart'])]
  drawn.get(place)?.destroy()
  if (chart === undefined || width <= 0) return
  const height = Math.round(Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, width * HEIGHT_SHARE)))
  const { options, data } = drawingOf(chart, colours())
  drawn.set(place, new uPlot({ ...options, width, height }, data, place))
}

const drawAll = (width?: number): void => {
  for (const place of places) draw(place, width ?? place.clientWidth)
}

drawAll()
let width = document.documentElement.clientWidth
addEventListener('resize', () => {
  // Phones tell of a new size when their address bar comes and goes.
  if (document.documentElement.clientWidth === width) return
  width = document.documentElement.clientWidth
  drawAll()
})
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { drawAll() })
// Paper is white, and narrower than most screens.
addEventListener('beforeprint', () => {
  document.documentElement.dataset['print'] = ''
  drawAll(PRINTED_WIDTH)
})
addEventListener('afterprint', () => {
  delete document.documentElement.dataset['print']
  drawAll()
})

// Metrics as aligned lines: `name...: value extra`, or the figures of a trend side by side.
import { figuresOf, perSecond, trendFigure } from '../metrics/figures.ts'
import type { Reported } from '../metrics/reported.ts'
import { humanize, humanizeNumber, humanizeShare, type TimeUnit } from './humanize.ts'
import type { Palette } from './palette.ts'
import { displayWidth, padEnd, visible, wrap } from './text.ts'

/** How figures are shown. */
export interface FigureStyle {
  readonly trendStats: readonly string[]
  readonly timeUnit: TimeUnit
  readonly measuredMs: number
  readonly palette: Palette
  /** The width of the terminal; Infinity where lines may be of any length. */
  readonly columns: number
}

/** A label with its figures: figures of one kind are aligned with each other. */
interface LabelledFigures { readonly label: string; readonly kind: 'plain' | 'trend'; readonly figures: readonly string[] }

/** Fewest columns a line's figures get, whatever the terminal. */
const FIGURES_MIN = 24

/** The figures of one metric: of a trend `avg=…`, of others the value first. */
function figures({ data, contains }: Pick<Reported, 'data' | 'contains'>, style: FigureStyle): Omit<LabelledFigures, 'label'> {
  const { measuredMs, timeUnit, trendStats } = style
  const shown = (value: number): string => humanize(value, contains, timeUnit)
  switch (data.type) {
    case 'counter': return { kind: 'plain', figures: [shown(data.sum), `${shown(perSecond(data.sum, measuredMs))}/s`] }
    case 'gauge': return { kind: 'plain', figures: [shown(data.value), `min=${shown(data.min)}`, `max=${shown(data.max)}`] }
    case 'rate': {
      const { rate = 0 } = figuresOf(data, measuredMs, trendStats)
      return { kind: 'plain', figures: [humanizeShare(rate), `${data.trues} out of ${data.count}`] }
    }
    case 'trend': return {
      kind: 'trend',
      figures: trendStats.map((stat) => {
        const value = trendFigure(data, stat)
        return `${stat}=${stat === 'count' ? humanizeNumber(value) : shown(value)}`
      }),
    }
    default: return data satisfies never
  }
}

/** `s3_reqs`, and indented below it `{ op:get }`. */
const labelOf = ({ name, selector }: Reported): string =>
  name === selector.name ? name : `  { ${visible(name.slice(name.indexOf('{') + 1, -1))} }`

export const labelled = (reported: Reported, style: FigureStyle): LabelledFigures =>
  ({ label: labelOf(reported), ...figures(reported, style) })

/** Blocks of lines, aligned over all of them; what does not fit goes on in the next line, below its like. */
export function alignedBlocks(
  blocks: readonly (readonly LabelledFigures[])[], indent: number, { columns, palette }: FigureStyle,
): readonly (readonly string[])[] {
  const all = blocks.flat()
  const labelWidth = Math.max(0, ...all.map(({ label }) => displayWidth(label))) + 3
  const widths = { plain: columnWidths(all, 'plain'), trend: columnWidths(all, 'trend') }
  const room = Math.max(FIGURES_MIN, columns - indent - labelWidth - 2)
  const colon = ': '
  return blocks.map((block) => block.flatMap(({ label, kind, figures: texts }) => {
    const cells = texts.map((text, at) => padEnd(text, widths[kind][at] ?? 0))
    const lines = wrap(cells, room).map((line) => line.trimEnd())
    return lines.map((line, at) => {
      const head = at === 0 ? dotted(label, labelWidth, palette) + colon : ' '.repeat(labelWidth + colon.length)
      return ' '.repeat(indent) + head + palette.accent(line)
    })
  }))
}

const dotted = (label: string, width: number, palette: Palette): string =>
  label + palette.faint('.'.repeat(Math.max(0, width - displayWidth(label))))

function columnWidths(all: readonly LabelledFigures[], kind: LabelledFigures['kind']): readonly number[] {
  const widths: number[] = []
  for (const { figures: texts } of all.filter((one) => one.kind === kind)) {
    for (const [at, text] of texts.entries()) widths[at] = Math.max(widths[at] ?? 0, displayWidth(text))
  }
  return widths
}

// Thresholds as lines of the summary: each metric that has some, and below it what was asked and what was seen.
import type { Reported } from '../metrics/reported.ts'
import type { FigureStyle } from './metric-lines.ts'
import { aggregationName, observedText, windowsText } from './observed.ts'
import { visible } from './text.ts'

/** The lines below the heading; nothing when no threshold was judged. */
export function thresholdLines(reported: readonly Reported[], indent: number, { palette, timeUnit }: FigureStyle): readonly string[] {
  const margin = ' '.repeat(indent)
  return reported.filter(({ verdicts }) => verdicts.length > 0).flatMap((metric, at) => [
    ...(at === 0 ? [] : ['']),
    margin + visible(metric.name),
    ...metric.verdicts.map((verdict) => {
      const { ok, empty, threshold } = verdict
      const seen = observedText(verdict, metric, timeUnit)
      const figure = empty ? seen : `${aggregationName(threshold.expression.aggregation)}=${seen}${windowsText(verdict)}`
      const [mark, shown] = ok ? [palette.good('✓'), palette.accent(figure)] : [palette.bad('✗'), palette.bad(figure)]
      return `${margin}${mark} '${visible(threshold.source)}' ${shown}`
    }),
  ])
}

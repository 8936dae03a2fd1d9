// How long the load was measured: what rates divide by.
import type { Answer } from './agent-line.ts'

/** From the first start in any shard to the last scheduled end in any; undefined when no shard could tell. */
export function measuredBy(answers: readonly Answer<'done'>[]): number | undefined {
  const told = answers.filter((answer) => answer.kind === 'done')
  if (told.length === 0) return undefined
  const spans = told.filter(({ measuredMs }) => measuredMs > 0)
  if (spans.length === 0) return 0
  const ends = spans.map(({ fromMs = 0, measuredMs }) => fromMs + measuredMs)
  return Math.max(...ends) - Math.min(...spans.map(({ fromMs = 0 }) => fromMs))
}

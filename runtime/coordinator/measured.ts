// How long the load was measured: what rates divide by.
import type { Scenario } from '../plan/plan.ts'
import { settlingNs } from '../plan/settling.ts'
import type { Answer } from './agent-line.ts'

/** From the first start in any shard to the last scheduled end in any, without what only settles; undefined when no shard could tell. */
export function measuredBy(answers: readonly Answer<'done'>[], scenarios: readonly Scenario[]): number | undefined {
  const told = answers.filter((answer) => answer.kind === 'done')
  if (told.length === 0) return undefined
  const spans = told.filter(({ measuredMs }) => measuredMs > 0)
  if (spans.length === 0) return 0
  const ends = spans.map(({ fromMs = 0, measuredMs }) => fromMs + measuredMs)
  const [fromMs, toMs] = [Math.min(...spans.map(({ fromMs = 0 }) => fromMs)), Math.max(...ends)]
  return toMs - fromMs - settlingNs(scenarios, { fromNs: fromMs * 1e6, toNs: toMs * 1e6 }) / 1e6
}

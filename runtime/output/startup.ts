// The block a run begins with: what will be done, to which store, with which seed.
import type { Plan } from '../plan/plan.ts'
import { untilText } from '../plan/until.ts'
import { vusNeeded } from '../plan/vu-spans.ts'
import { SELF_TEST } from './notes.ts'
import { durationText, maxDurationMs, scenarioText } from './scenario-text.ts'
import { palette } from './palette.ts'
import { padStart, visible, wrap } from './text.ts'

interface StartupFacts {
  readonly plan: Plan
  /** One line a workload and target: driver, endpoint, bucket or pool, prefix. */
  readonly targets: readonly string[]
  readonly builtin: boolean
}

/** Lines of at most `columns` columns, where words allow it. */
interface StartupStyle { readonly columns: number; readonly colour: boolean }

const LABEL_WIDTH = 14
const INDENT = LABEL_WIDTH + 2

/** Lines to print before the load starts. */
export function startupLines({ plan, targets, builtin }: StartupFacts, { columns, colour }: StartupStyle): readonly string[] {
  const paint = palette(colour)
  const wrapped = (text: string, indent: number): readonly string[] => wrap(visible(text).split(' '), columns - indent)
  const row = (label: string, text: string): readonly string[] => wrapped(text, INDENT)
    .map((line, n) => `${n === 0 ? `${padStart(label, LABEL_WIDTH)}: ` : ' '.repeat(INDENT)}${paint.accent(line)}`)
  const below = (text: string, colour: (text: string) => string): readonly string[] =>
    wrapped(text, INDENT).map((line) => `${' '.repeat(INDENT)}${colour(line)}`)
  const item = (text: string): readonly string[] =>
    wrapped(text, INDENT + 2).map((line, n) => `${' '.repeat(INDENT)}${n === 0 ? '* ' : '  '}${line}`)
  const [firstTarget = 'none', ...moreTargets] = targets
  const { scenarios, shards } = plan
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  const longest = durationText(maxDurationMs(plan) * 1e6)
  const processes = shards === 0 ? 'local, in this process' : `local, ${count(shards, 'shard')}`
  return [
    ...row('execution', processes),
    ...row('script', plan.script.name),
    ...row('target', firstTarget), ...moreTargets.flatMap((target) => below(target, paint.accent)),
    ...(builtin ? below(SELF_TEST, paint.warn) : []),
    ...row('run', `${plan.runId}, prefix ${plan.prefix}`),
    ...row('seed', String(plan.seed)),
    ...row('scenarios',
      `${count(scenarios.length, 'scenario')}, ${vusNeeded(plan)} max VUs, ${longest} max duration (incl. graceful stop)`),
    ...scenarios.flatMap((scenario) => item(`${scenario.name}: ${scenarioText(scenario)}`)),
    ...(plan.until === undefined ? [] : row('until', untilText(plan.until))),
  ]
}

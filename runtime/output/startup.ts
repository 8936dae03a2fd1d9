// The block a run begins with: what will be done, to which store, with which seed.
import type { Plan } from '../plan/plan.ts'
import { SELF_TEST } from './notes.ts'
import { vusNeeded } from '../plan/vu-spans.ts'
import { durationText, maxDurationMs, scenarioText } from './scenario-text.ts'
import { palette } from './palette.ts'
import { padStart, visible } from './text.ts'

interface StartupFacts {
  readonly plan: Plan
  /** One line a workload and target: driver, endpoint, bucket or pool, prefix. */
  readonly targets: readonly string[]
  readonly builtin: boolean
}

const LABEL_WIDTH = 14

/** Lines to print before the load starts. */
export function startupLines({ plan, targets, builtin }: StartupFacts, { colour }: { readonly colour: boolean }): readonly string[] {
  const paint = palette(colour)
  const row = (label: string, text: string): string => `${padStart(label, LABEL_WIDTH)}: ${paint.accent(visible(text))}`
  const below = (text: string): string => `${' '.repeat(LABEL_WIDTH)}  ${text}`
  const [firstTarget = 'none', ...moreTargets] = targets
  const { scenarios, shards } = plan
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  const longest = durationText(maxDurationMs(plan) * 1e6)
  const processes = shards === 0 ? 'local, in this process' : `local, ${count(shards, 'shard')}`
  return [
    row('execution', processes),
    row('script', plan.script.name),
    row('target', firstTarget), ...moreTargets.map((target) => below(paint.accent(visible(target)))),
    ...(builtin ? [below(paint.warn(SELF_TEST))] : []),
    row('run', `${plan.runId}, prefix ${plan.prefix}`),
    row('seed', String(plan.seed)),
    row('scenarios', `${count(scenarios.length, 'scenario')}, ${vusNeeded(plan)} max VUs, ${longest} max duration (incl. graceful stop)`),
    ...scenarios.map((scenario) => below(`* ${visible(scenario.name)}: ${scenarioText(scenario)}`)),
  ]
}

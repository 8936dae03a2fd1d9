// What a run executes: the scenarios given, or the one that the shortcuts vus, duration, iterations and stages stand for.
import { formatDuration } from '../../bindings/sdk/index.ts'
import type { Given, ReadFile } from './fields.ts'
import type { Merged, Setting } from './layers.ts'
import { LOOPING_DEFAULTS, constantVus, perVuIterations, rampingVus, sharedIterations } from './looping-executors.ts'
import type { OptionName } from './options.ts'
import type { Scenario } from './plan.ts'
import type { LayerName, Origin, Problems } from './problem.ts'
import { SCENARIO_DEFAULTS, readScenarios } from './scenario.ts'

const HEIGHT: Readonly<Record<LayerName, number>> = { file: 0, script: 1, env: 2, flags: 3 }
const heightOf = ({ layer }: Origin): number => layer === undefined ? -1 : HEIGHT[layer]

/** The one scenario of the shortcuts. */
const BASE = {
  name: 'default', exec: SCENARIO_DEFAULTS.exec, startTimeNs: SCENARIO_DEFAULTS.startTimeNs,
  gracefulStopNs: SCENARIO_DEFAULTS.gracefulStopNs, env: SCENARIO_DEFAULTS.env, tags: SCENARIO_DEFAULTS.tags,
} as const

export interface Derived {
  readonly scenarios: readonly Scenario[]
  /** Where they were given; undefined for the scenario of the shortcuts. */
  readonly origin?: Origin
  readonly warnings: readonly string[]
}

/**
 * The scenarios of a run, as k6 derives them:
 *
 *     iterations [+ vus] [+ duration]   shared-iterations, maxDuration = duration
 *     duration [+ vus]                  constant-vus
 *     stages [+ vus]                    ramping-vus, beginning with as many
 *     vus alone                         shared-iterations of as many iterations, in place of scenarios
 *     scenarios                         these
 *     nothing                           one iteration of one VU
 *
 * One thing differs from k6: `vus` of a layer below the scenarios' layer does not replace them, as nothing of a lower layer does.
 * `nowhere` stands for what nobody gave.
 */
export function deriveScenarios(
  { given }: Merged, nowhere: Origin, problems: Problems, readFile: ReadFile,
): Derived {
  const of = <T>(setting: Setting<T> | undefined, otherwise: T): Given<T> =>
    ({ value: setting?.value ?? otherwise, origin: setting?.origin ?? nowhere, path: [] })
  const one = (scenario: Scenario | undefined, warnings: readonly string[] = []): Derived =>
    ({ scenarios: scenario === undefined ? [] : [scenario], warnings })
  const vus = of(given.vus, LOOPING_DEFAULTS.vus)
  const stages = given.stages !== undefined && given.stages.value.length > 0 ? given.stages : undefined

  const { iterations, duration } = given
  if (conflicts([['iterations', iterations], ['duration', duration], ['stages', stages], ['scenarios', given.scenarios]], problems)) {
    return one(undefined)
  }
  if (iterations !== undefined) {
    const maxDuration = of(duration, LOOPING_DEFAULTS.maxDurationNs)
    return one(sharedIterations(BASE, vus, of(iterations, LOOPING_DEFAULTS.iterations), maxDuration, problems))
  }
  if (duration !== undefined) {
    if (duration.value > 0) return one(constantVus(BASE, vus, of(duration, 0), problems))
    problems.add(duration.origin, [], `the duration must be more than 0, but is ${formatDuration(BigInt(duration.value))}`)
    return one(undefined)
  }
  if (stages !== undefined) {
    const start = of(given.vus, LOOPING_DEFAULTS.startVUs)
    return one(rampingVus(BASE, start, of(stages, []), LOOPING_DEFAULTS.gracefulRampDownNs, problems))
  }
  const scenarios = given.scenarios !== undefined && Object.keys(given.scenarios.value).length > 0 ? given.scenarios : undefined
  const maxDuration = of(undefined, LOOPING_DEFAULTS.maxDurationNs)
  if (given.vus !== undefined && (scenarios === undefined || heightOf(given.vus.origin) >= heightOf(scenarios.origin))) {
    const said = `${vus.origin.where()}: vus=${vus.value} replaces all scenarios of ${scenarios?.origin.where() ?? ''}`
    return one(sharedIterations(BASE, vus, vus, maxDuration, problems), scenarios === undefined ? [] : [said])
  }
  if (scenarios !== undefined) {
    const said = `${vus.origin.where()}: ignored, for ${scenarios.origin.where()} says how many VUs there are`
    const warnings = given.vus === undefined ? [] : [said]
    return { scenarios: readScenarios(scenarios.value, scenarios.origin, problems, readFile), origin: scenarios.origin, warnings }
  }
  const empty = [given.stages, given.scenarios].filter((setting) => setting !== undefined)
    .map(({ origin }) => `${origin.where()}: is empty; running one iteration in one VU`)
  const once = of(undefined, LOOPING_DEFAULTS.iterations)
  return one(perVuIterations(BASE, once, once, maxDuration, problems), empty)
}

/** Two that say how much there is to do can't both be meant; only iterations and duration go together. */
function conflicts(
  candidates: readonly (readonly [name: OptionName, setting: Setting<unknown> | undefined])[], problems: Problems,
): boolean {
  const set = candidates.filter((candidate): candidate is readonly [OptionName, Setting<unknown>] => candidate[1] !== undefined)
  const [first, ...others] = set
  const other = others.find(([name]) => !(first?.[0] === 'iterations' && name === 'duration'))
  if (first === undefined || other === undefined) return false
  problems.add(first[1].origin, [], `${first[0]} and ${other[0]} can't be used together (the other is ${other[1].origin.where()})`)
  return true
}

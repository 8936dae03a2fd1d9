// What numbers of a scenario must be: checks that several executors share.
import { must, type Given } from './fields.ts'
import type { Ns } from './ns.ts'
import type { Problems } from './problem.ts'
import type { PlannedStage, Scenario } from './scenarios.ts'

export const NS_PER_SECOND = 1_000_000_000
const VUS_MAX = 100_000_000

/** What all executors have in common. */
export type Base = Pick<Scenario, 'name' | 'exec' | 'startTimeNs' | 'gracefulStopNs' | 'env' | 'tags' | 'tasks' | 'waitTime'>

export const vusFit = (vus: Given<number>, problems: Problems, what = 'the number of VUs'): boolean =>
  must(vus.value > 0, vus, `${what} must be more than 0, but is ${vus.value}`, problems)
  && must(vus.value <= VUS_MAX, vus, `${what} must be ${VUS_MAX} or less, but is ${vus.value}`, problems)

/** The whole, with start and stop, must fit a plan's nanoseconds. */
export const spanFits = (length: Given<Ns>, base: Base, what: string, problems: Problems): boolean =>
  must(Number.isSafeInteger(base.startTimeNs + length.value + base.gracefulStopNs), length,
    `startTime, ${what} and gracefulStop together are longer than 104 days`, problems)

/** A time that ends a scenario: k6's least is a second. */
export const lengthFits = (length: Given<Ns>, base: Base, what: string, problems: Problems): boolean =>
  must(length.value >= NS_PER_SECOND, length, `the ${what} must be at least 1s, but is ${length.value / NS_PER_SECOND}s`, problems)
  && spanFits(length, base, what, problems)

/** The stages as a plan has them: each with a duration and a target, neither below 0; undefined, and noted, when they are not. */
export function plannedStages(
  stages: Given<readonly { readonly durationNs: Ns | null; readonly target: number | null }[]>, base: Base, problems: Problems,
): readonly PlannedStage[] | undefined {
  const planned = stages.value.flatMap(({ durationNs, target }, index): PlannedStage[] => {
    const place = (key: string): Given<unknown> => ({ ...stages, path: [...stages.path, index, ...(key === '' ? [] : [key])] })
    const good = must(durationNs !== null, place(''), 'a stage needs a duration', problems)
      && must(target !== null, place(''), 'a stage needs a target', problems)
      && must((durationNs ?? 0) >= 0, place('duration'), 'the duration of a stage must not be less than 0', problems)
      && must((target ?? 0) >= 0, place('target'), `the target of a stage must not be less than 0, but is ${String(target)}`, problems)
    return good && durationNs !== null && target !== null ? [{ durationNs, target }] : []
  })
  const isWhole = planned.length === stages.value.length && must(planned.length > 0, stages, 'there must be one stage at least', problems)
  if (!isWhole) return undefined
  const lengthNs = planned.reduce((sum, { durationNs }) => sum + durationNs, 0)
  return spanFits({ ...stages, value: lengthNs }, base, 'stages', problems) ? planned : undefined
}

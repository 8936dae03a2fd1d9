// The executors that begin iterations at a rate, as options give them. Each answers undefined when something is wrong, and notes what.
import { arrivalCount } from './arrivals.ts'
import { must, type Fields, type Given } from './fields.ts'
import { choice, duration, integer, stages as stagesKind, toggle } from './kinds.ts'
import { lengthFits, NS_PER_SECOND, plannedStages, vusFit, type Base } from './limits.ts'
import type { Ns } from './ns.ts'
import { readProfile } from './profile-file.ts'
import type { ArrivalScenario, ConstantArrivalRate, PlannedStage, RampingArrivalRate } from './scenarios.ts'

const NEEDED = { preAllocatedVUs: 'preAllocatedVUs: how many VUs to make before it starts' } as const

/** The part of a scenario that says who does what is due. */
export type Crew = Pick<ArrivalScenario, 'timeUnitNs' | 'preAllocatedVUs' | 'maxVUs' | 'late' | 'poisson'>

/** Reads the keys all arrival rates have. */
export function readCrew(fields: Fields, executor: string, needed: Readonly<Record<string, string>>): Crew | undefined {
  if (!fields.require(executor, { ...needed, ...NEEDED })) return undefined
  const timeUnit = fields.take('timeUnit', duration(), NS_PER_SECOND)
  const preAllocated = fields.take('preAllocatedVUs', integer(), 0)
  const most = fields.take('maxVUs', integer(), preAllocated.value)
  const late = fields.take('late', choice(['drop', 'queue']), 'drop').value
  const poisson = fields.take('poisson', toggle, false).value
  if (!fields.intact) return undefined
  const { problems } = fields
  const fits = must(timeUnit.value > 0, timeUnit, 'the timeUnit must be more than 0', problems)
    && must(preAllocated.value >= 0, preAllocated, `preAllocatedVUs must not be less than 0, but is ${preAllocated.value}`, problems)
    && must(most.value >= preAllocated.value, most,
      `maxVUs (${most.value}) can't be less than preAllocatedVUs (${preAllocated.value})`, problems)
    && vusFit(most, problems, 'maxVUs')
  return fits ? { timeUnitNs: timeUnit.value, preAllocatedVUs: preAllocated.value, maxVUs: most.value, late, poisson } : undefined
}

/** A rate of more than one iteration a nanosecond can't be told apart, nor more iterations than can be numbered. */
export const rateFits = (rate: Given<number>, timeUnitNs: Ns, fields: Fields): boolean =>
  must(rate.value <= timeUnitNs, rate, `a rate of ${rate.value} is more than one iteration a nanosecond`, fields.problems)
export function countFits<S extends ArrivalScenario>(scenario: S, place: Given<unknown>, fields: Fields): S | undefined {
  return must(Number.isSafeInteger(arrivalCount(scenario)), place, 'these are more iterations than can be counted (2^53)', fields.problems)
    ? scenario : undefined
}

export function readConstantArrivalRate(fields: Fields, base: Base): ConstantArrivalRate | undefined {
  const executor = 'constant-arrival-rate'
  const crew = readCrew(fields, executor, { rate: 'a rate', duration: 'a duration' })
  if (crew === undefined) return undefined
  const rate = fields.take('rate', integer(), 0)
  const length = fields.take('duration', duration(), 0)
  if (!fields.intact) return undefined
  const fits = must(rate.value > 0, rate, `the rate must be more than 0, but is ${rate.value}`, fields.problems)
    && rateFits(rate, crew.timeUnitNs, fields) && lengthFits(length, base, 'duration', fields.problems)
  return fits ? countFits({ ...base, ...crew, executor, rate: rate.value, durationNs: length.value }, length, fields) : undefined
}

export function readRampingArrivalRate(fields: Fields, base: Base): RampingArrivalRate | undefined {
  const executor = 'ramping-arrival-rate'
  const profiled = fields.has('profile')
  const crew = readCrew(fields, executor, profiled ? {} : { stages: 'stages or a profile' })
  if (crew === undefined) return undefined
  if (!profiled) {
    const stages = fields.take('stages', stagesKind, [])
    const start = fields.take('startRate', integer(), 0)
    if (!fields.intact) return undefined
    const planned = plannedStages(stages, base, fields.problems)
    return planned === undefined ? undefined : rampingArrivalRate(base, crew, start, { ...stages, value: planned }, fields)
  }
  const profile = readProfile(fields, executor, 'rate', ['stages', 'startRate'])
  if (profile === undefined || !fields.intact) return undefined
  const planned = plannedStages(profile.stages, base, fields.problems)
  if (planned === undefined) return undefined
  // Decimals of the file became whole numbers of a longer time.
  const scaled = { ...crew, timeUnitNs: crew.timeUnitNs * profile.scale }
  const ramp = rampingArrivalRate(base, scaled, profile.start, { ...profile.stages, value: planned }, fields)
  return ramp === undefined ? undefined : { ...ramp, profile: profile.file }
}

function rampingArrivalRate(
  base: Base, crew: Crew, start: Given<number>, stages: Given<readonly PlannedStage[]>, fields: Fields,
): RampingArrivalRate | undefined {
  const most = Math.max(start.value, ...stages.value.map(({ target }) => target))
  const fits = must(start.value >= 0, start, `the startRate must not be less than 0, but is ${start.value}`, fields.problems)
    && rateFits({ ...stages, value: most }, crew.timeUnitNs, fields)
  if (!fits) return undefined
  const scenario: RampingArrivalRate = { ...base, ...crew, executor: 'ramping-arrival-rate', startRate: start.value, stages: stages.value }
  return countFits(scenario, stages, fields)
}

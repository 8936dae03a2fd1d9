// The executors whose VUs loop, as options give them. Each answers undefined when something is wrong, and notes what.
import { must, type Fields, type Given } from './fields.ts'
import { duration, integer, stages as stagesKind, type Stage } from './kinds.ts'
import { lengthFits, plannedStages, vusFit, NS_PER_SECOND, type Base } from './limits.ts'
import type { Ns } from './ns.ts'
import type { Problems } from './problem.ts'
import { readProfile } from './profile-file.ts'
import type { ConstantVus, PerVuIterations, RampingVus, SharedIterations } from './scenarios.ts'

export const LOOPING_DEFAULTS = {
  vus: 1, iterations: 1, maxDurationNs: 600 * NS_PER_SECOND, startVUs: 1, gracefulRampDownNs: 30 * NS_PER_SECOND,
} as const

export function sharedIterations(
  base: Base, vus: Given<number>, iterations: Given<number>, maxDuration: Given<Ns>, problems: Problems,
): SharedIterations | undefined {
  const fits = vusFit(vus, problems) && lengthFits(maxDuration, base, 'maxDuration', problems)
    && must(iterations.value >= vus.value, iterations,
      `the number of iterations (${iterations.value}) can't be less than the number of VUs (${vus.value})`, problems)
  return fits
    ? { ...base, executor: 'shared-iterations', vus: vus.value, iterations: iterations.value, maxDurationNs: maxDuration.value }
    : undefined
}

export function perVuIterations(
  base: Base, vus: Given<number>, iterations: Given<number>, maxDuration: Given<Ns>, problems: Problems,
): PerVuIterations | undefined {
  const fits = vusFit(vus, problems) && lengthFits(maxDuration, base, 'maxDuration', problems)
    && must(iterations.value > 0, iterations, `the number of iterations must be more than 0, but is ${iterations.value}`, problems)
    && must(Number.isSafeInteger(vus.value * iterations.value), iterations,
      'VUs times iterations is more than can be counted (2^53)', problems)
  return fits
    ? { ...base, executor: 'per-vu-iterations', vus: vus.value, iterations: iterations.value, maxDurationNs: maxDuration.value }
    : undefined
}

export function constantVus(base: Base, vus: Given<number>, length: Given<Ns>, problems: Problems): ConstantVus | undefined {
  return vusFit(vus, problems) && lengthFits(length, base, 'duration', problems)
    ? { ...base, executor: 'constant-vus', vus: vus.value, durationNs: length.value } : undefined
}

export function rampingVus(
  base: Base, startVUs: Given<number>, stages: Given<readonly Stage[]>, gracefulRampDownNs: Ns, problems: Problems,
): RampingVus | undefined {
  const planned = plannedStages(stages, base, problems)
  if (planned === undefined) return undefined
  const most = Math.max(startVUs.value, ...planned.map(({ target }) => target))
  const below = `the number of VUs at the start must not be less than 0, but is ${startVUs.value}`
  const fits = must(startVUs.value >= 0, startVUs, below, problems)
    && vusFit({ ...stages, value: most }, problems, 'the largest number of VUs')
  return fits ? { ...base, executor: 'ramping-vus', startVUs: startVUs.value, stages: planned, gracefulRampDownNs } : undefined
}

const vusOf = (fields: Fields): Given<number> => fields.take('vus', integer(), LOOPING_DEFAULTS.vus)

/** `shared-iterations` and `per-vu-iterations`. */
export function readCounted(
  executor: 'shared-iterations' | 'per-vu-iterations', fields: Fields, base: Base,
): SharedIterations | PerVuIterations | undefined {
  const vus = vusOf(fields)
  const iterations = fields.take('iterations', integer(), LOOPING_DEFAULTS.iterations)
  const maxDuration = fields.take('maxDuration', duration(), LOOPING_DEFAULTS.maxDurationNs)
  const make = executor === 'shared-iterations' ? sharedIterations : perVuIterations
  return fields.intact ? make(base, vus, iterations, maxDuration, fields.problems) : undefined
}

export function readConstantVus(fields: Fields, base: Base): ConstantVus | undefined {
  const vus = vusOf(fields)
  if (!fields.require('constant-vus', { duration: 'a duration' })) return undefined
  const length = fields.take('duration', duration(), 0)
  return fields.intact ? constantVus(base, vus, length, fields.problems) : undefined
}

export const gracefulRampDownOf = (fields: Fields): Ns =>
  fields.take('gracefulRampDown', duration(0n), LOOPING_DEFAULTS.gracefulRampDownNs).value

export function readRampingVus(fields: Fields, base: Base): RampingVus | undefined {
  const gracefulRampDownNs = gracefulRampDownOf(fields)
  if (fields.has('profile')) {
    const profile = readProfile(fields, 'ramping-vus', 'vus', ['stages', 'startVUs'])
    if (profile === undefined || !fields.intact) return undefined
    const { file, start, stages } = profile
    const ramp = rampingVus(base, start, stages, gracefulRampDownNs, fields.problems)
    return ramp === undefined ? undefined : { ...ramp, profile: file }
  }
  if (!fields.require('ramping-vus', { stages: 'stages or a profile' })) return undefined
  const stages = fields.take('stages', stagesKind, [])
  const startVUs = fields.take('startVUs', integer(), LOOPING_DEFAULTS.startVUs)
  return fields.intact ? rampingVus(base, startVUs, stages, gracefulRampDownNs, fields.problems) : undefined
}

// Scenarios as a script or a config file writes them, checked strictly: every key is known, every value in range.
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Json, JsonObject, Tags } from '../../bindings/sdk/index.ts'
import { duration, integer, stringMap, text, type Kind } from './kinds.ts'
import { didYouMean } from './nearest.ts'
import type { Ns } from './ns.ts'
import type { ConstantVus, PerVuIterations, Scenario, SharedIterations } from './plan.ts'
import type { Origin, Problems, ValuePath } from './problem.ts'

/** A value with the place it came from, so that a check made later can still point at it. */
export interface Given<T> { readonly value: T; readonly origin: Origin; readonly path: ValuePath }

/** What all executors have in common. */
type Base = Pick<Scenario, 'name' | 'exec' | 'startTimeNs' | 'gracefulStopNs' | 'env' | 'tags'>

const EXECUTORS = ['shared-iterations', 'per-vu-iterations', 'constant-vus'] as const satisfies readonly Scenario['executor'][]
/** Of k6's language, and still to come. */
const EXECUTORS_TO_COME: readonly string[] = ['ramping-vus', 'constant-arrival-rate', 'ramping-arrival-rate']
const KEYS_TO_COME: readonly string[] = ['tasks', 'waitTime']
const BASE_KEYS = ['executor', 'exec', 'startTime', 'gracefulStop', 'env', 'tags'] as const
const KEYS: Readonly<Record<Scenario['executor'], readonly string[]>> = {
  'shared-iterations': ['vus', 'iterations', 'maxDuration'],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
  'constant-vus': ['vus', 'duration'],
}
const SCENARIO_NAME = /^[\w-]+$/
const VUS_MAX = 100_000_000

const NS_PER_SECOND = 1_000_000_000
export const SCENARIO_DEFAULTS = {
  exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * NS_PER_SECOND, env: {}, tags: {},
  vus: 1, iterations: 1, maxDurationNs: 600 * NS_PER_SECOND,
} as const

/** All scenarios of a `scenarios` option. What is wrong goes to `problems`; a scenario with problems is left out. */
export function readScenarios(scenarios: JsonObject, origin: Origin, problems: Problems): readonly Scenario[] {
  return Object.entries(scenarios).flatMap(([name, value]) => {
    if (!SCENARIO_NAME.test(name)) {
      problems.add(origin, [name], 'a scenario\'s name may hold letters, digits, _ and - only')
      return []
    }
    if (!isJsonObject(value)) {
      problems.add(origin, [name], 'a scenario must be an object with an executor')
      return []
    }
    return new ScenarioReader(name, value, origin, problems).read() ?? []
  })
}

class ScenarioReader {
  readonly #name: string
  readonly #json: JsonObject
  readonly #origin: Origin
  readonly #problems: Problems
  readonly #before: number

  constructor(name: string, json: JsonObject, origin: Origin, problems: Problems) {
    this.#name = name
    this.#json = json
    this.#origin = origin
    this.#problems = problems
    this.#before = problems.list.length
  }

  read(): Scenario | undefined {
    const executor = this.#executor()
    if (executor === undefined || !this.#keysKnown(executor)) return undefined
    const base = this.#base()
    const vus = this.#take('vus', integer(), SCENARIO_DEFAULTS.vus)
    return executor === 'constant-vus' ? this.#constantVus(base, vus) : this.#counted(executor, base, vus)
  }

  /** True while every key could be read: what stands in for one that could not must not be judged. */
  get #intact(): boolean { return this.#problems.list.length === this.#before }

  #executor(): Scenario['executor'] | undefined {
    const value = this.#json['executor'] ?? null
    const known = EXECUTORS.find((name) => name === value)
    if (known !== undefined) return known
    if (value === null) this.#refuse([], `has no executor: there are ${EXECUTORS.join(', ')}`)
    else if (typeof value === 'string' && EXECUTORS_TO_COME.includes(value)) {
      this.#refuse(['executor'], notInThisVersion(`the executor ${value}`))
    } else {
      const guess = typeof value === 'string' ? didYouMean(value, EXECUTORS) : ''
      this.#refuse(['executor'], `there is no executor ${JSON.stringify(value)}: there are ${EXECUTORS.join(', ')}${guess}`)
    }
    return undefined
  }

  #keysKnown(executor: Scenario['executor']): boolean {
    const known = [...BASE_KEYS, ...KEYS[executor]]
    const unknown = Object.keys(this.#json).filter((key) => !known.includes(key) && this.#json[key] !== undefined)
    for (const key of unknown) {
      if (KEYS_TO_COME.includes(key)) this.#refuse([key], notInThisVersion(key))
      else this.#refuse([key], `a ${executor} scenario has no such key; it has ${known.join(', ')}${didYouMean(key, known)}`)
    }
    return unknown.length === 0
  }

  #base(): Base {
    return {
      name: this.#name,
      exec: this.#take('exec', text, SCENARIO_DEFAULTS.exec).value,
      startTimeNs: this.#take('startTime', duration(0n), SCENARIO_DEFAULTS.startTimeNs).value,
      gracefulStopNs: this.#take('gracefulStop', duration(0n), SCENARIO_DEFAULTS.gracefulStopNs).value,
      env: this.#take('env', TEXTS, SCENARIO_DEFAULTS.env).value,
      tags: this.#take('tags', TEXTS, SCENARIO_DEFAULTS.tags).value,
    }
  }

  #counted(executor: 'shared-iterations' | 'per-vu-iterations', base: Base, vus: Given<number>): Scenario | undefined {
    const iterations = this.#take('iterations', integer(), SCENARIO_DEFAULTS.iterations)
    const maxDuration = this.#take('maxDuration', duration(), SCENARIO_DEFAULTS.maxDurationNs)
    const make = executor === 'shared-iterations' ? sharedIterations : perVuIterations
    if (!this.#intact) return undefined
    return make(base, vus, iterations, maxDuration, this.#problems)
  }

  #constantVus(base: Base, vus: Given<number>): Scenario | undefined {
    if ((this.#json['duration'] ?? null) === null) {
      this.#refuse([], 'a constant-vus scenario needs a duration')
      return undefined
    }
    const length = this.#take('duration', duration(), 0)
    return this.#intact ? constantVus(base, vus, length, this.#problems) : undefined
  }

  /** A key's value; the default when it is missing, null or wrong (which is noted). */
  #take<T>(key: string, kind: Pick<Kind<T>, 'fromJson'>, otherwise: T): Given<T> {
    const value = this.#json[key] ?? null
    const path = [this.#name, key]
    const read = value === null ? undefined : this.#problems.attempt(this.#origin, path, () => kind.fromJson(value))
    return { value: read ?? otherwise, origin: this.#origin, path: value === null ? [this.#name] : path }
  }

  #refuse(path: ValuePath, message: string): void { this.#problems.add(this.#origin, [this.#name, ...path], message) }
}

const TEXTS = { fromJson: (value: Json): Tags => stringMap(value, 'texts') }

export const notInThisVersion = (what: string): string =>
  `${what} is not in this version yet: use ${EXECUTORS.slice(0, -1).join(', ')} or ${EXECUTORS.at(-1) ?? ''}`

/** Notes what is wrong with `given` and answers false, or answers true. */
function must(good: boolean, { origin, path }: Given<unknown>, message: string, problems: Problems): boolean {
  if (!good) problems.add(origin, path, message)
  return good
}
const vusFit = (vus: Given<number>, problems: Problems): boolean =>
  must(vus.value > 0, vus, `the number of VUs must be more than 0, but is ${vus.value}`, problems)
  && must(vus.value <= VUS_MAX, vus, `the number of VUs must be ${VUS_MAX} or less, but is ${vus.value}`, problems)

/** A time that ends a scenario: k6's least is a second. The whole, with start and stop, must fit a plan's nanoseconds. */
function lengthFits(length: Given<Ns>, base: Base, what: string, problems: Problems): boolean {
  return must(length.value >= NS_PER_SECOND, length, `the ${what} must be at least 1s, but is ${length.value / NS_PER_SECOND}s`, problems)
    && must(Number.isSafeInteger(base.startTimeNs + length.value + base.gracefulStopNs), length,
      `startTime, ${what} and gracefulStop together are longer than 104 days`, problems)
}

/** Each of these answers undefined when something is wrong, and notes what. */
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

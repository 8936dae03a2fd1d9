// Scenarios as a script or a config file writes them, checked strictly: every key is known, every value in range.
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Json, JsonObject, Tags } from '../../bindings/sdk/index.ts'
import { readConstantArrivalRate, readRampingArrivalRate } from './arrival-executors.ts'
import { Fields, type ReadFile } from './fields.ts'
import { duration, stringMap, text } from './kinds.ts'
import { NS_PER_SECOND, type Base } from './limits.ts'
import { readConstantVus, readCounted, readRampingVus } from './looping-executors.ts'
import { didYouMean } from './nearest.ts'
import { readTasks, readWaitTime } from './pacing-options.ts'
import type { Scenario } from './plan.ts'
import type { Origin, Problems } from './problem.ts'
import { ARRIVAL_KEYS, BASE_KEYS, EXECUTOR_KEYS, EXECUTORS } from './scenario-keys.ts'
import { readStaircase } from './staircase.ts'

/** A staircase of VUs has no use for the keys of one of a rate, and the other way round. */
const STAIRCASE_ONLY = { vus: ['gracefulRampDown'], rate: ARRIVAL_KEYS } as const
const SCENARIO_NAME = /^[\w-]+$/

export const SCENARIO_DEFAULTS = { exec: 'default', startTimeNs: 0, gracefulStopNs: 30 * NS_PER_SECOND, env: {}, tags: {} } as const

/** All scenarios of a `scenarios` option. What is wrong goes to `problems`; a scenario with problems is left out. */
export function readScenarios(scenarios: JsonObject, origin: Origin, problems: Problems, readFile: ReadFile): readonly Scenario[] {
  return Object.entries(scenarios).flatMap(([name, value]) => {
    if (!SCENARIO_NAME.test(name)) {
      problems.add(origin, [name], 'a scenario\'s name may hold letters, digits, _ and - only')
      return []
    }
    if (!isJsonObject(value)) {
      problems.add(origin, [name], 'a scenario must be an object with an executor')
      return []
    }
    return readScenario(new Fields(name, value, origin, problems, readFile), value['executor'] ?? null) ?? []
  })
}

function readScenario(fields: Fields, named: Json): Scenario | undefined {
  const executor = executorOf(fields, named)
  if (executor === undefined || !keysKnown(fields, executor)) return undefined
  const base = readBase(fields)
  switch (executor) {
    case 'shared-iterations': case 'per-vu-iterations': return readCounted(executor, fields, base)
    case 'constant-vus': return readConstantVus(fields, base)
    case 'ramping-vus': return readRampingVus(fields, base)
    case 'constant-arrival-rate': return readConstantArrivalRate(fields, base)
    case 'ramping-arrival-rate': return readRampingArrivalRate(fields, base)
    case 'staircase': return readStaircase(fields, base)
    default: return executor satisfies never
  }
}

function executorOf(fields: Fields, named: Json): Scenario['executor'] | undefined {
  const known = EXECUTORS.find((name) => name === named)
  if (known !== undefined) return known
  const all = `there are ${EXECUTORS.join(', ')}`
  if (named === null) fields.refuse([], `has no executor: ${all}`)
  else {
    const guess = typeof named === 'string' ? didYouMean(named, EXECUTORS) : ''
    fields.refuse(['executor'], `there is no executor ${JSON.stringify(named)}: ${all}${guess}`)
  }
  return undefined
}

function keysKnown(fields: Fields, executor: Scenario['executor']): boolean {
  const useless: readonly string[] = executor !== 'staircase' ? [] : fields.has('vus') ? STAIRCASE_ONLY.rate : STAIRCASE_ONLY.vus
  const known: readonly string[] = [...BASE_KEYS, ...EXECUTOR_KEYS[executor]].filter((key) => !useless.includes(key))
  const unknown = fields.keys.filter((key) => !known.includes(key))
  for (const key of unknown) {
    fields.refuse([key], `a ${executor} scenario has no such key; it has ${known.join(', ')}${didYouMean(key, known)}`)
  }
  return unknown.length === 0
}

function readBase(fields: Fields): Base {
  const tasks = readTasks(fields)
  const waitTime = readWaitTime(fields)
  return {
    name: fields.name,
    exec: fields.take('exec', text, SCENARIO_DEFAULTS.exec).value,
    startTimeNs: fields.take('startTime', duration(0n), SCENARIO_DEFAULTS.startTimeNs).value,
    gracefulStopNs: fields.take('gracefulStop', duration(0n), SCENARIO_DEFAULTS.gracefulStopNs).value,
    env: fields.take('env', TEXTS, SCENARIO_DEFAULTS.env).value,
    tags: fields.take('tags', TEXTS, SCENARIO_DEFAULTS.tags).value,
    ...(tasks === undefined ? {} : { tasks }),
    ...(waitTime === undefined ? {} : { waitTime }),
  }
}

const TEXTS = { fromJson: (value: Json): Tags => stringMap(value, 'texts') }

// What VUs of a scenario run and how they wait between, as options give it: tasks, sequence, waitTime.
import { formatDuration, isJsonObject, type Json } from '../../bindings/sdk/index.ts'
import type { Fields } from './fields.ts'
import { duration, texts } from './kinds.ts'
import type { Ns } from './ns.ts'
import { below, OptionError, type ValuePath } from './problem.ts'
import type { Tasks, WaitTime } from './scenarios.ts'

const NS_PER_SECOND = 1e9
const bad = (message: string, path: ValuePath = []): never => { throw new OptionError(message, { path, kind: 'value' }) }
/** `{ upload: 3, download: 5 }`: how often each is drawn, in proportion. */
const weighted = {
  fromJson(value: Json): Tasks {
    if (!isJsonObject(value)) return bad(`${JSON.stringify(value)} must be an object of weights: { upload: 3, download: 5 }`)
    const weights = Object.entries(value).flatMap(([name, weight]): [string, number][] => {
      if (weight === undefined || weight === null) return []
      if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
        return bad(`a weight must be a number, 0 or more, but is ${JSON.stringify(weight)}`, [name])
      }
      return weight === 0 ? [] : [[name, weight]]
    })
    return weights.length === 0 ? bad('no task has a weight above 0') : { kind: 'weighted', weights: Object.fromEntries(weights) }
  },
}

const sequence = {
  fromJson(value: Json): Tasks {
    const names = texts.fromJson(value)
    return names.length === 0 ? bad('must name one task at least') : { kind: 'sequence', names }
  },
}

/** `tasks` or `sequence`; undefined when there are none, or something is wrong with them, which is noted. */
export function readTasks(fields: Fields): Tasks | undefined {
  const kinds = ['tasks', 'sequence', 'exec'].filter((key) => fields.has(key))
  if (kinds.length > 1) {
    fields.refuse([kinds[0] ?? ''], `a scenario has one of tasks, sequence and exec, but this has ${kinds.join(' and ')}`)
    return undefined
  }
  return fields.has('tasks') ? fields.take<Tasks | undefined>('tasks', weighted, undefined).value
    : fields.take<Tasks | undefined>('sequence', sequence, undefined).value
}

const KINDS = ['constant', 'between', 'constantPacing', 'constantThroughput'] as const
const known = 'must be one of { constant: \'1s\' }, { between: [\'1s\', \'3s\'] }, { constantPacing: \'2s\' }, { constantThroughput: 0.5 }'
const time = (value: Json): Ns => duration(0n).fromJson(value)

/** Durations, and for `constantThroughput` iterations per second of each VU. */
const waitTime = {
  fromJson(value: Json): WaitTime {
    if (!isJsonObject(value)) return bad(known)
    const keys = Object.keys(value).filter((key) => value[key] !== undefined)
    const kind = KINDS.find((name) => name === keys[0])
    if (kind === undefined || keys.length !== 1) return bad(known)
    const given = value[kind] ?? null
    return below([kind], (): WaitTime => {
      switch (kind) {
        case 'constant': return { kind: 'constant', durationNs: time(given) }
        case 'between': return between(given)
        case 'constantPacing': return { kind: 'pacing', everyNs: time(given) }
        case 'constantThroughput': return throughput(given)
        default: return kind satisfies never
      }
    })
  },
}

function between(value: Json): WaitTime {
  if (!Array.isArray(value) || value.length !== 2) return bad('must be two durations: [\'1s\', \'3s\']')
  const [minNs = 0, maxNs = 0] = (value as readonly Json[]).map((item, index) => below([index], () => time(item)))
  if (maxNs < minNs) bad(`must not end (${formatDuration(BigInt(maxNs))}) before it begins (${formatDuration(BigInt(minNs))})`)
  return { kind: 'between', minNs, maxNs }
}

function throughput(value: Json): WaitTime {
  if (typeof value !== 'number' || !(value > 0)) return bad(`must be iterations per second, more than 0, but is ${JSON.stringify(value)}`)
  const everyNs = Math.round(NS_PER_SECOND / value)
  return Number.isSafeInteger(everyNs) ? { kind: 'pacing', everyNs } : bad(`${value} a second is too seldom: once in 104 days is the least`)
}

export const readWaitTime = (fields: Fields): WaitTime | undefined =>
  fields.take<WaitTime | undefined>('waitTime', waitTime, undefined).value

/** The names of the functions a scenario may run. */
export const functionsOf = ({ exec, tasks }: { readonly exec: string; readonly tasks?: Tasks }): readonly string[] => {
  switch (tasks?.kind) {
    case undefined: return [exec]
    case 'weighted': return Object.keys(tasks.weights)
    case 'sequence': return [...new Set(tasks.names)]
    default: return tasks satisfies never
  }
}

// The option `until`: what ends a run before its time is over, because what it was to show is shown.
import { formatSize, isJsonObject, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import { choice, duration, size, type Kind } from './kinds.ts'
import { NS_PER_SECOND } from './limits.ts'
import { lengthOf } from './load-shape.ts'
import { didYouMean } from './nearest.ts'
import type { Ns } from './ns.ts'
import { below, OptionError, type Origin, type Problems } from './problem.ts'
import type { Scenario } from './scenarios.ts'

const MEASURES = ['operations', 'bytes', 'latency'] as const

/**
 * When a store is called steady, in the manner of SNIA's Performance Test Specification: over the last `rounds` rounds the largest and
 * the smallest differ by no more than a part of their mean, and the straight line that fits them best rises or falls by no more than one.
 */
export interface Steady {
  /** Operations a second, payload bytes a second, or the mean time of an operation. */
  readonly of: (typeof MEASURES)[number]
  readonly rounds: number
  readonly roundNs: Ns
  /** Parts of the mean, 0 … 1. */
  readonly rangeMax: number
  readonly slopeMax: number
  /** How long after the start the first round begins. */
  readonly afterNs: Ns
}

/** The first that is reached ends the run, which is then complete. */
export interface Until {
  readonly steady?: Steady
  /** Payload bytes, up and down together. */
  readonly maxDataBytes?: number
}

export const STEADY_DEFAULTS: Steady = {
  of: 'operations', rounds: 5, roundNs: 10 * NS_PER_SECOND, rangeMax: 0.2, slopeMax: 0.1, afterNs: 0,
}
const ROUNDS = { least: 3, most: 1000 } as const

const KEYS = ['steady', 'maxData'] as const
const STEADY_KEYS = ['of', 'rounds', 'round', 'range', 'slope', 'after'] as const

const bad = (message: string): never => { throw new OptionError(message, { kind: 'value' }) }

function known(value: JsonObject, keys: readonly string[]): void {
  const key = Object.keys(value).find((one) => !keys.includes(one))
  if (key !== undefined) throw new OptionError(`unknown key; known: ${keys.join(', ')}${didYouMean(key, keys)}`, { path: [key] })
}

/** `'20%'`: more than nothing, no more than all. */
function percent(value: Json): number {
  const figure = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?%$/.exec(value)?.[1] : undefined
  const part = Number(figure ?? Number.NaN) / 100
  return part > 0 && part <= 1 ? part : bad(`${JSON.stringify(value)} must be a part of the mean, like '20%'`)
}

function rounds(value: Json): number {
  const { least, most } = ROUNDS
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  return bad(`${JSON.stringify(value)} must be a whole number from ${least} to ${most}`)
}

function wholeSeconds(value: Json): Ns {
  const ns = duration(BigInt(NS_PER_SECOND)).fromJson(value)
  return ns % NS_PER_SECOND === 0 ? ns : bad('must be whole seconds')
}

function steadyOf(value: Json): Steady {
  if (value === true) return STEADY_DEFAULTS
  if (!isJsonObject(value)) return bad(`${JSON.stringify(value)} must be true, or an object of ${STEADY_KEYS.join(', ')}`)
  known(value, STEADY_KEYS)
  const take = <T>(key: (typeof STEADY_KEYS)[number], read: (value: Json) => T, standard: T): T => {
    const given = value[key]
    return given === undefined || given === null ? standard : below([key], () => read(given))
  }
  const { of, rounds: count, roundNs, rangeMax, slopeMax, afterNs } = STEADY_DEFAULTS
  return {
    of: take('of', (given) => choice(MEASURES).fromJson(given), of), rounds: take('rounds', rounds, count),
    roundNs: take('round', wholeSeconds, roundNs), rangeMax: take('range', percent, rangeMax), slopeMax: take('slope', percent, slopeMax),
    afterNs: take('after', (given) => duration(0n).fromJson(given), afterNs),
  }
}

const maxData = (value: Json): number => size(1).fromJson(value)

function fromObject(value: JsonObject): Until {
  known(value, KEYS)
  const { steady = null, maxData: most = null } = value
  const until: Until = {
    ...steady === null || steady === false ? {} : { steady: below(['steady'], () => steadyOf(steady)) },
    ...most === null ? {} : { maxDataBytes: below(['maxData'], () => maxData(most)) },
  }
  return Object.keys(until).length > 0 ? until : bad('needs steady or maxData')
}

function fromText(text: string): Until {
  const given: Record<string, Json> = {}
  for (const part of text.split(',').map((one) => one.trim())) {
    const [name = '', value, ...more] = part.split('=')
    if (name === 'steady' && more.length === 0) given['steady'] = value === undefined ? true : { of: value }
    else if (name === 'maxData' && value !== undefined && more.length === 0) given['maxData'] = value
    else bad(`${JSON.stringify(part)} must be steady, steady=${MEASURES.join(' or steady=')}, or maxData=SIZE`)
  }
  return fromObject(given)
}

/** An object in a script or file; `steady,maxData=10GiB` as a text. */
export const untilKind: Kind<Until> = {
  fromJson: (value) => typeof value === 'string' ? fromText(value) : isJsonObject(value) ? fromObject(value)
    : bad(`${JSON.stringify(value)} must be an object with steady or maxData`),
  fromText,
  fromFlag: (value) => fromText(typeof value === 'string' ? value : value === true ? '' : value.join(',')),
  isSwitch: false, repeats: true, unit: 'steady, maxData',
  schema: { type: ['object', 'string'] },
}

/** A run that is over before it can be called steady is refused, not run in vain. */
export function untilFits(until: Until, scenarios: readonly Scenario[], origin: Origin, problems: Problems): void {
  if (until.steady === undefined || scenarios.length === 0) return
  const { rounds: count, roundNs, afterNs } = until.steady
  const leastS = (afterNs + count * roundNs) / NS_PER_SECOND
  const longestS = Math.max(...scenarios.map((scenario) => scenario.startTimeNs + lengthOf(scenario))) / NS_PER_SECOND
  if (leastS <= longestS) return
  problems.add(origin, ['steady'], `${count} rounds of ${roundNs / NS_PER_SECOND}s take ${leastS}s at least, `
    + `but the run is over after ${longestS}s: make it longer, or the rounds shorter`)
}

/** What is waited for, in words. */
export function untilText({ steady, maxDataBytes }: Until): string {
  const parts = [
    ...steady === undefined ? [] : [`${steady.of} are steady over ${steady.rounds} rounds of ${steady.roundNs / NS_PER_SECOND}s`],
    ...maxDataBytes === undefined ? [] : [`${formatSize(maxDataBytes)} are moved`],
  ]
  return parts.join(', or ')
}

// The staircase executor, as options give it: levels of VUs or of a rate, each held as long.
import { isJsonObject, type Json } from '../../bindings/sdk/index.ts'
import { countFits, rateFits, readCrew } from './arrival-executors.ts'
import { must, type Fields, type Given } from './fields.ts'
import { duration, integer } from './kinds.ts'
import { lengthFits, spanFits, vusFit, type Base } from './limits.ts'
import { gracefulRampDownOf } from './looping-executors.ts'
import { below, OptionError, type ValuePath } from './problem.ts'
import type { RateStaircase, VuStaircase } from './scenarios.ts'

const LEVELS_MAX = 10_000
const bad = (message: string, path: ValuePath = []): never => { throw new OptionError(message, { path, kind: 'value' }) }
const whole = integer({ min: 0 })

/** Levels: a list, or `{ from, to, by }`, whose last is at most `to` (at least, going down). */
const levels = {
  fromJson(value: Json): readonly number[] {
    if (Array.isArray(value)) {
      const list = (value as readonly Json[]).map((item, index) => below([index], () => whole.fromJson(item)))
      if (list.length === 0 || list.length > LEVELS_MAX) bad(`must be 1 to ${LEVELS_MAX} levels, but is ${list.length}`)
      return list
    }
    if (!isJsonObject(value)) return bad(`${JSON.stringify(value)} must be a list of levels, or { from, to, by }`)
    const unknown = Object.keys(value).find((key) => !['from', 'to', 'by'].includes(key))
    if (unknown !== undefined) bad('unknown key: levels have from, to and by', [unknown])
    const number = (key: string): number => below([key], () => whole.fromJson(value[key] ?? bad('is missing: levels have from, to and by')))
    const [from, to, by] = [number('from'), number('to'), number('by')]
    if (by === 0) bad('must be more than 0', ['by'])
    const count = Math.floor(Math.abs(to - from) / by) + 1
    if (count > LEVELS_MAX) bad(`these are ${count} levels: ${LEVELS_MAX} are the most`)
    return Array.from({ length: count }, (_, index) => from + Math.sign(to - from) * by * index)
  },
}
export function readStaircase(fields: Fields, base: Base): VuStaircase | RateStaircase | undefined {
  if (fields.has('vus') === fields.has('rate')) {
    fields.refuse([], 'a staircase scenario needs levels: either vus: [10, 20, 30] or rate: [100, 200, 300]')
    return undefined
  }
  const hold = fields.take('hold', duration(), 0)
  const settle = fields.take('settle', duration(0n), 0)
  if (!fields.require('staircase', { hold: 'hold: how long each level lasts' }) || !fields.intact) return undefined
  const { problems } = fields
  if (!lengthFits(hold, base, 'hold', problems)) return undefined
  if (!must(settle.value < hold.value, settle, 'settle must be shorter than hold: what is left is measured', problems)) return undefined
  const times = { executor: 'staircase', holdNs: hold.value, settleNs: settle.value } as const
  const list: Given<readonly number[]> = fields.take(fields.has('vus') ? 'vus' : 'rate', levels, [])
  if (!spanFits({ ...hold, value: hold.value * list.value.length }, base, 'all levels', problems)) return undefined
  const most = { ...list, value: Math.max(0, ...list.value) }
  return fields.has('vus') ? ofVus(fields, base, times, list, most) : ofRate(fields, base, times, list, most)
}

type Times = Pick<VuStaircase, 'executor' | 'holdNs' | 'settleNs'>

function ofVus(
  fields: Fields, base: Base, times: Times, list: Given<readonly number[]>, most: Given<number>,
): VuStaircase | undefined {
  const gracefulRampDownNs = gracefulRampDownOf(fields)
  if (!fields.intact || !vusFit(most, fields.problems, 'the largest number of VUs')) return undefined
  return { ...base, ...times, of: 'vus', levels: list.value, gracefulRampDownNs }
}

function ofRate(
  fields: Fields, base: Base, times: Times, list: Given<readonly number[]>, most: Given<number>,
): RateStaircase | undefined {
  const crew = readCrew(fields, 'staircase', {})
  if (crew === undefined || !fields.intact) return undefined
  const fits = must(most.value > 0, most, 'one rate at least must be more than 0', fields.problems)
    && rateFits(most, crew.timeUnitNs, fields)
  return fits ? countFits({ ...base, ...times, ...crew, of: 'rate', levels: list.value }, list, fields) : undefined
}

// What goes wrong in the memory driver, by plan: scripted delays, failures and cut bodies.
import { STORAGE_CODES, StorageError, isJsonObject, type Json, type JsonObject, type StorageCode } from '../../sdk/index.ts'

/** What goes wrong with one operation. */
export interface Fault {
  /** Waited before the operation is answered. */
  readonly delayMs?: number
  /** It fails with this code and does nothing. */
  readonly code?: StorageCode
  /** A get is cut after so many bytes of its body. */
  readonly cutAfterBytes?: number
}
/** Decides on the `n`th operation (from 0, all operations of the driver counted together). */
export type FaultPlan = (op: string, key: string, n: number) => Fault | undefined

/** `{ op?, key?, every?, delay_ms?, code?, cut_after_bytes? }`: `key` = text it holds; `every: 10` = each tenth that fits. */
function ruleOf(value: Json): (op: string, key: string) => Fault | undefined {
  if (!isJsonObject(value)) throw new StorageError('invalid', 'driver_config: faults must be a list of objects')
  const { op, key: part, every = 1, delay_ms: delayMs, code: named, cut_after_bytes: cutAfterBytes } = value
  const code = STORAGE_CODES.find((known) => known === named)
  if ((named !== undefined && code === undefined) || typeof every !== 'number') {
    throw new StorageError('invalid', 'driver_config: a fault with an unknown code, or `every` is no number')
  }
  const fault: Fault = {
    ...(code === undefined ? {} : { code }), ...(typeof delayMs === 'number' ? { delayMs } : {}),
    ...(typeof cutAfterBytes === 'number' ? { cutAfterBytes } : {}),
  }
  let fitting = 0
  return (called, key) => (op === undefined || op === called) && (typeof part !== 'string' || key.includes(part)) &&
    ++fitting % every === 0 ? fault : undefined
}

/** The plan a target's `driver_config.faults` tells. Throws StorageError('invalid'). */
export function planOf(config: JsonObject): FaultPlan {
  const rules = Array.isArray(config['faults']) ? config['faults'].map((rule: Json) => ruleOf(rule)) : []
  return (op, key) => {
    for (const rule of rules) {
      const fault = rule(op, key)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

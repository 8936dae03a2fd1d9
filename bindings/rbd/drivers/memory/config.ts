// Options of the memory driver: what goes wrong in it, by plan.
import {
  DriverConfigError, STORAGE_CODES, isJsonObject, refuseUnknown, type Json, type JsonObject, type StorageCode,
} from '../../../sdk/index.ts'

/** What goes wrong with one operation or I/O. */
interface Fault {
  /** Waited before it is answered. */
  readonly delayMs?: number
  /** It fails with this code and does nothing. */
  readonly code?: StorageCode
  /**
   * It is said to have been done, but: `lost`, nothing was; `torn`, only its first half; `misplaced`, it was done at the place behind it.
   * Of writes alone.
   */
  readonly damage?: Damage
}
const DAMAGES = ['lost', 'torn', 'misplaced'] as const
export type Damage = (typeof DAMAGES)[number]
/** Decides on the `n`th operation (from 0, all of them counted together). */
export type FaultPlan = (op: string, image: string, n: number) => Fault | undefined

/** `{ op?, image?, every?, delay_ms?, code?, damage? }`: `image` = text its name holds; `every: 10` = each tenth that fits. */
function ruleOf(value: Json): FaultPlan {
  if (!isJsonObject(value)) throw new DriverConfigError('faults', 'faults must be a list of objects')
  const { op, image: part, every = 1, delay_ms: delayMs, code: named, damage: wrong } = value
  const code = STORAGE_CODES.find((known) => known === named)
  const damage = DAMAGES.find((known) => known === wrong)
  const unknown = (named !== undefined && code === undefined) || (wrong !== undefined && damage === undefined)
  if (unknown || typeof every !== 'number' || (delayMs !== undefined && typeof delayMs !== 'number')) {
    throw new DriverConfigError('faults', 'a fault has an unknown code or damage, or `every` or `delay_ms` is no number')
  }
  const fault: Fault = {
    ...(code === undefined ? {} : { code }), ...(delayMs === undefined ? {} : { delayMs }), ...(damage === undefined ? {} : { damage }),
  }
  let fitting = 0
  return (called, image) => (op === undefined || op === called) && (typeof part !== 'string' || image.includes(part)) &&
    ++fitting % every === 0 ? fault : undefined
}

/** The plan `faults` tells; undefined where there is none. Throws DriverConfigError. */
export function memoryConfig(config: JsonObject): { readonly faults: FaultPlan | undefined } {
  refuseUnknown('memory', config, ['faults'])
  const { faults } = config
  if (faults === undefined) return { faults: undefined }
  if (!Array.isArray(faults)) throw new DriverConfigError('faults', 'faults must be a list of objects')
  const rules = faults.map((rule: Json) => ruleOf(rule))
  return {
    faults: (op, image, n) => {
      for (const rule of rules) {
        const fault = rule(op, image, n)
        if (fault !== undefined) return fault
      }
      return undefined
    },
  }
}

// What the generator itself costs on a machine, as `chopsticks calibrate` measured it, kept beside the runs; and its part of a run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Series } from '../metrics/snapshot.ts'
import { CALIBRATION_FILE } from './runs-folder.ts'

const cost = z.object({ workload: z.string(), driver: z.string(), baseMs: z.number().min(0), byteMs: z.number().min(0) })
const calibrationSchema = z.looseObject({
  format: z.literal('chopsticks-calibration'), version: z.literal(1), measuredAt: z.string(),
  host: z.object({ name: z.string(), cpu: z.string() }), costs: z.array(cost), lagP99Ms: z.number(),
})

/** CPU time of the generator: so much an operation, and so much a byte of its data; ms. */
export type DriverCost = z.infer<typeof cost>
/** `host` is the machine it was measured on: it says nothing of any other. `lagP99Ms`: how late the event loop was with little to do. */
export type Calibration = z.infer<typeof calibrationSchema>

export function writeCalibration(folder: string, calibration: Calibration): string {
  const path = join(folder, CALIBRATION_FILE)
  writeFileSync(path, `${JSON.stringify(calibration, undefined, 2)}\n`)
  return path
}

/** Undefined when there is none. Throws an Error that says what to do when it can't be used. */
export function readCalibration(folder: string): Calibration | undefined {
  const path = join(folder, CALIBRATION_FILE)
  if (!existsSync(path)) return undefined
  try {
    return calibrationSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    throw new Error(`${path} is no calibration of this version: delete it, or run chopsticks calibrate again`)
  }
}

/** A driver's part of a run. */
export interface OwnTime {
  readonly workload: string
  readonly driver: string
  /** CPU time of the generator and service time, each of an average operation; ms. */
  readonly ownMs: number
  readonly measuredMs: number
}

/** What each driver that was used and calibrated cost, beside what was measured. */
export const ownTimes = ({ costs }: Calibration, series: readonly Series[]): readonly OwnTime[] =>
  costs.flatMap(({ workload, driver, baseMs, byteMs }) => {
    let [count, measuredMs, bytes] = [0, 0, 0]
    for (const { metric, tags, data } of series) {
      if (tags['driver'] !== driver) continue
      if (metric === `${workload}_req_duration` && data.type === 'trend') {
        count += data.count
        measuredMs += data.sum
      } else if (metric === `${workload}_bytes` && data.type === 'counter') bytes += data.sum
    }
    return count === 0 ? [] : [{ workload, driver, ownMs: baseMs + byteMs * bytes / count, measuredMs: measuredMs / count }]
  })

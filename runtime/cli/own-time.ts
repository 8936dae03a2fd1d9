// Says in a run's remarks how much of its measured time was the tool's own, where this machine has been calibrated.
import type { RunRecord } from '../metrics/record.ts'
import { humanizeTime } from '../output/humanize.ts'
import { ownTimes, readCalibration } from '../results/calibration.ts'
import { hostFacts } from '../results/host-facts.ts'
import type { Terminal } from './terminal.ts'

const percent = (share: number): string => share < 0.001 ? 'less than 0.1 %' : `about ${(100 * Math.min(1, share)).toFixed(1)} %`

/** The record with the remarks; a calibration of another machine says nothing, one that can't be read is told of. */
export function withOwnTime(record: RunRecord, folder: string, terminal: Terminal): RunRecord {
  let calibration
  try {
    calibration = readCalibration(folder)
  } catch (error) {
    terminal.log.warn((error as Error).message)
    return record
  }
  const { name, cpu = '' } = hostFacts()
  if (calibration === undefined || calibration.host.name !== name || calibration.host.cpu !== cpu) return record
  const day = calibration.measuredAt.slice(0, 10)
  const remarks: Record<string, readonly string[]> = { ...record.remarks }
  for (const { workload, driver, ownMs, measuredMs } of ownTimes(calibration, record.series)) {
    remarks[workload] = [...remarks[workload] ?? [], `${percent(ownMs / measuredMs)} of the measured time was the CPU time of chopsticks `
      + `itself: ${humanizeTime(ownMs, null)} of ${humanizeTime(measuredMs, null)} an operation (${driver}, calibrated ${day})`]
  }
  return { ...record, remarks }
}

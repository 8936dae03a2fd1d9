// The generator's own part of a run, from what a calibration says an operation and a byte cost.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import { ownTimes, readCalibration, writeCalibration, type Calibration } from '../../runtime/results/calibration.ts'
import { operation } from '../output/sample-record.ts'

const CALIBRATION: Calibration = {
  format: 'chopsticks-calibration', version: 1, measuredAt: '2026-12-01T00:00:00.000Z', host: { name: 'here', cpu: 'quick' }, lagP99Ms: 0.5,
  costs: [{ workload: 's3', driver: 'native', baseMs: 0.03, byteMs: 1e-7 }, { workload: 's3', driver: 'minio', baseMs: 1, byteMs: 0 }],
}

describe('a calibration', () => {
  it('gives each driver that was used what its operations and their bytes cost', () => {
    const recorder = new Recorder({})
    for (const ended of [10, 30]) {
      recorder.operation(operation({ driver: 'native', started: 0, ended, bytesIn: 1_000_000, bytesOut: 0 }), {})
    }
    const [own, ...others] = ownTimes(CALIBRATION, recorder.take().series)
    expect(others).to.deep.equal([])
    expect(own?.driver).to.equal('native')
    expect(own?.measuredMs).to.be.closeTo(20, 1e-9)
    expect(own?.ownMs).to.be.closeTo(0.03 + 0.1, 1e-9)
  })

  it('is read as it was written, and what is none is refused by its name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chopsticks-calibration-'))
    try {
      expect(readCalibration(folder)).to.equal(undefined)
      const path = writeCalibration(folder, CALIBRATION)
      expect(readCalibration(folder)).to.deep.equal(CALIBRATION)
      for (const text of ['', '{', '{"format":"other"}']) {
        writeFileSync(path, text)
        expect(() => readCalibration(folder), text).to.throw(/calibration\.json is no calibration of this version: delete it, or run/)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

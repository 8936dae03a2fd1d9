// A run's Parquet file says what its log says, and is made anew when it is not whole or the log has grown.
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parquetReadObjects } from 'hyparquet'
import { percentile } from '../../runtime/metrics/histogram.ts'
import { SERIES_COLUMNS, seriesFile } from '../../runtime/results/series-parquet.ts'
import type { StoredRun } from '../../runtime/results/stored-run.ts'
import { busyRecord, samplePlan } from '../output/sample-record.ts'

const RECORD = busyRecord(samplePlan(), 2000)
const SERIES = RECORD.series
const LOG = 'windows.log'
const FILE = 'series.parquet'

class Folders implements Disposable {
  readonly #base = mkdtempSync(join(tmpdir(), 'chopsticks-parquet-'))
  readonly run = join(this.#base, 'run')
  readonly elsewhere = join(this.#base, 'else')
  constructor() {
    for (const folder of [this.run, this.elsewhere]) mkdirSync(folder)
    writeFileSync(join(this.run, LOG), 'a log')
  }
  stored(seconds: number): StoredRun {
    const windows = Array.from({ length: seconds }, (_, n) => ({ startMs: n * 1000, lengthMs: 1000, series: SERIES }))
    const environment = { versions: {}, host: { name: 'h', system: 'linux', cores: 2, memoryBytes: 1, nics: [] } }
    return { path: this.run, record: RECORD, environment, windows, slowest: [], outages: [], complete: true, problems: [] }
  }
  [Symbol.dispose](): void { rmSync(this.#base, { recursive: true, force: true }) }
}

const rowsOf = async (path: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const bytes = readFileSync(path)
  return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) })
}

describe('the Parquet file of a run', () => {
  it('has a row a window and series, with what was counted', async () => {
    using folders = new Folders()
    const path = seriesFile(folders.stored(3), folders.elsewhere)
    expect(path).to.equal(join(folders.run, FILE))
    const rows = await rowsOf(path)
    expect(rows).to.have.length(3 * SERIES.length)
    expect(Object.keys(rows[0] ?? {})).to.deep.equal(SERIES_COLUMNS.map(([name]) => name))
    for (const [at, row] of rows.entries()) {
      const one = SERIES[at % SERIES.length]
      if (one === undefined) throw new Error('there is no such series')
      const { metric, tags, data } = one
      const startMs = Math.floor(at / SERIES.length) * 1000
      expect(row).to.include({ run: RECORD.runId, startMs, lengthMs: 1000, metric, type: data.type, count: data.count })
      expect(JSON.parse(String(row['tags']))).to.deep.equal(tags)
      expect(row['op'] ?? undefined).to.equal(tags['op'])
      if (data.type === 'trend') {
        expect(row).to.include({ sum: data.sum, min: data.min, max: data.max, p50: percentile(data, 50), p99_9: percentile(data, 99.9) })
      } else expect(row['p99']).to.equal(null)
      if (data.type === 'counter') expect(row['value']).to.equal(data.sum)
    }
  })

  it('is taken as it is while it stands, and made anew when it is cut off anywhere, or its log has grown', async () => {
    using folders = new Folders()
    const own = seriesFile(folders.stored(2), folders.elsewhere)
    const size = readFileSync(own).length
    // A run that says otherwise shows that the file is not made again.
    seriesFile(folders.stored(5), folders.elsewhere)
    expect(await rowsOf(own)).to.have.length(2 * SERIES.length)
    const whole = join(folders.elsewhere, 'whole')
    copyFileSync(own, whole)
    for (let length = 0; length < size; length += Math.ceil(size / 40)) {
      copyFileSync(whole, own)
      truncateSync(own, length)
      seriesFile(folders.stored(2), folders.elsewhere)
      expect(readFileSync(own).equals(readFileSync(whole)), `cut off at ${length}`).to.equal(true)
    }
    appendFileSync(join(folders.run, LOG), 'more')
    seriesFile(folders.stored(3), folders.elsewhere)
    expect(await rowsOf(own)).to.have.length(3 * SERIES.length)
  })

  it('is made elsewhere where the run\'s folder takes none', async () => {
    using folders = new Folders()
    mkdirSync(join(folders.run, FILE))
    const path = seriesFile(folders.stored(1), folders.elsewhere)
    expect(path.startsWith(folders.elsewhere)).to.equal(true)
    expect(await rowsOf(path)).to.have.length(SERIES.length)
  })
})

// Deleting all below a prefix: versions, delete markers and uploads too, patiently, in time, and nothing else.
import { setMaxListeners } from 'node:events'
import { expect } from 'chai'
import fc from 'fast-check'
import { MemoryStore } from '../../bindings/s3/drivers/memory-store.ts'
import { openDriver, type FaultPlan } from '../../bindings/s3/drivers/memory.ts'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { Sweep } from '../../bindings/s3/sweep.ts'
import { StorageError, bytesContent, type CleanupReport, type StorageCode } from '../../bindings/sdk/index.ts'
import { callOf, refusal } from '../contract/s3-driver.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'
import { sectionFor } from './kit.ts'

interface Place { readonly store: MemoryStore; readonly driver: S3Driver; readonly clock: VirtualClock; readonly ops: string[] }

/** A store in virtual time whose operations are noted. */
function place({ versioned = false, faults }: { versioned?: boolean; faults?: FaultPlan } = {}): Place {
  const store = new MemoryStore(['bench'], { versioned })
  const clock = new VirtualClock()
  const ops: string[] = []
  const noted: FaultPlan = (op, key, n) => {
    ops.push(op)
    return faults?.(op, key, n)
  }
  const settings = settingsOf(sectionFor(1))
  return { store, clock, ops, driver: openDriver({ settings, clock, concurrency: 4 }, { store, faults: noted }) }
}

const put = (driver: S3Driver, key: string) => driver.put({ key, content: bytesContent(new Uint8Array(1)) }, callOf())
async function fill({ driver, ops }: Place, keys: readonly string[]): Promise<void> {
  for (const key of keys) await put(driver, key)
  ops.length = 0
}
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `run-1/${String(i)}`)

interface SweepOptions { readonly unsettled?: boolean; readonly prefix?: string; readonly signal?: AbortSignal; readonly seen?: number[] }
const sweep = (
  { driver, clock }: Place, { unsettled = false, prefix = 'run-1/', signal, seen }: SweepOptions = {},
): Promise<CleanupReport> => {
  const stops = signal ?? new AbortController().signal
  // The memory driver listens once for each request that waits.
  setMaxListeners(0, stops)
  return clock.until(new Sweep({ driver, prefix, clock, signal: stops, onDeleted: (deleted) => { seen?.push(deleted) } }).run(unsettled))
}

/** Everything below the prefix, as the driver's listings tell it. */
async function names({ driver }: Place, prefix: string): Promise<string[]> {
  const { versions } = await driver.listVersions({ prefix }, callOf())
  const { uploads } = await driver.listUploads({ prefix }, callOf())
  return [...versions, ...uploads].map(({ key }) => key)
}
const once = (op: string, code: StorageCode, times = 1): FaultPlan => {
  let left = times
  return (called) => called === op && left-- > 0 ? { code } : undefined
}

describe('a sweep', () => {
  it('of a bucket without versions costs one listing more than what it deletes, and one for uploads', async () => {
    const here = place()
    await fill(here, ['run-1/a', 'run-1/b'])
    expect(await sweep(here)).to.deep.equal({ deleted: 2, remaining: 0 })
    expect(here.ops).to.deep.equal(['listVersions', 'deleteMany', 'listVersions', 'listUploads'])
    here.ops.length = 0
    expect(await sweep(here)).to.deep.equal({ deleted: 0, remaining: 0 })
    expect(here.ops).to.deep.equal(['listVersions', 'listUploads'])
  })

  it('takes old versions, delete markers and open uploads, and what is not below the prefix stays', async () => {
    const here = place({ versioned: true })
    await fill(here, ['run-1/a', 'run-1/a', 'run-1/b', 'run-10/x', 'run-1', 'other'])
    await here.driver.delete('run-1/b', callOf())
    for (const key of ['run-1/up', 'run-1/up', 'run-10/up']) here.store.bucket('bench')?.uploads.set(`id-${String(Math.random())}`, key)
    expect(await sweep(here)).to.deep.equal({ deleted: 6, remaining: 0 })
    expect(await names(here, '')).to.deep.equal(['other', 'run-1', 'run-10/x', 'run-10/up'])
  })

  it('goes through many pages, several requests at once, and tells how far it is', async () => {
    let now = 0
    let most = 0
    const here = place({ faults: (op) => op === 'deleteMany' ? { delayMs: 10 } : undefined })
    const { driver } = here
    const deleteMany = driver.deleteMany.bind(driver)
    driver.deleteMany = async (keys, call) => {
      most = Math.max(most, ++now)
      try { return await deleteMany(keys, call) } finally { now-- }
    }
    await fill(here, numbered(2500))
    const seen: number[] = []
    expect(await sweep(here, { seen })).to.deep.equal({ deleted: 2500, remaining: 0 })
    expect(most).to.be.within(8, 16)
    expect(seen.at(-1)).to.equal(2500)
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b))
  })

  for (const code of ['unsupported', 'denied', 'invalid', 'protocol'] as const) {
    it(`goes by a plain listing where versions and uploads are ${code}, and says nothing of it`, async () => {
      const here = place({ faults: (op) => op === 'listVersions' || op === 'listUploads' ? { code } : undefined })
      await fill(here, numbered(3))
      expect(await sweep(here)).to.deep.equal({ deleted: 3, remaining: 0 })
      expect(here.ops).to.deep.equal(['listVersions', 'list', 'deleteMany', 'list', 'listUploads'])
    })
  }

  for (const op of ['listVersions', 'deleteMany', 'listUploads'] as const) {
    for (const code of ['throttled', 'unavailable', 'busy', 'cut', 'timeout', 'unreachable'] as const) {
      it(`makes ${op} again when it was ${code} for a while`, async () => {
        const here = place({ faults: once(op, code, 4) })
        await fill(here, numbered(3))
        expect(await sweep(here)).to.deep.equal({ deleted: 3, remaining: 0 })
        expect(here.ops.filter((name) => name === op)).to.have.length.of.at.least(5)
      })
    }
  }

  it('gives up a store that fails for seconds, and says why', async () => {
    const here = place({ faults: (op) => op === 'deleteMany' ? { code: 'unavailable' } : undefined })
    await fill(here, numbered(3))
    expect(await refusal(sweep(here))).to.have.property('code', 'unavailable')
    expect(here.clock.now()).to.be.within(3000, 10_000)
  })

  it('tries keys again that were refused for now, and counts those that are refused for good', async () => {
    const here = place()
    const { driver } = here
    const deleteMany = driver.deleteMany.bind(driver)
    let busy = 2
    driver.deleteMany = async (keys, call) => {
      const refused = keys.filter((key) => key.endsWith('/locked') || (key.endsWith('/busy') && busy-- > 0))
      const facts = await deleteMany(keys.filter((key) => !refused.includes(key)), call)
      const detailOf = (key: string): string => key.endsWith('/busy') ? 'SlowDown' : 'AccessDenied'
      return { ...facts, failed: refused.map((key) => ({ key, detail: detailOf(key), message: 'no' })) }
    }
    await fill(here, ['run-1/busy', 'run-1/locked', 'run-1/plain'])
    expect(await sweep(here)).to.deep.equal({ deleted: 2, remaining: 1, reason: 'run-1/locked: AccessDenied no' })
  })

  it('keeps from no upload what another one is refused', async () => {
    const here = place()
    const { uploads } = here.store.bucket('bench') ?? { uploads: new Map<string, string>() }
    for (const id of ['1', '2', '3']) uploads.set(id, `run-1/${id}`)
    const { driver } = here
    const abortUpload = driver.abortUpload.bind(driver)
    driver.abortUpload = async (upload, call) => {
      if (upload.uploadId === '1') throw new StorageError('denied', 'not yours', { detail: 'AccessDenied' })
      if (upload.uploadId === '2') uploads.delete('2')
      return abortUpload(upload, call)
    }
    expect(await sweep(here)).to.deep.equal({ deleted: 2, remaining: 1, reason: 'run-1/1: AccessDenied not yours' })
  })

  it('waits for what a store was still at when operations were cut off', async () => {
    const here = place()
    await fill(here, ['run-1/a'])
    for (const [key, atMs] of [['run-1/late', 150], ['run-1/later', 900]] as const) {
      here.clock.at(atMs, () => { void put(here.driver, key) })
    }
    expect(await sweep(here, { unsettled: true })).to.deep.equal({ deleted: 3, remaining: 0 })
    expect(here.clock.now()).to.be.within(1500, 3000)
    expect(await names(here, '')).to.deep.equal([])
  })

  it('ends where it is when it is stopped, in a request as in a pause', async () => {
    for (const fault of [{ delayMs: 1e7 }, { code: 'throttled' }] as const) {
      const here = place({ faults: (op) => op === 'listUploads' ? fault : undefined })
      await fill(here, numbered(3))
      const controller = new AbortController()
      here.clock.at(20, () => { controller.abort() })
      expect(await refusal(sweep(here, { signal: controller.signal }))).to.have.property('code', 'cancelled')
      expect(here.clock.now()).to.be.at.most(50)
    }
  })

  it('empties any bucket below the prefix, and leaves every other key as it was', async () => {
    const step = fc.record({
      what: fc.constantFrom('put', 'delete', 'upload'),
      key: fc.constantFrom('run-1/a', 'run-1/b/c', 'run-1/', 'run-1', 'run-11/a', 'x', '~'),
    })
    await fc.assert(fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 30 }), async (versioned, steps) => {
      const here = place({ versioned })
      for (const [index, { what, key }] of steps.entries()) {
        if (what === 'put') await put(here.driver, key)
        else if (what === 'delete') await here.driver.delete(key, callOf())
        else here.store.bucket('bench')?.uploads.set(String(index), key)
      }
      const before = await names(here, '')
      const report = await sweep(here)
      const after = await names(here, '')
      expect(after).to.deep.equal(before.filter((key) => !key.startsWith('run-1/')))
      expect(report).to.deep.equal({ deleted: before.length - after.length, remaining: 0 })
    }), { numRuns: 200 })
  })
})

// The contract of an S3 driver: what each must do against each store, whatever it is made of.
import { setMaxListeners } from 'node:events'
import { expect } from 'chai'
import { PayloadCheck, StorageError, bytesContent, payloadContent, type Call, type PayloadSpec,
  type Phase } from '../../bindings/sdk/index.ts'
import type { ListedObject, S3Driver } from '../../bindings/s3/driver.ts'
import type { LackName } from '../../bindings/s3/lacks.ts'
import { ODD_KEYS, lacksKey } from './odd-keys.ts'

export interface ContractTarget {
  readonly driver: S3Driver
  /** Fills the store where many objects are wanted: a fast driver, for those that are slow. */
  readonly fill?: S3Driver
  /** True where each operation is a process of its own: what other drivers do dozens of times is done a few times. */
  readonly isSlow?: true
  close(): Promise<void>
}

/** The VU of calls that name none: drivers keep connections and programs by VU. */
const VU = new AbortController().signal
setMaxListeners(0, VU)

/** A call that nothing stops, noting its marks. */
export const callOf = (timeoutMs = 10_000, signal: AbortSignal = VU): Call & { readonly marks: Phase[] } => {
  const marks: Phase[] = []
  return { signal, timeoutMs, marks, mark: (phase) => { if (!marks.includes(phase)) marks.push(phase) } }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What a promise is rejected with; fails when it isn't, or with anything but a StorageError. */
export async function refusal(promise: Promise<unknown>): Promise<StorageError> {
  let ended: unknown
  try {
    ended = await promise
  } catch (error) {
    if (error instanceof StorageError) return error
    throw error
  }
  throw new Error(`expected a StorageError, got ${JSON.stringify(ended)}`)
}

/** What a driver lacks is refused before anything is sent, not done in another way. */
export async function lacked(asked: Promise<unknown>): Promise<void> {
  expect(await refusal(asked)).to.include({ code: 'unsupported', detail: 'driver' })
}

/** Puts many small objects, fifty at once. */
export async function putAll(driver: S3Driver, keys: readonly string[], text: string): Promise<void> {
  const content = bytesContent(bytesOf(text))
  for (let i = 0; i < keys.length; i += 50) await Promise.all(keys.slice(i, i + 50).map((key) => driver.put({ key, content }, callOf())))
}

async function textOf(driver: S3Driver, key: string): Promise<string> {
  const chunks: Buffer[] = []
  await driver.get({ key, sink: (chunk) => { chunks.push(Buffer.from(chunk)) } }, callOf())
  return Buffer.concat(chunks).toString('utf8')
}

async function allOf(driver: S3Driver, prefix: string, maxKeys: number): Promise<{ objects: ListedObject[]; pages: number }> {
  const objects: ListedObject[] = []
  let continuationToken: string | undefined
  let pages = 0
  do {
    const page = await driver.list({ prefix, maxKeys, ...(continuationToken === undefined ? {} : { continuationToken }) }, callOf())
    expect(page.objects.length).to.be.at.most(maxKeys)
    objects.push(...page.objects)
    continuationToken = page.continuationToken
    pages++
  } while (continuationToken !== undefined)
  return { objects, pages }
}

/** Describes the contract for a driver on a store that starts with an empty bucket; `lacks`: what the driver's program can't do. */
export function s3DriverContract(name: string, open: () => Promise<ContractTarget>, lacks: readonly LackName[] = []): void {
  const has = (lack: LackName): boolean => !lacks.includes(lack)
  describe(`${name} keeps the contract of an S3 driver`, function () {
    this.timeout(60_000)
    let target: ContractTarget
    let driver: S3Driver
    before(async () => {
      target = await open()
      driver = target.driver
    })
    after(() => target.close())
    const put = (key: string, text: string) => driver.put({ key, content: bytesContent(bytesOf(text)) }, callOf())

    describe('objects', () => {
      it('gives back what was put, with the same entity tag', async () => {
        const stored = await put('o/one', 'hello')
        expect(stored.status).to.equal(200)
        expect(stored.bytes).to.equal(5)
        const etag = has('etags') ? '"5d41402abc4b2a76b9719d911017c592"' : undefined
        expect(stored.etag).to.equal(etag)
        const call = callOf()
        const got = await driver.get({ key: 'o/one' }, call)
        expect(got).to.include({ status: 200, bytes: 5, sizeBytes: 5 })
        expect(got.etag).to.equal(etag)
        expect(call.marks.includes('first_byte')).to.equal(has('firstByte'))
        expect(await textOf(driver, 'o/one')).to.equal('hello')
      })
      it('keeps an empty object', async () => {
        expect((await put('o/empty', '')).bytes).to.equal(0)
        expect(await driver.get({ key: 'o/empty' }, callOf())).to.include({ bytes: 0, sizeBytes: 0 })
        expect((await driver.head('o/empty', callOf())).sizeBytes).to.equal(0)
      })
      it('overwrites', async () => {
        await put('o/over', 'first, and longer')
        await put('o/over', 'second')
        expect(await textOf(driver, 'o/over')).to.equal('second')
      })
      it('tells size, type, tag and metadata without the body', async () => {
        const content = bytesContent(bytesOf('{}'))
        await driver.put({ key: 'o/meta', content, contentType: 'application/json', metadata: { colour: 'blue and green', n: '1' } },
          callOf())
        const head = await driver.head('o/meta', callOf())
        expect(head).to.include({ status: 200, bytes: 0, sizeBytes: 2, contentType: 'application/json' })
        expect(head.metadata).to.deep.equal({ colour: 'blue and green', n: '1' })
        expect(Date.parse(head.lastModified ?? '')).to.be.a('number').that.is.not.NaN
      })
      for (const sizeBytes of [1, 15, 16, 17, 4096, 65_536, 1_048_576, 5_000_011]) {
        it(`carries a payload of ${sizeBytes} bytes unchanged`, async () => {
          const spec: PayloadSpec = { sizeBytes, seed: 7, pattern: 'random' }
          await driver.put({ key: 'o/payload', content: payloadContent(spec, 'o/payload') }, callOf())
          const check = new PayloadCheck(payloadContent(spec, 'o/payload'))
          const got = await driver.get({ key: 'o/payload', sink: (chunk) => { check.push(chunk) } }, callOf())
          expect(got.bytes).to.equal(sizeBytes)
          expect(check.finish()).to.equal(undefined)
        })
      }
      it('deletes, and deleting what is gone is no error', async () => {
        await put('o/gone', 'x')
        await driver.delete('o/gone', callOf())
        await driver.delete('o/gone', callOf())
        expect((await refusal(driver.get({ key: 'o/gone' }, callOf()))).code).to.equal('not_found')
      })
    })

    describe('ranges', () => {
      const text = '0123456789'
      before(() => put('r/digits', text))
      const cases: readonly [string, { first?: number; last?: number }, string][] = [
        ['the first byte', { first: 0, last: 0 }, '0'], ['one byte within', { first: 4, last: 4 }, '4'],
        ['the last byte', { first: 9, last: 9 }, '9'],
        ['a part', { first: 2, last: 5 }, '2345'], ['from a position to the end', { first: 7 }, '789'],
        ['the last bytes', { last: 3 }, '789'],
        ['more than there is', { first: 8, last: 100 }, '89'],
      ]
      for (const [title, range, wanted] of cases) {
        it(`reads ${title}`, async () => {
          if (!has('ranges')) return lacked(driver.get({ key: 'r/digits', range }, callOf()))
          const chunks: Buffer[] = []
          const got = await driver.get({ key: 'r/digits', range, sink: (chunk) => { chunks.push(Buffer.from(chunk)) } }, callOf())
          expect(Buffer.concat(chunks).toString()).to.equal(wanted)
          expect(got).to.include({ status: 206, bytes: wanted.length, sizeBytes: 10 })
        })
      }
      it('refuses a range behind the end as invalid', async () => {
        const asked = driver.get({ key: 'r/digits', range: { first: 10, last: 12 } }, callOf())
        if (!has('ranges')) return lacked(asked)
        const error = await refusal(asked)
        expect(error).to.include({ code: 'invalid', detail: 'InvalidRange' })
      })
    })

    describe('odd keys', () => {
      const keys = ODD_KEYS.filter((key) => !lacksKey(`k/${key}`, lacks))
      it('keeps each apart and lists it as it was written', async () => {
        const { fill = driver, isSlow } = target
        const other = isSlow === true ? fill : driver
        for (const [n, key] of keys.entries()) {
          const body = `the object ${key}`
          await (n % 2 === 0 ? driver : other).put({ key: `k/${key}`, content: bytesContent(bytesOf(body)) }, callOf())
        }
        for (const [n, key] of keys.entries()) {
          expect(await textOf(n % 2 === 1 ? driver : other, `k/${key}`), JSON.stringify(key)).to.equal(`the object ${key}`)
        }
        const { objects } = await driver.list({ prefix: 'k/' }, callOf())
        const sorted = keys.map((key) => `k/${key}`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(objects.map(({ key }) => key)).to.deep.equal(sorted)
      })
      it('deletes each of them in one request', async () => {
        const { failed } = await driver.deleteMany(keys.map((key) => `k/${key}`), callOf())
        expect(failed).to.deep.equal([])
        expect((await driver.list({ prefix: 'k/' }, callOf())).objects).to.deep.equal([])
      })
      for (const key of ODD_KEYS.filter((odd) => lacksKey(`k/${odd}`, lacks))) {
        it(`refuses ${JSON.stringify(key)}, by every operation`, async () => {
          await lacked(put(`k/${key}`, 'x'))
          await lacked(driver.get({ key: `k/${key}` }, callOf()))
          await lacked(driver.head(`k/${key}`, callOf()))
          await lacked(driver.delete(`k/${key}`, callOf()))
          await lacked(driver.deleteMany([`k/${key}`], callOf()))
        })
      }
      it('takes a key that begins with a slash', async () => {
        await put('/k2', 'slash')
        expect(await textOf(driver, '/k2')).to.equal('slash')
        expect((await refusal(driver.get({ key: 'k2' }, callOf()))).code).to.equal('not_found')
      })
      it('refuses half a surrogate pair as invalid, without sending it', async () => {
        if (name.startsWith('memory')) return
        expect((await refusal(driver.get({ key: 'k/\ud800' }, callOf()))).code).to.equal('invalid')
      })
    })

    describe('listings', () => {
      const keys = Array.from({ length: 25 }, (_, i) => `l/${String(i).padStart(2, '0')}`)
      before(async () => {
        const { fill = driver } = target
        const content = (text: string) => bytesContent(bytesOf(text))
        for (const key of keys) await fill.put({ key, content: content(key) }, callOf())
        for (const key of ['d/a/1', 'd/a/2', 'd/b/1', 'd/c', 'd/d e/1']) await fill.put({ key, content: content('x') }, callOf())
      })
      it('lists all there is, with size and entity tag', async () => {
        const { objects } = await driver.list({ prefix: 'l/' }, callOf())
        expect(objects.map(({ key }) => key)).to.deep.equal(keys)
        expect(objects[0]).to.include({ sizeBytes: 4 })
        expect(objects[0]?.etag).to.match(/^"[0-9a-f]{32}"$/)
      })
      it('turns pages, none missing and none twice', async () => {
        if (!has('pages')) return lacked(driver.list({ prefix: 'l/', maxKeys: 10 }, callOf()))
        const { objects, pages } = await allOf(driver, 'l/', 10)
        expect(objects.map(({ key }) => key)).to.deep.equal(keys)
        expect(pages).to.equal(3)
      })
      it('ends when the last page is exactly full', async () => {
        if (!has('pages')) return lacked(driver.list({ prefix: 'l/', continuationToken: 'x' }, callOf()))
        expect((await allOf(driver, 'l/', 25)).pages).to.equal(1)
        expect((await allOf(driver, 'l/', 5)).objects).to.have.length(25)
      })
      it('starts after a key', async () => {
        if (!has('startAfter')) return lacked(driver.list({ prefix: 'l/', startAfter: 'l/22' }, callOf()))
        const page = await driver.list({ prefix: 'l/', startAfter: 'l/22' }, callOf())
        expect(page.objects.map(({ key }) => key)).to.deep.equal(['l/23', 'l/24'])
      })
      it('rolls up by a delimiter, pages too', async () => {
        const page = await driver.list({ prefix: 'd/', delimiter: '/' }, callOf())
        expect(page.objects.map(({ key }) => key)).to.deep.equal(['d/c'])
        expect(page.commonPrefixes).to.deep.equal(['d/a/', 'd/b/', 'd/d e/'])
        if (!has('delimiters')) await lacked(driver.list({ prefix: 'd/', delimiter: 'e' }, callOf()))
        if (!has('pages')) return
        const found: string[] = []
        let continuationToken: string | undefined
        do {
          const part = await driver.list({ prefix: 'd/', delimiter: '/', maxKeys: 1,
            ...(continuationToken === undefined ? {} : { continuationToken }) }, callOf())
          found.push(...part.objects.map(({ key }) => key), ...part.commonPrefixes)
          continuationToken = part.continuationToken
        } while (continuationToken !== undefined)
        expect(found).to.deep.equal(['d/a/', 'd/b/', 'd/c', 'd/d e/'])
      })
      it('finds nothing below a prefix nobody wrote to', async () => {
        const page = await driver.list({ prefix: 'nothing/' }, callOf())
        expect([page.objects, page.commonPrefixes, page.continuationToken]).to.deep.equal([[], [], undefined])
      })
    })

    it('deletes 1000 objects in one request', async function () {
      this.timeout(20_000)
      const keys = Array.from({ length: 1000 }, (_, i) => `m/${i}`)
      await putAll(target.fill ?? driver, keys, 'm')
      expect((await driver.list({ prefix: 'm/' }, callOf())).objects).to.have.length(1000)
      expect((await driver.deleteMany(keys, callOf())).failed).to.deep.equal([])
      expect((await driver.list({ prefix: 'm/' }, callOf())).objects).to.deep.equal([])
    })

    describe('failures', () => {
      it('names a key that is not there by code and detail', async () => {
        const error = await refusal(driver.get({ key: 'nobody' }, callOf()))
        expect(error).to.include({ code: 'not_found', detail: 'NoSuchKey' })
        expect(error.message).to.contain('nobody')
        expect((await refusal(driver.head('nobody', callOf()))).code).to.equal('not_found')
      })
      it('is cancelled by its signal, before and after it began', async () => {
        const controller = new AbortController()
        const pending = driver.get({ key: 'nobody' }, callOf(0, controller.signal))
        controller.abort()
        expect((await refusal(pending)).code).to.be.oneOf(['cancelled', 'not_found'])
        expect((await refusal(driver.get({ key: 'nobody' }, callOf(0, controller.signal)))).code).to.equal('cancelled')
      })
      it('works on after failures', async () => {
        await put('o/after', 'still')
        expect(await textOf(driver, 'o/after')).to.equal('still')
      })
    })

    it('knows its bucket, and does not remove it while it holds something', async () => {
      await put('b/one', 'so that it is not empty')
      expect((await driver.headBucket(callOf())).status).to.equal(200)
      expect((await refusal(driver.deleteBucket(callOf()))).code).to.equal('conflict')
    })

    it('does forty operations at once, each with its own answer', async () => {
      const keys = Array.from({ length: target.isSlow === true ? 8 : 40 }, (_, i) => `c/${i}`)
      await Promise.all(keys.map((key) => put(key, key.repeat(100))))
      expect(await Promise.all(keys.map((key) => textOf(driver, key)))).to.deep.equal(keys.map((key) => key.repeat(100)))
    })
  })
}

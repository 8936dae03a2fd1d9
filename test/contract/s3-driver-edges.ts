// The edges of the contract of an S3 driver: what stands at the limits of keys, sizes and pages, and every way of being refused.
import { expect } from 'chai'
import { bytesContent } from '../../bindings/sdk/index.ts'
import type { ByteRange, S3Driver } from '../../bindings/s3/driver.ts'
import type { LackName } from '../../bindings/s3/lacks.ts'
import { lacksKey } from './odd-keys.ts'
import { callOf, lacked, putAll, refusal, type ContractTarget } from './s3-driver.ts'

export interface EdgeTarget extends ContractTarget {
  /** The same store by another bucket's name, or with another secret key; undefined where there are no keys to refuse. */
  another(section: { readonly bucket: string } | { readonly secret_key: string }): S3Driver | undefined
  /** A store that never answers. */
  readonly silent: S3Driver
}

const contentOf = (text: string) => bytesContent(Buffer.from(text))
/** Keys of 1024 bytes, the most there may be, of one, two, three and four bytes a character, and of characters that are encoded. */
const LONGEST = ['a'.repeat(1024), 'é'.repeat(512), `x${'日'.repeat(341)}`, '🙂'.repeat(256), '%'.repeat(1024), '/'.repeat(1024)]
const PAGED = 1201

/** The codes with which operations are refused, each once. */
const codesOf = async (asked: readonly Promise<unknown>[]): Promise<string[]> =>
  [...new Set((await Promise.all(asked.map(refusal))).map(({ code }) => code))]

export function s3DriverEdges(name: string, open: () => Promise<EdgeTarget>, lacks: readonly LackName[] = []): void {
  const has = (lack: LackName): boolean => !lacks.includes(lack)
  describe(`${name} keeps the contract of an S3 driver at its edges`, function () {
    this.timeout(60_000)
    let target: EdgeTarget
    let driver: S3Driver
    before(async () => {
      target = await open()
      driver = target.driver
    })
    after(() => target.close())
    const put = (key: string, text: string) => driver.put({ key, content: contentOf(text) }, callOf())
    const read = (key: string, range?: ByteRange): Promise<string> => readBy(driver, key, range)
    async function readBy(reader: S3Driver, key: string, range?: ByteRange): Promise<string> {
      const chunks: Buffer[] = []
      const got = await reader.get({ key, sink: (chunk) => { chunks.push(Buffer.from(chunk)) }, ...(range === undefined ? {} : { range }) },
        callOf())
      expect(got.bytes).to.equal(Buffer.concat(chunks).length)
      return Buffer.concat(chunks).toString()
    }

    it('takes keys of 1024 bytes, lists them and deletes them', async () => {
      const longest = LONGEST.filter((key) => !lacksKey(key, lacks))
      for (const key of longest) await put(key, `${key.slice(0, 2)} is it`)
      for (const key of longest) {
        expect(await read(key)).to.equal(`${key.slice(0, 2)} is it`)
        expect((await driver.list({ prefix: key }, callOf())).objects.map((one) => one.key)).to.deep.equal([key])
      }
      expect((await driver.deleteMany(longest, callOf())).failed).to.deep.equal([])
      for (const key of longest) expect((await refusal(driver.head(key, callOf()))).code).to.equal('not_found')
    })
    it('deletes keys that would be another after any normalisation, and no other', async () => {
      const keys = ['n/a/b', 'n/a//b', 'n/a/./b', 'n/a/../b', '/n/a/b', 'n/a%2Fb', 'n/a+b', 'n/a b', 'n/a%20b']
        .filter((key) => !lacksKey(key, lacks))
      const { fill = driver, isSlow } = target
      for (const key of isSlow === true ? keys.slice(0, 3) : keys) {
        for (const other of keys) await fill.put({ key: other, content: contentOf(other) }, callOf())
        await driver.delete(key, callOf())
        expect((await refusal(driver.get({ key }, callOf()))).code, key).to.equal('not_found')
        for (const other of keys) if (other !== key) expect(await readBy(fill, other), `${other} without ${key}`).to.equal(other)
      }
    })
    it('gives an empty object whole, and no part of it', async () => {
      await put('e', '')
      expect(await read('e')).to.equal('')
      if (!has('ranges')) return
      for (const range of [{ first: 0, last: 0 }, { first: 0 }, { last: 1 }]) {
        expect(await refusal(driver.get({ key: 'e', range }, callOf())), JSON.stringify(range))
          .to.include({ code: 'invalid', detail: 'InvalidRange' })
      }
    })
    it('gives one byte from any side, more than there is as what there is, and nothing behind the end', async () => {
      await put('r', 'abc')
      if (!has('ranges')) return lacked(driver.get({ key: 'r', range: { first: 0, last: 0 } }, callOf()))
      for (const [range, wanted] of [[{ first: 0, last: 0 }, 'a'], [{ first: 2, last: 2 }, 'c'], [{ last: 1 }, 'c'], [{ first: 2 }, 'c'],
        [{ last: 100 }, 'abc'], [{ first: 0, last: 2 ** 40 }, 'abc']] as const) expect(await read('r', range)).to.equal(wanted)
      for (const range of [{ first: 3 }, { first: 3, last: 3 }, { first: 2 ** 40 }]) {
        expect((await refusal(driver.get({ key: 'r', range }, callOf()))).code).to.equal('invalid')
      }
    })
    it('keeps types and metadata with an object, and drops them with it', async () => {
      const metadata = { a: 'x', 'with-dash': 'a=b; c="d"', n: '0'.repeat(500) }
      await driver.put({ key: 'm', content: contentOf('1'), contentType: 'text/plain; charset=utf-8', metadata }, callOf())
      expect(await driver.head('m', callOf())).to.deep.include({ contentType: 'text/plain; charset=utf-8', metadata })
      await put('m', '2')
      expect((await driver.head('m', callOf())).metadata).to.deep.equal({})
    })
    it('lists what it put, with size, entity tag and time', async () => {
      const { etag } = await put('l', 'listed')
      const [one] = (await driver.list({ prefix: 'l' }, callOf())).objects
      expect(one).to.include({ key: 'l', sizeBytes: 6, ...(has('etags') ? { etag } : {}) })
      expect(Math.abs(Date.parse(one?.lastModified ?? '') - Date.now())).to.be.below(3_600_000)
    })

    describe(`with ${PAGED} objects`, () => {
      const keys = Array.from({ length: PAGED }, (_, i) => `p/${i % 3}/${String(i).padStart(5, '0')} +%`)
      const sorted = [...keys].sort()
      before(async function () {
        this.timeout(30_000)
        const { fill = driver } = target
        await putAll(fill, keys, 'p')
      })
      it('gives a thousand a page, and goes on where it stopped', async () => {
        const first = await driver.list({ prefix: 'p/' }, callOf())
        if (!has('pages')) {
          expect(first.objects.map(({ key }) => key)).to.deep.equal(sorted)
          return
        }
        expect(first.objects.map(({ key }) => key)).to.deep.equal(sorted.slice(0, 1000))
        const { continuationToken = '' } = first
        const second = await driver.list({ prefix: 'p/', continuationToken }, callOf())
        expect(second.objects.map(({ key }) => key)).to.deep.equal(sorted.slice(1000))
        expect(second.continuationToken).to.equal(undefined)
      })
      it('gives what comes after a key, there or not, and within a folder', async () => {
        const [after = ''] = sorted.slice(1100)
        if (!has('startAfter')) return lacked(driver.list({ prefix: 'p/', startAfter: after }, callOf()))
        expect((await driver.list({ prefix: 'p/', startAfter: after }, callOf())).objects.map(({ key }) => key))
          .to.deep.equal(sorted.slice(1101))
        expect((await driver.list({ prefix: 'p/', startAfter: `${after}!` }, callOf())).objects).to.have.length(100)
        const folders = await driver.list({ prefix: 'p/', delimiter: '/', startAfter: 'p/0/~' }, callOf())
        expect(folders.commonPrefixes).to.deep.equal(['p/1/', 'p/2/'])
      })
      it('rolls them up over pages', async () => {
        const found: string[] = []
        let token: string | undefined
        if (!has('pages')) return lacked(driver.list({ prefix: 'p/', delimiter: '/', maxKeys: 2 }, callOf()))
        do {
          const from = token === undefined ? {} : { continuationToken: token }
          const page = await driver.list({ prefix: 'p/', delimiter: '/', maxKeys: 2, ...from }, callOf())
          found.push(...page.commonPrefixes)
          token = page.continuationToken
        } while (token !== undefined)
        expect(found).to.deep.equal(['p/0/', 'p/1/', 'p/2/'])
      })
      it('deletes many with keys among them that are not there', async () => {
        const gone = [...sorted.slice(0, 900), ...Array.from({ length: 100 }, (_, i) => `absent/${i} +%2F&<`)]
        expect((await driver.deleteMany(gone, callOf())).failed).to.deep.equal([])
        expect((await (target.fill ?? driver).list({ prefix: 'p/' }, callOf())).objects).to.have.length(PAGED - 900)
      })
    })

    describe('is refused', () => {
      it('what is not there, by every operation that needs it', async () => {
        expect(await codesOf([driver.get({ key: 'none' }, callOf()), driver.head('none', callOf()),
          ...has('ranges') ? [driver.get({ key: 'none', range: { first: 0, last: 0 } }, callOf())] : []])).to.deep.equal(['not_found'])
      })
      it('in a bucket that is not there, until it is made', async () => {
        const elsewhere = target.another({ bucket: 'elsewhere' })
        if (elsewhere === undefined) throw new Error('every store has buckets')
        const content = contentOf('x')
        expect(await codesOf([elsewhere.headBucket(callOf()), elsewhere.put({ key: 'k', content }, callOf()),
          elsewhere.get({ key: 'k' }, callOf()), elsewhere.list({ prefix: '' }, callOf()), elsewhere.deleteMany(['k'], callOf()),
          elsewhere.deleteBucket(callOf())])).to.deep.equal(['not_found'])
        expect((await refusal(elsewhere.get({ key: 'k' }, callOf()))).detail).to.equal('NoSuchBucket')
        await elsewhere.createBucket(callOf())
        await elsewhere.put({ key: 'k', content }, callOf())
        expect((await refusal(elsewhere.createBucket(callOf()))).code).to.equal('conflict')
        await elsewhere.delete('k', callOf())
        await elsewhere.deleteBucket(callOf())
        expect((await refusal(elsewhere.headBucket(callOf()))).code).to.equal('not_found')
        await elsewhere.close()
      })
      it('with a wrong key, by every operation', async function () {
        const impostor = target.another({ secret_key: 'guessed' })
        if (impostor === undefined) {
          this.skip()
          return
        }
        expect(await codesOf([impostor.headBucket(callOf()), impostor.put({ key: 'k', content: contentOf('x') }, callOf()),
          impostor.get({ key: 'k' }, callOf()), impostor.head('k', callOf()), impostor.delete('k', callOf()),
          impostor.list({ prefix: '' }, callOf()), impostor.deleteMany(['k'], callOf())])).to.deep.equal(['denied'])
        const error = await refusal(impostor.get({ key: 'k' }, callOf()))
        expect(error.detail).to.equal('SignatureDoesNotMatch')
        expect(error.message).to.not.contain('guessed')
        expect(error.requestId === undefined).to.equal(!has('requestIds'))
        await impostor.close()
      })
    })

    describe('by a store that does not answer', () => {
      const asks = (call: () => ReturnType<typeof callOf>): Promise<unknown>[] => [
        target.silent.put({ key: 'k', content: contentOf('x') }, call()), target.silent.get({ key: 'k' }, call()),
        target.silent.head('k', call()), target.silent.delete('k', call()), target.silent.deleteMany(['k'], call()),
        target.silent.list({ prefix: '' }, call()), target.silent.headBucket(call()),
      ]
      it('ends each operation in its time', async () => {
        expect(await codesOf(asks(() => callOf(40)))).to.deep.equal(['timeout'])
      })
      it('ends each operation when it is stopped, and those of others not', async () => {
        const controller = new AbortController()
        const stopped = codesOf(asks(() => callOf(0, controller.signal)))
        const other = refusal(target.silent.get({ key: 'k' }, callOf(0)))
        let ended = false
        void other.then(() => { ended = true })
        await new Promise((resolve) => { setImmediate(resolve) })
        controller.abort()
        expect(await stopped).to.deep.equal(['cancelled'])
        expect(await codesOf(asks(() => callOf(0, controller.signal)))).to.deep.equal(['cancelled'])
        expect(ended).to.equal(false)
        await target.silent.close()
        expect((await other).code).to.equal('cancelled')
      })
    })
  })
}

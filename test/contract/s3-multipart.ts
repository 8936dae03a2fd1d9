// The contract of copies, appends and multipart uploads, as scripts do them, over any driver.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { Subject, type OpenOperations } from './s3-operations-kit.ts'

const MIB = 1024 ** 2
const payload = (sizeBytes: number, more: JsonObject = {}): JsonObject => ({ payload: true, sizeBytes, ...more })
/** Keys of a copy's source that clients get wrong in its header. */
const ODD_SOURCES = ['c/plain', 'c/with space', 'c/a+b', 'c/%2F', 'c/ümläut 🙂', 'c/?x=1&versionId=2', 'c//two', "c/!*'()"]

export function s3MultipartContract(name: string, open: OpenOperations): void {
  describe(`${name} keeps the contract of copies and multipart uploads`, () => {
    const s3 = new Subject(open)

    describe('copies', () => {
      it('an object, whatever its key, with its type and metadata', async () => {
        for (const key of ODD_SOURCES) {
          await s3.run('put', key, `the object ${key}`, { contentType: 'text/x', metadata: { a: 'b' } })
          const copied = await s3.run('copy', key, 'c/copy')
          expect(copied['etag'], key).to.match(/^"?[0-9a-f]{32}"?$/)
          expect(await s3.text('c/copy')).to.equal(`the object ${key}`)
          expect(await s3.run('head', 'c/copy')).to.deep.include({ contentType: 'text/x', metadata: { a: 'b' } })
        }
      })
      it('to a new type and metadata where they are given, over itself too', async () => {
        await s3.run('put', 'c/src', 'x', { contentType: 'text/x', metadata: { a: 'b' } })
        await s3.run('copy', 'c/src', 'c/replaced', { contentType: 'text/y', metadata: { c: 'd' } })
        expect(await s3.run('head', 'c/replaced')).to.deep.include({ contentType: 'text/y', metadata: { c: 'd' } })
        await s3.run('copy', 'c/src', 'c/src', { metadata: { e: 'f' } })
        expect((await s3.run('head', 'c/src'))['metadata']).to.deep.equal({ e: 'f' })
      })
      it('not what is not there', async () => {
        expect((await s3.refused('copy', 'c/none', 'c/copy')).code).to.equal('not_found')
      })
      s3.it('not under a condition that does not hold', ['conditional copy'], async () => {
        await s3.run('put', 'c/src', 'x')
        expect((await s3.refused('copy', 'c/src', 'c/copy', { sourceIfMatch: '"0"' })).code).to.equal('precondition')
        const { etag } = await s3.run('head', 'c/src')
        expect((await s3.run('copy', 'c/src', 'c/copy', { sourceIfMatch: etag }))['status']).to.equal(200)
      })
      it('what was there before the run by its whole key, and refuses odd sources before they are sent', async () => {
        await s3.run('put', 'c/src', 'whole')
        const { prefix } = s3.target
        await s3.run('copy', { key: `${prefix}c/src`, existing: true }, 'c/copy')
        expect(await s3.text('c/copy')).to.equal('whole')
        for (const from of ['', 7, null, { name: 'x' }, { key: 'k', versionId: 5 }] as Json[]) {
          expect((await s3.refused('copy', from, 'c/copy')).code).to.equal('invalid')
        }
      })
    })

    describe('appends', () => {
      s3.it('to an object, at its end and nowhere else', ['append'], async () => {
        await s3.run('append', 'a/log', 'one ', { position: 0 })
        const second = await s3.run('append', 'a/log', 'two', { position: 4 })
        expect(second).to.include({ status: 200, bytes: 3 })
        expect(await s3.text('a/log')).to.equal('one two')
        expect((await s3.refused('append', 'a/log', 'three', { position: 3 })).code).to.be.oneOf(['conflict', 'invalid'])
        expect(await s3.text('a/log')).to.equal('one two')
        expect((await s3.refused('append', 'a/log', 'x', { position: -1 })).code).to.equal('invalid')
      })
    })

    describe('multipart uploads', () => {
      it('of one part, of an empty body, and of many parts', async () => {
        for (const [sizeBytes, parts] of [[1, 1], [0, 1], [5 * MIB, 1], [11 * MIB + 7, 3]] as const) {
          const done = await s3.run('upload', 'u/whole', payload(sizeBytes), { partSize: '5MiB', concurrency: 2 })
          expect(done).to.include({ bytes: sizeBytes, parts })
          // Some gateways (RADOS, 16.2) leave it out of the answer that ends an upload.
          if (done['etag'] !== undefined) expect(done['etag']).to.match(new RegExp(`^"[0-9a-f]{32}-${parts}"$`))
          expect((await s3.run('head', 'u/whole'))['etag']).to.match(new RegExp(`^"[0-9a-f]{32}-${parts}"$`))
          expect(await s3.run('get', 'u/whole', { verify: payload(sizeBytes) })).to.include({ bytes: sizeBytes })
        }
      })
      it('of uneven parts', async () => {
        const sizes = [5 * MIB, 6 * MIB + 1, 5 * MIB + 17, 3]
        const sizeBytes = sizes.reduce((sum, size) => sum + size)
        await s3.run('upload', 'u/uneven', payload(sizeBytes), { partSizes: sizes })
        await s3.run('get', 'u/uneven', { verify: payload(sizeBytes) })
        await s3.run('get', 'u/uneven', { verify: payload(sizeBytes), range: [5 * MIB - 1, 5 * MIB] })
      })
      it('keep type and metadata', async () => {
        await s3.run('upload', 'u/meta', payload(10), { contentType: 'text/x', metadata: { a: 'b' } })
        expect(await s3.run('head', 'u/meta')).to.deep.include({ contentType: 'text/x', metadata: { a: 'b' }, sizeBytes: 10 })
      })
      it('fail with a part that is too small, and leave nothing open', async () => {
        const error = await s3.refused('upload', 'u/small', payload(300), { partSizes: [100, 200] })
        expect(error).to.include({ code: 'invalid', detail: 'EntityTooSmall' })
        expect((await s3.run('listUploads', { prefix: 'u/' }))['uploads']).to.deep.equal([])
        expect((await s3.refused('head', 'u/small')).code).to.equal('not_found')
      })
      it('are aborted when told to, and leave nothing', async () => {
        expect(await s3.run('upload', 'u/aborted', payload(6 * MIB), { partSize: 5 * MIB, abort: true })).to.include({ parts: 2 })
        expect((await s3.refused('head', 'u/aborted')).code).to.equal('not_found')
        expect((await s3.run('listUploads', { prefix: 'u/' }))['uploads']).to.deep.equal([])
      })
      it('step by step: parts in any order, one sent twice, listed, completed', async () => {
        const upload = await s3.run('createUpload', 'u/steps')
        expect(upload).to.include({ key: 'u/steps' })
        const last = await s3.run('uploadPart', upload, 2, 'the end')
        await s3.run('uploadPart', upload, 1, payload(5 * MIB, { seed: 1 }))
        const first = await s3.run('uploadPart', upload, 1, payload(5 * MIB, { seed: 2 }))
        expect(first).to.include({ partNumber: 1, bytes: 5 * MIB })
        expect((await s3.run('listUploads', { prefix: 'u/steps' }))['uploads']).to.deep.equal([
          { key: 'u/steps', uploadId: upload['uploadId'] },
        ])
        const page = await s3.run('listParts', upload, { maxParts: 1 })
        expect(page['parts']).to.deep.equal([{ partNumber: 1, etag: first['etag'], sizeBytes: 5 * MIB }])
        expect(page['next']).to.equal(1)
        const rest = await s3.run('listParts', upload, { after: 1 })
        expect(rest['parts']).to.deep.equal([{ partNumber: 2, etag: last['etag'], sizeBytes: 7 }])
        expect(rest).to.not.have.property('next')
        await s3.run('completeUpload', upload, [first, last])
        expect(await s3.text('u/steps', { range: [5 * MIB] })).to.equal('the end')
        const whole = await s3.run('get', 'u/steps', { verify: payload(5 * MIB, { seed: 2 }), range: [0, 5 * MIB - 1] })
        expect(whole).to.include({ status: 206 })
      })
      s3.it('refuse parts in the wrong order', ['part order'], async () => {
        const upload = await s3.run('createUpload', 'u/order')
        const first = await s3.run('uploadPart', upload, 1, payload(5 * MIB))
        const second = await s3.run('uploadPart', upload, 2, 'x')
        expect(await s3.refused('completeUpload', upload, [second, first])).to.include({ code: 'invalid', detail: 'InvalidPartOrder' })
        await s3.run('abortUpload', upload)
      })
      it('refuse parts that are not theirs, or gone', async () => {
        const upload = await s3.run('createUpload', 'u/wrong')
        const first = await s3.run('uploadPart', upload, 1, payload(5 * MIB))
        expect(await s3.refused('completeUpload', upload, [{ partNumber: 7, etag: '"0123"' }]))
          .to.include({ code: 'invalid', detail: 'InvalidPart' })
        await s3.run('abortUpload', upload)
        for (const [op, ...args] of [['uploadPart', 1, 'x'], ['listParts'], ['completeUpload', [first]]] as [string, ...Json[]][]) {
          if (op === 'completeUpload' && !s3.asS3('complete after abort')) continue
          const error = await s3.refused(op, upload, ...args)
          expect(error.code, op).to.equal('not_found')
          expect(error.detail, op).to.be.oneOf(['NoSuchUpload', 'NoSuchKey'])
        }
      })
      it('have parts copied by the store, all of an object or a range of it', async () => {
        await s3.run('put', 'u/source', payload(6 * MIB))
        const upload = await s3.run('createUpload', 'u/from')
        const first = await s3.run('uploadPartCopy', upload, 1, 'u/source')
        const second = await s3.run('uploadPartCopy', upload, 2, 'u/source', { range: [100, 199] })
        await s3.run('completeUpload', upload, [first, second])
        expect(await s3.run('head', 'u/from')).to.include({ sizeBytes: 6 * MIB + 100 })
        await s3.run('get', 'u/from', { verify: payload(6 * MIB, { key: 'u/source' }), range: [0, 6 * MIB - 1] })
        const [tail, wanted] = [await s3.run('get', 'u/from', { range: [6 * MIB], body: 'bytes' }), await s3.run('get', 'u/source',
          { range: [100, 199], body: 'bytes' })]
        expect(tail['body']).to.equal(wanted['body'])
      })
      const wrong: readonly (readonly [op: string, args: readonly Json[], says: RegExp])[] = [
        ['upload', ['k', payload(100), { partSize: 0 }], /partSize must be/],
        ['upload', ['k', payload(100), { partSize: 'x' }], /partSize/],
        ['upload', ['k', payload(100), { partSizes: [1, 2] }], /add up to 3 bytes/],
        ['upload', ['k', payload(100), { partSizes: [] }], /array/],
        ['upload', ['k', payload(1e6), { partSize: 1 }], /10000/], ['upload', ['k', payload(1), { concurrency: 0 }], /concurrency/],
        ['upload', ['k', payload(1), { abort: 1 }], /abort/], ['upload', ['k', payload(1), { parts: 1 }], /no option "parts"/],
        ['uploadPart', ['id', 1, 'x'], /createUpload/], ['uploadPart', [{ key: 'k', uploadId: 'u' }, 0, 'x'], /1 to 10000/],
        ['uploadPart', [{ key: 'k', uploadId: 'u' }, 10_001, 'x'], /1 to 10000/],
        ['completeUpload', [{ key: 'k', uploadId: 'u' }, []], /1 to 10000 parts/],
        ['completeUpload', [{ key: 'k', uploadId: 'u' }, [{ partNumber: 1 }]], /each part/],
        ['uploadPartCopy', [{ key: 'k', uploadId: 'u' }, 1, 'k', { range: [1] }], /both ends/],
      ]
      for (const [op, args, says] of wrong) {
        it(`refuse ${op}(${JSON.stringify(args).slice(0, 70)}) before anything is sent`, async () => {
          const error = await s3.refused(op, ...args)
          expect(error.code).to.equal('invalid')
          expect(error.message).to.match(says)
        })
      }
    })
  })
}

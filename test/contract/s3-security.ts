// The contract of who may do what, encryption and checksums, as scripts use them, over any driver.
import { expect } from 'chai'
import { createHash } from 'node:crypto'
import { CHECKSUMS } from '../../bindings/s3/checksum/digest.ts'
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { Subject, type OpenOperations } from './s3-operations-kit.ts'

const MIB = 1024 ** 2
const payload = (sizeBytes: number, more: JsonObject = {}): JsonObject => ({ payload: true, sizeBytes, ...more })
const key = (seed: string): JsonObject => ({ customerKey: createHash('sha256').update(seed).digest('base64') })

export function s3SecurityContract(name: string, open: OpenOperations): void {
  describe(`${name} keeps the contract of access, encryption and checksums`, () => {
    const s3 = new Subject(open)

    describe('without a signature', () => {
      s3.it('reads what is for everybody, and nothing else', ['anonymous'], async () => {
        await s3.run('put', 'n/public', 'for all', { acl: 'public-read' })
        await s3.run('put', 'n/private', 'for few')
        expect(await s3.text('n/public', { anonymous: true })).to.equal('for all')
        expect(await s3.run('head', 'n/public', { anonymous: true })).to.include({ sizeBytes: 7 })
        for (const op of ['get', 'head']) expect((await s3.refused(op, 'n/private', { anonymous: true })).code, op).to.equal('denied')
        expect((await s3.refused('put', 'n/public', 'x', { anonymous: true })).code).to.equal('denied')
        expect((await s3.refused('delete', 'n/public', { anonymous: true })).code).to.equal('denied')
        expect((await s3.refused('listV1', { anonymous: true })).code).to.equal('denied')
      })
      s3.it('does what a bucket\'s policy or access list lets everybody do', ['anonymous', 'putPolicy', 'putBucketAcl'], async () => {
        await s3.run('createBucket', 'open')
        const own = { bucket: 'open' }
        await s3.run('put', 'k', 'x', own)
        expect((await s3.refused('get', 'k', { ...own, anonymous: true })).code).to.equal('denied')
        await s3.run('putPolicy', {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${s3.bucketName('open')}/*`] }],
        }, own)
        expect(await s3.text('k', { ...own, anonymous: true })).to.equal('x')
        expect((await s3.refused('put', 'k', 'y', { ...own, anonymous: true })).code).to.equal('denied')
        await s3.run('deletePolicy', own)
        await s3.run('putBucketAcl', 'public-read-write', own)
        await s3.run('put', 'by-nobody', 'z', { ...own, anonymous: true })
        expect((await s3.run('listV1', { ...own, anonymous: true }))['objects']).to.have.length(2)
        await s3.run('putBucketAcl', 'private', own)
      })
    })

    describe('with the signature in the URL', () => {
      s3.it('puts and gets, parts and odd keys too', ['presigned'], async () => {
        for (const name of ['p/plain', 'p/with space', 'p/a+b', 'p/ü🙂', 'p/%2F?x=1']) {
          await s3.run('put', name, `the object ${name}`, { presigned: true, contentType: 'text/x', metadata: { a: 'b' } })
          expect(await s3.text(name, { presigned: 60 }), name).to.equal(`the object ${name}`)
          expect(await s3.run('head', name)).to.deep.include({ contentType: 'text/x', metadata: { a: 'b' } })
        }
        await s3.run('put', 'p/payload', payload(MIB), { presigned: true })
        expect(await s3.run('get', 'p/payload', { presigned: true, verify: payload(MIB), range: [10, 99] })).to.include({ bytes: 90 })
        await s3.run('delete', 'p/payload', { presigned: true })
        expect((await s3.refused('head', 'p/payload', { presigned: true })).code).to.equal('not_found')
        for (const presigned of [0, 604_801, 'x', 1.5]) expect((await s3.refused('get', 'k', { presigned })).code).to.equal('invalid')
      })
    })

    describe('encryption', () => {
      s3.it('by a key of the customer\'s needs that key again, and no other', ['sse-c'], async () => {
        const [sse, other] = [key('one'), key('two')]
        await s3.run('put', 'e/customer', 'secret', { sse })
        expect(await s3.text('e/customer', { sse })).to.equal('secret')
        expect(await s3.run('head', 'e/customer', { sse })).to.include({ sizeBytes: 6, sseCustomerAlgorithm: 'AES256' })
        for (const op of ['get', 'head']) {
          expect((await s3.refused(op, 'e/customer')).code, op).to.equal('invalid')
          expect((await s3.refused(op, 'e/customer', { sse: other })).code, op).to.be.oneOf(['denied', 'invalid'])
        }
        if (s3.asS3('sse-c copy')) {
          await s3.run('copy', 'e/customer', 'e/copy', { sourceSse: sse, sse: other })
          expect(await s3.text('e/copy', { sse: other })).to.equal('secret')
        }
        await s3.run('upload', 'e/parts', payload(6 * MIB), { sse, partSize: 5 * MIB })
        await s3.run('get', 'e/parts', { sse, verify: payload(6 * MIB) })
        for (const wrong of [{ customerKey: 'c2hvcnQ=' }, {}, 'DES']) {
          expect((await s3.refused('put', 'k', 'x', { sse: wrong })).code).to.equal('invalid')
        }
      })
      s3.it('by the store is said of what it was asked for', ['sse-s3'], async () => {
        expect(await s3.run('put', 'e/store', 'x', { sse: 'AES256' })).to.include({ serverSideEncryption: 'AES256' })
        expect(await s3.run('head', 'e/store', { details: true })).to.include({ serverSideEncryption: 'AES256' })
      })
      s3.it('by a managed key is said with the key', ['sse-kms'], async () => {
        await s3.run('put', 'e/kms', 'x', { sse: { kmsKeyId: 'testkey-1' } })
        expect(await s3.run('head', 'e/kms', { details: true })).to.include({ serverSideEncryption: 'aws:kms', sseKMSKeyId: 'testkey-1' })
        expect(await s3.text('e/kms')).to.equal('x')
      })
      const bucketWide = ['bucket encryption', 'putEncryption', 'getEncryption', 'deleteEncryption']
      s3.it('is what a bucket was told, for objects that say nothing of it', bucketWide, async () => {
        await s3.run('createBucket', 'crypt')
        const own = { bucket: 'crypt' }
        await s3.run('putEncryption', 'AES256', own)
        expect((await s3.run('getEncryption', own))['algorithm']).to.equal('AES256')
        expect(await s3.run('put', 'k', 'x', own)).to.include({ serverSideEncryption: 'AES256' })
        await s3.run('deleteEncryption', own)
        expect((await s3.refused('getEncryption', own)).code).to.equal('not_found')
      })
    })

    describe('checksums', () => {
      s3.it('of every kind are sent, checked and kept', ['checksums'], async () => {
        for (const checksum of CHECKSUMS) {
          for (const sizeBytes of [0, 1, 100_000, 2 * MIB]) {
            const put = await s3.run('put', 'x/sum', payload(sizeBytes), { checksum })
            expect(put[`checksum${checksum}`], `${checksum} of ${sizeBytes}`).to.be.a('string')
          }
          await s3.run('get', 'x/sum', { verify: payload(2 * MIB) })
        }
      })
      s3.it('go with each part of an upload', ['checksums'], async () => {
        for (const checksum of ['CRC32C', 'SHA256', 'CRC64NVME']) {
          const done = await s3.run('upload', 'x/parts', payload(6 * MIB), { checksum, partSize: 5 * MIB })
          expect(done[`checksum${checksum}`], checksum).to.be.a('string')
          await s3.run('get', 'x/parts', { verify: payload(6 * MIB) })
        }
        expect((await s3.refused('put', 'k', 'x', { checksum: 'MD4' })).code).to.equal('invalid')
      })
    })
  })
}

// The contract of buckets: those of the run's own, older listings, and what a bucket is told to do, over any driver.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { Subject, type OpenOperations } from './s3-operations-kit.ts'

const policyOf = (bucket: string): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucket}/*`] }],
})

export function s3BucketsContract(name: string, open: OpenOperations): void {
  describe(`${name} keeps the contract of buckets`, () => {
    const s3 = new Subject(open)
    const own = { bucket: 'own-1' }
    before(async () => { await s3.run('createBucket', 'own-1') })

    describe('of the run\'s own', () => {
      it('are made, seen, listed and deleted', async () => {
        await s3.run('createBucket', 'own-2')
        expect(await s3.run('headBucket', 'own-2')).to.include({ status: 200 })
        expect((await s3.run('listBuckets'))['buckets']).to.include.members(['own-1', 'own-2'])
        await s3.run('deleteBucket', 'own-2')
        expect((await s3.refused('headBucket', 'own-2')).code).to.equal('not_found')
        expect((await s3.run('listBuckets'))['buckets']).to.not.include('own-2')
      })
      it('are not deleted while they hold something', async () => {
        await s3.run('createBucket', 'own-3')
        await s3.run('put', 'k', 'x', { bucket: 'own-3' })
        expect((await s3.refused('deleteBucket', 'own-3')).code).to.equal('conflict')
        await s3.run('delete', 'k', { bucket: 'own-3' })
        await s3.run('deleteBucket', 'own-3')
      })
      it('hold objects apart from those of others', async () => {
        await s3.run('put', 'same', 'here')
        await s3.run('put', 'same', 'there', own)
        expect([await s3.text('same'), await s3.text('same', own)]).to.deep.equal(['here', 'there'])
        await s3.run('copy', { key: 'same', ...own }, 'from-there')
        expect(await s3.text('from-there')).to.equal('there')
        await s3.run('copy', 'same', 'from-here', own)
        expect(await s3.text('from-here', own)).to.equal('here')
        await s3.run('upload', 'whole', 'x', own)
        expect(await s3.text('whole', own)).to.equal('x')
      })
      s3.it('are listed, and emptied at once', ['other buckets'], async () => {
        const keys = ['many/a', 'many/b', 'many/c']
        for (const key of keys) await s3.run('put', key, 'x', own)
        await s3.run('put', 'many/here', 'x')
        const listed = async (options: JsonObject): Promise<readonly Json[]> =>
          ((await s3.run('list', { prefix: 'many/', ...options }))['objects'] as JsonObject[]).map((object) => object['key'] ?? null)
        expect(await listed(own)).to.deep.equal(keys)
        expect(await listed({})).to.deep.equal(['many/here'])
        const { versions } = await s3.run('listVersions', { prefix: 'many/', ...own })
        expect((versions as JsonObject[]).map((version) => version['key'])).to.deep.equal(keys)
        expect(await s3.run('deleteMany', keys, own)).to.include({ deleted: 3 })
        expect([await listed(own), await listed({})]).to.deep.equal([[], ['many/here']])
        expect((await s3.refused('list', { bucket: 'nowhere' })).code).to.equal('not_found')
        expect((await s3.refused('list', { bucket: 7 })).code).to.equal('invalid')
      })
      s3.it('have uploads of their own, which are listed and aborted there', ['other buckets'], async () => {
        const upload = await s3.run('createUpload', 'open', own)
        const openOnes = async (options: JsonObject): Promise<readonly Json[]> =>
          ((await s3.run('listUploads', options))['uploads'] as JsonObject[]).map((one) => one['uploadId'] ?? null)
        expect(await openOnes(own)).to.deep.equal([upload['uploadId']])
        expect(await openOnes({})).to.not.include(upload['uploadId'])
        await s3.run('abortUpload', { key: 'open', uploadId: upload['uploadId'] ?? '' }, own)
        await s3.run('upload', 'given up', 'x', { ...own, abort: true })
        expect(await openOnes(own)).to.deep.equal([])
      })
      it('need names S3 takes, and are there before anything is put', async () => {
        for (const bucket of ['', 'UPPER', 'x'.repeat(60), 'a..b', 7] as Json[]) {
          expect((await s3.refused('createBucket', bucket)).code, JSON.stringify(bucket)).to.equal('invalid')
        }
        expect((await s3.refused('put', 'k', 'x', { bucket: 'nowhere' })).code).to.equal('not_found')
      })
    })

    describe('listed in the older way', () => {
      const keys = ['o/a', 'o/b/1', 'o/b/2', 'o/c d', 'o/e+f', 'o/ü🙂']
      before(async () => { for (const key of keys) await s3.run('put', key, key) })
      it('turn pages by marker, none missing and none twice', async () => {
        const found: string[] = []
        let marker: Json | undefined
        do {
          const page = await s3.run('listV1', { prefix: 'o/', maxKeys: 2, ...marker === undefined ? {} : { marker } })
          found.push(...(page['objects'] as JsonObject[]).map((object) => object['key'] as string))
          marker = page['marker']
        } while (marker !== undefined)
        expect(found).to.deep.equal(keys)
      })
      it('roll up by a delimiter, pages too', async () => {
        const page = await s3.run('listV1', { prefix: 'o/', delimiter: '/' })
        expect(page['commonPrefixes']).to.deep.equal(['o/b/'])
        expect((page['objects'] as JsonObject[])[0]).to.include({ key: 'o/a', sizeBytes: 3 })
        const first = await s3.run('listV1', { prefix: 'o/', delimiter: '/', maxKeys: 2 })
        const second = await s3.run('listV1', { prefix: 'o/', delimiter: '/', marker: first['marker'] ?? null })
        expect((second['objects'] as JsonObject[]).map((object) => object['key'])).to.deep.equal(['o/c d', 'o/e+f', 'o/ü🙂'])
        expect(second['commonPrefixes']).to.deep.equal([])
      })
    })

    describe('told what to do', () => {
      s3.it('by a policy', ['getPolicy', 'putPolicy', 'deletePolicy'], async () => {
        expect((await s3.refused('getPolicy', own)).code).to.equal('not_found')
        const policy = policyOf(s3.bucketName('own-1'))
        await s3.run('putPolicy', policy, own)
        expect(JSON.parse((await s3.run('getPolicy', own))['policy'] as string)).to.deep.equal(policy)
        expect((await s3.refused('putPolicy', '{ no policy', own)).code).to.equal('invalid')
        await s3.run('deletePolicy', own)
        expect((await s3.refused('getPolicy', own)).code).to.equal('not_found')
      })
      s3.it('by rules of their objects\' lives', ['getLifecycle', 'putLifecycle', 'deleteLifecycle'], async () => {
        expect((await s3.refused('getLifecycle', own)).code).to.equal('not_found')
        await s3.run('putLifecycle', [
          { id: 'old', prefix: 'tmp/', expirationDays: 30 }, { id: 'parts', abortUploadDays: 2, enabled: false },
          { id: 'versions', noncurrentDays: 7 },
        ], own)
        expect((await s3.run('getLifecycle', own))['rules']).to.have.deep.members([
          { id: 'old', enabled: true }, { id: 'parts', enabled: false }, { id: 'versions', enabled: true },
        ])
        await s3.run('deleteLifecycle', own)
        expect((await s3.refused('getLifecycle', own)).code).to.equal('not_found')
        for (const rules of [[], [{}], [{ expirationDays: 0 }], 'x'] as Json[]) {
          expect((await s3.refused('putLifecycle', rules, own)).code).to.equal('invalid')
        }
      })
      s3.it('by an access list', ['getBucketAcl', 'putBucketAcl'], async () => {
        expect((await s3.run('getBucketAcl', own))['grants']).to.have.length(1)
        await s3.run('putBucketAcl', 'public-read', own)
        expect(JSON.stringify((await s3.run('getBucketAcl', own))['grants'])).to.contain('AllUsers')
        await s3.run('putBucketAcl', 'private', own)
        expect((await s3.run('getBucketAcl', own))['grants']).to.have.length(1)
      })
      it('only where the run made them, or the targets file allows it', async () => {
        for (const [op, ...args] of [['putVersioning', 'Enabled'], ['putPolicy', '{}'], ['deletePolicy'], ['putBucketAcl', 'private'],
          ['putLifecycle', [{ expirationDays: 1 }]], ['putEncryption', 'AES256'], ['putLockConfig', { mode: 'GOVERNANCE', days: 1 }],
        ] as [string, ...Json[]][]) {
          const error = await s3.refused(op, ...args)
          expect(error.code, op).to.equal('invalid')
          expect(error.message, op).to.contain('createBucket').and.to.contain('allow_overwrite')
        }
      })
    })

    describe('that lock their objects', () => {
      const locked = { bucket: 'locked' }
      const until = '2099-01-01T00:00:00Z'
      const lock = ['putRetention', 'getRetention', 'putLegalHold', 'getLegalHold', 'putLockConfig', 'getLockConfig']
      s3.it('keep a version until its time is over, unless its governance is passed by', lock, async () => {
        await s3.run('createBucket', 'locked', { objectLock: true })
        expect(await s3.run('getLockConfig', locked)).to.include({ enabled: true })
        const put = await s3.run('put', 'k', 'x', { ...locked, retention: { mode: 'GOVERNANCE', until } })
        const version = { ...locked, versionId: put['versionId'] ?? null }
        const { retention } = await s3.run('getRetention', 'k', version)
        expect((retention as JsonObject)['mode']).to.equal('GOVERNANCE')
        expect(Date.parse((retention as JsonObject)['until'] as string)).to.equal(Date.parse(until))
        expect(await s3.run('head', 'k', version)).to.include({ objectLockMode: 'GOVERNANCE' })
        expect((await s3.refused('delete', 'k', version)).code).to.equal('denied')
        expect(await s3.run('delete', 'k', locked)).to.include({ deleteMarker: true })
        await s3.run('delete', 'k', { ...version, bypassGovernance: true })
      })
      s3.it('keep a version that is held, until it is let go', lock, async () => {
        const put = await s3.run('put', 'held', 'x', { ...locked, legalHold: true })
        const version = { ...locked, versionId: put['versionId'] ?? null }
        expect(await s3.run('getLegalHold', 'held', version)).to.include({ legalHold: true })
        expect((await s3.refused('delete', 'held', { ...version, bypassGovernance: true })).code).to.equal('denied')
        await s3.run('putLegalHold', 'held', false, version)
        expect(await s3.run('getLegalHold', 'held', version)).to.include({ legalHold: false })
        await s3.run('delete', 'held', version)
      })
      s3.it('give each new object the time they were told', lock, async () => {
        await s3.run('putLockConfig', { mode: 'GOVERNANCE', days: 1 }, locked)
        expect(await s3.run('getLockConfig', locked)).to.include({ enabled: true, mode: 'GOVERNANCE', days: 1 })
        const put = await s3.run('put', 'by-default', 'x', locked)
        const version = { ...locked, versionId: put['versionId'] ?? null }
        expect(((await s3.run('getRetention', 'by-default', version))['retention'] as JsonObject)['mode']).to.equal('GOVERNANCE')
        await s3.run('putRetention', 'by-default', { mode: 'GOVERNANCE', until }, version)
        await s3.run('delete', 'by-default', { ...version, bypassGovernance: true })
      })
      s3.it('are the only ones that can', lock, async () => {
        expect((await s3.refused('put', 'k', 'x', { retention: { mode: 'GOVERNANCE', until } })).code).to.equal('invalid')
        expect((await s3.refused('getLockConfig', own)).code).to.equal('not_found')
        for (const retention of [{ mode: 'SOFT', until }, { mode: 'GOVERNANCE' }, { mode: 'GOVERNANCE', until: 'soon' }]) {
          expect((await s3.refused('putRetention', 'k', retention, locked)).code).to.equal('invalid')
        }
      })
    })
  })
}

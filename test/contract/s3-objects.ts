// The contract of versions, tags, access lists, metadata and conditions, as scripts use them, over any driver.
import { expect } from 'chai'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { Subject, type OpenOperations } from './s3-operations-kit.ts'

export function s3ObjectsContract(name: string, open: OpenOperations): void {
  describe(`${name} keeps the contract of what objects have beside their bytes`, () => {
    const s3 = new Subject(open)
    const own = { bucket: 'kept' }

    describe('headers', () => {
      it('of every kind are kept and shown', async () => {
        await s3.run('put', 'h/all', 'x', {
          contentType: 'text/x', cacheControl: 'no-store', contentDisposition: 'attachment; filename="a b"', contentEncoding: 'identity',
          contentLanguage: 'de', metadata: { a: 'b' },
        })
        expect(await s3.run('head', 'h/all', { details: true })).to.deep.include({
          contentType: 'text/x', cacheControl: 'no-store', contentDisposition: 'attachment; filename="a b"', contentEncoding: 'identity',
          contentLanguage: 'de', metadata: { a: 'b' }, sizeBytes: 1,
        })
      })
    })

    describe('conditions', () => {
      it('on reading let pass what matches', async () => {
        const { etag = '' } = await s3.run('put', 'i/read', 'x')
        for (const op of ['get', 'head']) {
          expect((await s3.run(op, 'i/read', { ifMatch: etag }))['status'], op).to.equal(200)
          expect((await s3.run(op, 'i/read', { ifNoneMatch: '"0"' }))['status'], op).to.equal(200)
          expect((await s3.refused(op, 'i/read', { ifMatch: '"0"' })).code, op).to.equal('precondition')
          expect((await s3.refused(op, 'i/read', { ifNoneMatch: etag })).code, op).to.equal('precondition')
          expect((await s3.refused(op, 'i/read', { ifModifiedSince: '2099-01-01T00:00:00Z' })).code, op).to.be.oneOf(['precondition'])
          expect((await s3.run(op, 'i/read', { ifModifiedSince: '1999-01-01T00:00:00Z' }))['status'], op).to.equal(200)
          expect((await s3.refused(op, 'i/read', { ifUnmodifiedSince: '1999-01-01T00:00:00Z' })).code, op).to.equal('precondition')
        }
      })
      it('on reading go with ranges', async () => {
        const { etag = '' } = await s3.run('put', 'i/range', '0123456789')
        expect(await s3.run('get', 'i/range', { ifMatch: etag, range: [2, 4], body: 'text' }))
          .to.include({ status: 206, body: '234', bytes: 3, sizeBytes: 10 })
      })
      s3.it('on writing keep what is there', ['conditional put'], async () => {
        await s3.run('put', 'i/new', 'first', { ifNoneMatch: '*' })
        expect((await s3.refused('put', 'i/new', 'second', { ifNoneMatch: '*' })).code).to.equal('precondition')
        expect(await s3.text('i/new')).to.equal('first')
        const { etag = '' } = await s3.run('head', 'i/new')
        expect((await s3.refused('put', 'i/new', 'second', { ifMatch: '"0"' })).code).to.equal('precondition')
        await s3.run('put', 'i/new', 'second', { ifMatch: etag })
        expect(await s3.text('i/new')).to.equal('second')
        expect((await s3.refused('put', 'i/none', 'x', { ifMatch: etag })).code).to.be.oneOf(['not_found', 'precondition'])
      })
    })

    describe('tags', () => {
      const tagging: JsonObject = { colour: 'blue and green', 'a+b/c=d': 'x@y:z_1.-', empty: '' }
      it('come with an object, and are counted', async () => {
        await s3.run('put', 't/with', 'x', { tagging })
        expect((await s3.run('getTags', 't/with'))['tagging']).to.deep.equal(tagging)
        expect(await s3.run('get', 't/with', { details: true })).to.include({ tagCount: 3 })
      })
      it('are replaced as a whole, and taken away', async () => {
        await s3.run('put', 't/set', 'x', { tagging: { old: '1' } })
        await s3.run('putTags', 't/set', { new: '2' })
        expect((await s3.run('getTags', 't/set'))['tagging']).to.deep.equal({ new: '2' })
        await s3.run('deleteTags', 't/set')
        expect((await s3.run('getTags', 't/set'))['tagging']).to.deep.equal({})
      })
      it('go with a copy, or are replaced by it', async () => {
        await s3.run('put', 't/source', 'x', { tagging: { a: '1' } })
        await s3.run('copy', 't/source', 't/copy')
        expect((await s3.run('getTags', 't/copy'))['tagging']).to.deep.equal({ a: '1' })
        if (!s3.asS3('tags with a copy')) return
        await s3.run('copy', 't/source', 't/copy', { tagging: { b: '2' } })
        expect((await s3.run('getTags', 't/copy'))['tagging']).to.deep.equal({ b: '2' })
      })
      it('are refused where there is no object, and where they are none', async () => {
        expect((await s3.refused('getTags', 't/none')).code).to.equal('not_found')
        for (const tags of [null, 'x', { a: 1 }] as Json[]) expect((await s3.refused('putTags', 't/set', tags)).code).to.equal('invalid')
      })
    })

    describe('access lists', () => {
      s3.it('of an object name its owner, and canned ones are put', ['getAcl', 'putAcl'], async () => {
        await s3.run('put', 'l/one', 'x')
        const { grants } = await s3.run('getAcl', 'l/one')
        expect(grants).to.have.length(1)
        expect((grants as JsonObject[])[0]).to.include({ permission: 'FULL_CONTROL' })
        await s3.run('putAcl', 'l/one', 'public-read')
        expect(JSON.stringify((await s3.run('getAcl', 'l/one'))['grants'])).to.contain('AllUsers').and.to.contain('READ')
        await s3.run('put', 'l/two', 'x', { acl: 'public-read' })
        expect((await s3.run('getAcl', 'l/two'))['grants']).to.have.length(2)
        await s3.run('putAcl', 'l/two', 'private')
        expect((await s3.run('getAcl', 'l/two'))['grants']).to.have.length(1)
        expect((await s3.refused('putAcl', 'l/two', 'mine')).code).to.equal('invalid')
      })
    })

    describe('versions', () => {
      before(async () => {
        await s3.run('createBucket', 'kept')
        expect((await s3.run('getVersioning', own))['versioning']).to.equal('Off')
        await s3.run('putVersioning', 'Enabled', own)
      })
      it('are switched on and off', async () => {
        expect((await s3.run('getVersioning', own))['versioning']).to.equal('Enabled')
        expect((await s3.refused('putVersioning', 'On', own)).code).to.equal('invalid')
      })
      it('are read, asked about and deleted one by one', async () => {
        const first = await s3.run('put', 'v/one', 'first', own)
        const second = await s3.run('put', 'v/one', 'second', own)
        expect(first['versionId']).to.be.a('string').and.not.equal(second['versionId'])
        expect(await s3.text('v/one', own)).to.equal('second')
        expect(await s3.text('v/one', { ...own, versionId: first['versionId'] })).to.equal('first')
        expect(await s3.run('head', 'v/one', { ...own, versionId: first['versionId'] })).to.include({ sizeBytes: 5 })
        await s3.run('delete', 'v/one', { ...own, versionId: second['versionId'] })
        expect(await s3.text('v/one', own)).to.equal('first')
        expect((await s3.refused('get', 'v/one', { ...own, versionId: second['versionId'] })).code).to.equal('not_found')
      })
      it('are hidden by a delete marker, and shown again without it', async () => {
        await s3.run('put', 'v/marked', 'kept', own)
        const marker = await s3.run('delete', 'v/marked', own)
        expect(marker).to.include({ deleteMarker: true })
        expect((await s3.refused('get', 'v/marked', own)).code).to.equal('not_found')
        const { code } = await s3.refused('get', 'v/marked', { ...own, versionId: marker['versionId'] })
        expect(code).to.be.oneOf(['unsupported', 'not_found'])
        await s3.run('delete', 'v/marked', { ...own, versionId: marker['versionId'] })
        expect(await s3.text('v/marked', own)).to.equal('kept')
      })
      it('have tags of their own, and are copied each by itself', async () => {
        const first = await s3.run('put', 'v/tags', 'first', own)
        await s3.run('put', 'v/tags', 'second', own)
        await s3.run('putTags', 'v/tags', { v: '1' }, { ...own, versionId: first['versionId'] })
        expect((await s3.run('getTags', 'v/tags', own))['tagging']).to.deep.equal({})
        expect((await s3.run('getTags', 'v/tags', { ...own, versionId: first['versionId'] }))['tagging']).to.deep.equal({ v: '1' })
        await s3.run('copy', { key: 'v/tags', versionId: first['versionId'], ...own }, 'v/back')
        expect(await s3.text('v/back')).to.equal('first')
      })
      it('stop being made when versioning is suspended', async () => {
        await s3.run('put', 'v/off', 'kept', own)
        await s3.run('putVersioning', 'Suspended', own)
        expect(await s3.run('put', 'v/off', 'null 1', own)).to.not.have.property('versionId', undefined)
        await s3.run('put', 'v/off', 'null 2', own)
        expect(await s3.text('v/off', { ...own, versionId: 'null' })).to.equal('null 2')
        await s3.run('putVersioning', 'Enabled', own)
        await s3.run('delete', 'v/off', { ...own, versionId: 'null' })
        expect(await s3.text('v/off', own)).to.equal('kept')
      })
    })

    describe('versions of the target\'s own bucket', () => {
      it('are listed, a bucket without them having one of each', async () => {
        await s3.run('put', 'w/a', 'x')
        await s3.run('put', 'w/b', 'x')
        const page = await s3.run('listVersions', { prefix: 'w/', maxKeys: 1 })
        expect(page['versions']).to.deep.equal([{ key: 'w/a', versionId: 'null', isLatest: true, isDeleteMarker: false }])
        const rest = await s3.run('listVersions', { prefix: 'w/', after: page['next'] ?? null })
        expect((rest['versions'] as JsonObject[]).map((version) => version['key'])).to.deep.equal(['w/b'])
        expect(rest).to.not.have.property('next')
        await s3.run('deleteMany', [{ key: 'w/a', versionId: 'null' }, { key: 'w/b', versionId: 'null' }])
        expect((await s3.run('listVersions', { prefix: 'w/' }))['versions']).to.deep.equal([])
      })
    })
  })
}

// The contract of an S3 driver on a bucket that keeps versions: what is hidden or half uploaded is found and goes for good.
import { expect } from 'chai'
import { bytesContent } from '../../bindings/sdk/index.ts'
import type { ObjectVersion, OpenUpload, S3Driver, UploadMarker, VersionMarker } from '../../bindings/s3/driver.ts'
import { callOf, refusal } from './s3-driver.ts'

export interface VersionsTarget {
  readonly driver: S3Driver
  /** Begins a multipart upload that nobody completes. */
  beginUpload(key: string): Promise<void>
  close(): Promise<void>
}

const content = bytesContent(new TextEncoder().encode('x'))

async function versionsOf(driver: S3Driver, prefix: string, maxKeys = 1000): Promise<ObjectVersion[]> {
  const found: ObjectVersion[] = []
  let after: VersionMarker | undefined
  do {
    const page = await driver.listVersions({ prefix, maxKeys, ...(after === undefined ? {} : { after }) }, callOf())
    expect(page.versions.length).to.be.at.most(maxKeys)
    found.push(...page.versions)
    after = page.next
  } while (after !== undefined)
  return found
}

async function uploadsOf(driver: S3Driver, prefix: string, maxUploads = 1000): Promise<OpenUpload[]> {
  const found: OpenUpload[] = []
  let after: UploadMarker | undefined
  do {
    const page = await driver.listUploads({ prefix, maxUploads, ...(after === undefined ? {} : { after }) }, callOf())
    found.push(...page.uploads)
    after = page.next
  } while (after !== undefined)
  return found
}

/** Declares the contract's tests, on a bucket that keeps versions and is empty below `v/` and `u/`. */
export function s3VersionsContract(name: string, open: () => Promise<VersionsTarget>): void {
  describe(`an S3 driver where versions are kept: ${name}`, function () {
    this.timeout(30_000)
    let target: VersionsTarget
    let driver: S3Driver
    before(async () => {
      target = await open()
      driver = target.driver
    })
    after(() => target.close())
    const put = (key: string) => driver.put({ key, content }, callOf())

    it('lists every version and delete marker below a prefix, the newest of a key first', async () => {
      for (const key of ['v/a', 'v/a', 'v/b', 'w/other']) await put(key)
      await driver.delete('v/a', callOf())
      const found = await versionsOf(driver, 'v/')
      expect(found.map(({ key, isLatest, isDeleteMarker }) => ({ key, isLatest, isDeleteMarker }))).to.deep.equal([
        { key: 'v/a', isLatest: true, isDeleteMarker: true },
        { key: 'v/a', isLatest: false, isDeleteMarker: false },
        { key: 'v/a', isLatest: false, isDeleteMarker: false },
        { key: 'v/b', isLatest: true, isDeleteMarker: false },
      ])
      expect(new Set(found.map(({ versionId }) => versionId)).size).to.equal(4)
    })

    it('turns their pages, none missing and none twice', async () => {
      const whole = await versionsOf(driver, 'v/')
      for (const maxKeys of [1, 2, 3]) expect(await versionsOf(driver, 'v/', maxKeys), String(maxKeys)).to.deep.equal(whole)
    })

    it('deletes the versions it is told for good, and no others', async () => {
      const [marker, , oldest, b] = await versionsOf(driver, 'v/')
      if (marker === undefined || oldest === undefined || b === undefined) throw new Error('the versions of the tests before are gone')
      expect((await driver.deleteVersions([marker, oldest], callOf())).failed).to.deep.equal([])
      expect((await driver.head('v/a', callOf())).sizeBytes).to.equal(1)
      expect((await driver.deleteVersions(await versionsOf(driver, 'v/'), callOf())).failed).to.deep.equal([])
      expect(await versionsOf(driver, 'v/')).to.deep.equal([])
      expect(await versionsOf(driver, 'w/')).to.have.length(1)
    })

    it('keeps odd keys as they are', async () => {
      const keys = ['v/with space', 'v/a+b', 'v/%41', 'v/ümläut', 'v/🙂', 'v/<xml>&', 'v/tab\tkey']
      for (const key of keys) await put(key)
      const found = await versionsOf(driver, 'v/', 1)
      expect(found.map(({ key }) => key)).to.have.members(keys)
      expect((await driver.deleteVersions(found, callOf())).failed).to.deep.equal([])
      expect(await versionsOf(driver, 'v/')).to.deep.equal([])
    })

    it('lists open uploads below a prefix, page by page, and ends each of them once', async () => {
      const keys = ['u/1', 'u/1', 'u/2 +%41', 'u/tab\tkey', 'u/ü<&']
      for (const key of [...keys, 'w/upload']) await target.beginUpload(key)
      const found = await uploadsOf(driver, 'u/')
      expect(found.map(({ key }) => key)).to.deep.equal(keys)
      expect(await uploadsOf(driver, 'u/', 1)).to.have.deep.members(found)
      for (const upload of found) await driver.abortUpload(upload, callOf())
      expect(await uploadsOf(driver, 'u/')).to.deep.equal([])
      expect(await uploadsOf(driver, 'w/')).to.have.length(1)
      const [first] = found
      if (first === undefined) throw new Error('no upload was found')
      expect(await refusal(driver.abortUpload(first, callOf()))).to.include({ code: 'not_found', detail: 'NoSuchUpload' })
    })
  })
}

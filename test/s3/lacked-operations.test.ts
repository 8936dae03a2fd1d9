// What is said of drivers before a run, of operations they haven't, is what their operations say when they are asked.
import { expect } from 'chai'
import { lackedOperations, refuseApi } from '../../bindings/s3/abilities.ts'
import { API_OF_OPERATION } from '../../bindings/s3/operation-apis.ts'
import { ALL_OPERATIONS, OPERATIONS } from '../../bindings/s3/operation-names.ts'
import { MORE_OPERATIONS } from '../../bindings/s3/operations/index.ts'
import type { OperationContext } from '../../bindings/s3/operations/context.ts'
import type { ApiFacts, ApiRequest } from '../../bindings/s3/operations/api.ts'
import type { S3Driver } from '../../bindings/s3/driver.ts'
import { settingsOf } from '../../bindings/s3/settings.ts'
import { StorageError, type Json } from '../../bindings/sdk/index.ts'
import { callOf } from '../contract/s3-driver.ts'

/** Asked for through the interface that every driver has. */
const NARROW = ['listVersions', 'listUploads', 'abortUpload']
const UPLOAD = { key: 'k', uploadId: 'u' }
/** Arguments an operation takes, where a key and options are none. */
const ARGUMENTS: Readonly<Record<string, readonly Json[]>> = {
  copy: ['a', 'b'], append: ['k', 'x'], upload: ['k', 'x'], uploadPart: [UPLOAD, 1, 'x'], uploadPartCopy: [UPLOAD, 1, 'a'],
  completeUpload: [UPLOAD, [{ partNumber: 1, etag: '"e"' }]], listParts: [UPLOAD], putTags: ['k', { a: 'b' }], putAcl: ['k', 'private'],
  putRetention: ['k', { mode: 'GOVERNANCE', until: '2030-01-01T00:00:00Z' }], putLegalHold: ['k', true], putVersioning: ['Enabled'],
  putBucketAcl: ['private'], putPolicy: [{ Version: '2012-10-17' }], putLifecycle: [[{ id: 'r', expirationDays: 1 }]],
  putEncryption: ['AES256'], putLockConfig: [{ mode: 'GOVERNANCE', days: 1 }], createUpload: ['k'], createBucket: ['bucket'],
  headBucket: ['bucket'], deleteBucket: ['bucket'], getTags: ['k'], deleteTags: ['k'], getAcl: ['k'], getRetention: ['k'],
  getLegalHold: ['k'],
}

/** The first operation of the S3 API that an operation of a script asks for. */
async function askedFor(op: string): Promise<string> {
  const stopped = new Error('asked')
  let asked = 'nothing'
  const perform = ({ api }: ApiRequest): Promise<ApiFacts> => {
    if (asked === 'nothing') asked = api
    return Promise.reject(stopped)
  }
  const driver = { perform } as unknown as S3Driver
  const settings = settingsOf({ endpoint: 'http://memory.invalid', access_key: 'a', secret_key: 's', bucket: 'bench' })
  const context: OperationContext = {
    driver, driverIn: () => driver, driverName: 'native', settings, prefix: 'chopsticks-1/', seed: 1, madeBucket: true,
  }
  try {
    await MORE_OPERATIONS[op]?.(context, ARGUMENTS[op] ?? [], callOf(1000))
  } catch (error) {
    if (error !== stopped) throw error
  }
  return asked
}

describe('operations that drivers lack', () => {
  for (const op of ALL_OPERATIONS) {
    if (NARROW.includes(op) || OPERATIONS.some((common) => common === op)) continue
    it(`${op} is known by what it asks for`, async () => {
      expect(await askedFor(op)).to.equal(API_OF_OPERATION[op as keyof typeof API_OF_OPERATION])
    })
  }

  it('are refused when they are asked for, and no others', () => {
    for (const driver of ['native', 'aws-sdk', 'memory', 's5cmd', 'minio', 'exec']) {
      const lacked = lackedOperations(driver)
      for (const [op, api] of Object.entries(API_OF_OPERATION)) {
        const ask = (): void => { refuseApi(driver, op, { api }) }
        if (op in lacked) expect(ask, `${driver} ${op}`).to.throw(StorageError, `the ${driver} driver has no ${api}`)
        else expect(ask, `${driver} ${op}`).not.to.throw()
      }
    }
  })

  it('native lacks none, and has what others lack', () => {
    expect(lackedOperations('native')).to.deep.equal({})
    expect(lackedOperations('aws-sdk')).to.deep.equal({ append: ['native', 'memory'] })
    expect(lackedOperations('s5cmd')['putTags']).to.deep.equal(['native', 'aws-sdk', 'memory'])
  })
})

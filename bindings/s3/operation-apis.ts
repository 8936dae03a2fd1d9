// Which operation of the S3 API each operation of a script can't do without: so that a driver which hasn't it is known before a run.
import type { ApiName } from './operations/api.ts'

/** Operations of scripts that are not in the narrow interface every driver has. */
export const API_OF_OPERATION = {
  copy: 'CopyObject', append: 'AppendObject',
  upload: 'CreateMultipartUpload', createUpload: 'CreateMultipartUpload', uploadPart: 'UploadPart', uploadPartCopy: 'UploadPartCopy',
  completeUpload: 'CompleteMultipartUpload', listParts: 'ListParts',
  getTags: 'GetObjectTagging', putTags: 'PutObjectTagging', deleteTags: 'DeleteObjectTagging',
  getAcl: 'GetObjectAcl', putAcl: 'PutObjectAcl',
  getRetention: 'GetObjectRetention', putRetention: 'PutObjectRetention',
  getLegalHold: 'GetObjectLegalHold', putLegalHold: 'PutObjectLegalHold',
  listV1: 'ListObjects', listBuckets: 'ListBuckets',
  createBucket: 'CreateBucket', headBucket: 'HeadBucket', deleteBucket: 'DeleteBucket',
  getVersioning: 'GetBucketVersioning', putVersioning: 'PutBucketVersioning',
  getBucketAcl: 'GetBucketAcl', putBucketAcl: 'PutBucketAcl',
  getPolicy: 'GetBucketPolicy', putPolicy: 'PutBucketPolicy', deletePolicy: 'DeleteBucketPolicy',
  getLifecycle: 'GetBucketLifecycleConfiguration', putLifecycle: 'PutBucketLifecycleConfiguration',
  deleteLifecycle: 'DeleteBucketLifecycle',
  getEncryption: 'GetBucketEncryption', putEncryption: 'PutBucketEncryption', deleteEncryption: 'DeleteBucketEncryption',
  getLockConfig: 'GetObjectLockConfiguration', putLockConfig: 'PutObjectLockConfiguration',
} as const satisfies Readonly<Record<string, ApiName>>

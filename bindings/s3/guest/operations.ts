// The operations `new S3()` has beyond the common ones, by how many arguments stand before their options. Known to guest and host.

/** Names in one text each: every VU that uses them holds them. */
export const BY_ARGUMENTS = [
  'listV1 listVersions listUploads listBuckets getVersioning getBucketAcl getPolicy deletePolicy getLifecycle deleteLifecycle ' +
    'getEncryption deleteEncryption getLockConfig',
  'createUpload abortUpload listParts getTags deleteTags getAcl getRetention getLegalHold createBucket headBucket deleteBucket ' +
    'putVersioning putBucketAcl putPolicy putLifecycle putEncryption putLockConfig',
  'copy append upload completeUpload putTags putAcl putRetention putLegalHold',
  'uploadPart uploadPartCopy',
]

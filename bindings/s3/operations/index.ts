// THE table of a script's operations beyond the common ones: one line a group.
import type { ScriptOperation } from './context.ts'
import { BUCKET_OPERATIONS } from './buckets.ts'
import { MULTIPART_OPERATIONS } from './multipart.ts'
import { OBJECT_OPERATIONS } from './objects.ts'
import { upload } from './upload.ts'
import { listVersions } from './versions.ts'

export const MORE_OPERATIONS: Readonly<Record<string, ScriptOperation>> = {
  ...OBJECT_OPERATIONS,
  ...MULTIPART_OPERATIONS,
  ...BUCKET_OPERATIONS,
  upload,
  listVersions,
}

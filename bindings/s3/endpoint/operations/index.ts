// THE table of operations: one line a file.
import { aclOperations } from './acl.ts'
import { appendOperations } from './append-object.ts'
import { bucketOperations } from './buckets.ts'
import { configurationOperations } from './configurations.ts'
import { copyOperations } from './copy-object.ts'
import { deleteOperations } from './delete-objects.ts'
import { getOperations } from './get-object.ts'
import { listOperations } from './list-objects.ts'
import { lockOperations } from './lock.ts'
import { completeOperations } from './multipart-complete.ts'
import { multipartListOperations } from './multipart-lists.ts'
import { multipartOperations } from './multipart.ts'
import type { Operation } from './operation.ts'
import { putOperations } from './put-object.ts'
import { taggingOperations } from './tagging.ts'
import { versionOperations } from './versions.ts'

export const OPERATIONS: readonly Operation[] = [
  ...bucketOperations,
  ...listOperations,
  ...putOperations,
  ...appendOperations,
  ...copyOperations,
  ...getOperations,
  ...deleteOperations,
  ...multipartOperations,
  ...completeOperations,
  ...multipartListOperations,
  ...versionOperations,
  ...taggingOperations,
  ...aclOperations,
  ...configurationOperations,
  ...lockOperations,
]

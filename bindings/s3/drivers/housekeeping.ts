// What a run does to its bucket beside the load, for drivers that are here for the load alone: done by the native driver, unmeasured.
import type {
  DriverContext, ListUploadsRequest, ListVersionsRequest, OpenUpload, S3Driver, VersionName,
} from '../driver.ts'
import type { Call } from '../../sdk/index.ts'
import { openDriver as openNative } from './native/index.ts'

/** The operations that prepare a bucket and clean it: no script can call them, and nothing measures them. */
export type Housekeeping = Pick<S3Driver,
  'listVersions' | 'deleteVersions' | 'listUploads' | 'abortUpload' | 'headBucket' | 'createBucket' | 'deleteBucket' | 'close'>

/** Opens it; it connects when first used. Options and wishes for the driver it serves are none of its own. */
function openHousekeeping({ settings, clock, concurrency }: DriverContext): Housekeeping {
  const native = openNative({ settings: { ...settings, driverConfig: {} }, clock, concurrency })
  return {
    listVersions: (request: ListVersionsRequest, call: Call) => native.listVersions(request, call),
    deleteVersions: (versions: readonly VersionName[], call: Call) => native.deleteVersions(versions, call),
    listUploads: (request: ListUploadsRequest, call: Call) => native.listUploads(request, call),
    abortUpload: (upload: OpenUpload, call: Call) => native.abortUpload(upload, call),
    headBucket: (call: Call) => native.headBucket(call),
    createBucket: (call: Call) => native.createBucket(call),
    deleteBucket: (call: Call) => native.deleteBucket(call),
    close: () => native.close(),
  }
}

/** A driver of the load alone with its housekeeping: closed together. */
export function withHousekeeping(load: Omit<S3Driver, keyof Housekeeping> & Pick<S3Driver, 'close'>, context: DriverContext): S3Driver {
  const keeping = openHousekeeping(context)
  return {
    ...keeping,
    put: (request, call) => load.put(request, call),
    get: (request, call) => load.get(request, call),
    head: (key, call) => load.head(key, call),
    delete: (key, call) => load.delete(key, call),
    deleteMany: (keys, call) => load.deleteMany(keys, call),
    list: (request, call) => load.list(request, call),
    async close() { await Promise.all([load.close(), keeping.close()]) },
  }
}

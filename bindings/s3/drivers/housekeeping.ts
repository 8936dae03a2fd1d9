// What a run does to its bucket beside the load, for drivers that are here for the load alone: done by the native driver, unmeasured.
import type {
  DriverContext, ListUploadsRequest, ListVersionsRequest, OpenUpload, S3Driver, VersionName,
} from '../driver.ts'
import type { Call } from '../../sdk/index.ts'
import { refusalOf } from '../lacks.ts'
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

/**
 * A driver of the load alone with its housekeeping: closed together. What its program can't do is refused before it is asked.
 * `name`: of the driver.
 */
export function withHousekeeping(
  name: string, load: Omit<S3Driver, keyof Housekeeping> & Pick<S3Driver, 'close'>, context: DriverContext,
): S3Driver {
  const keeping = openHousekeeping(context)
  const ready = load.ready?.bind(load)
  const refusing = <T>(op: string, asked: Parameters<typeof refusalOf>[2], doing: () => Promise<T>): Promise<T> => {
    const refusal = refusalOf(name, op, asked)
    return refusal === undefined ? doing() : Promise.reject(refusal)
  }
  return {
    ...keeping,
    ...(ready === undefined ? {} : { ready }),
    put: (request, call) => refusing('put', { keys: [request.key] }, () => load.put(request, call)),
    get: (request, call) => refusing('get', { keys: [request.key], range: request.range }, () => load.get(request, call)),
    head: (key, call) => refusing('head', { keys: [key] }, () => load.head(key, call)),
    delete: (key, call) => refusing('delete', { keys: [key] }, () => load.delete(key, call)),
    deleteMany: (keys, call) => refusing('deleteMany', { keys }, () => load.deleteMany(keys, call)),
    list: (request, call) => refusing('list', { list: request }, () => load.list(request, call)),
    async close() { await Promise.all([load.close(), keeping.close()]) },
  }
}

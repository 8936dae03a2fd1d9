// A driver opened so that what it does is shown: its requests where it shows them itself, else its operations and how they ended.
import type { RequestLog } from '../sdk/index.ts'
import type { DriverContext, Facts, OpenDriver, S3Driver } from './driver.ts'
import { WireLog } from './wire-log.ts'

/** Opens a driver and shows what it does. Throws what opening it throws. */
export function openShown(open: OpenDriver, name: string, context: DriverContext, requestLog: RequestLog): S3Driver {
  const wireLog = new WireLog(requestLog)
  const driver = open({ ...context, wireLog })
  if (driver.showsRequests === true) return driver
  wireLog.note(`the ${name} driver does not show its requests: what follows are operations and how they ended`)
  return shownOperations(driver, wireLog)
}

function outcomeOf({ status, bytes, etag, requestId }: Facts): string {
  const more = [...etag === undefined ? [] : [`etag ${etag}`], ...requestId === undefined ? [] : [`id ${requestId}`]]
  return [`status ${status}`, `${bytes} bytes`, ...more].join(', ')
}

function shownOperations(driver: S3Driver, log: WireLog): S3Driver {
  const perform = driver.perform?.bind(driver)
  const show = async <T extends Facts>(what: string, doing: () => Promise<T>): Promise<T> => {
    const ended = log.operation(what)
    try {
      const facts = await doing()
      ended?.(outcomeOf(facts))
      return facts
    } catch (error) {
      ended?.(`failed: ${error instanceof Error ? error.message : String(error)}`)
      throw error
    }
  }
  const ready = driver.ready?.bind(driver)
  return {
    ...(ready === undefined ? {} : { ready }),
    put: (request, call) => show(`put ${request.key}, ${request.content.sizeBytes} bytes`, () => driver.put(request, call)),
    get: (request, call) => show(`get ${request.key}`, () => driver.get(request, call)),
    head: (key, call) => show(`head ${key}`, () => driver.head(key, call)),
    delete: (key, call) => show(`delete ${key}`, () => driver.delete(key, call)),
    deleteMany: (keys, call) => show(`deleteMany of ${keys.length} keys`, () => driver.deleteMany(keys, call)),
    list: (request, call) => show(`list of ${request.prefix}`, () => driver.list(request, call)),
    listVersions: (request, call) => show(`list of versions of ${request.prefix}`, () => driver.listVersions(request, call)),
    deleteVersions: (versions, call) => show(`deleteVersions of ${versions.length} versions`, () => driver.deleteVersions(versions, call)),
    listUploads: (request, call) => show(`list of uploads to ${request.prefix}`, () => driver.listUploads(request, call)),
    abortUpload: (upload, call) => show(`abortUpload of ${upload.key}`, () => driver.abortUpload(upload, call)),
    headBucket: (call) => show('headBucket', () => driver.headBucket(call)),
    createBucket: (call) => show('createBucket', () => driver.createBucket(call)),
    deleteBucket: (call) => show('deleteBucket', () => driver.deleteBucket(call)),
    ...(perform === undefined ? {} : {
      perform: (request, call) => show(`${request.api} ${request.key ?? request.bucket ?? ''}`.trim(), () => perform(request, call)),
    }),
    close: () => driver.close(),
  }
}

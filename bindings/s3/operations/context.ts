// What an operation of a script is made with: the driver, the run's prefix, and what the run may change.
import { invalid } from '../../sdk/arguments.ts'
import type { Call, Json, JsonObject, Outcome } from '../../sdk/index.ts'
import { refuseApi } from '../abilities.ts'
import type { S3Driver } from '../driver.ts'
import type { Facts } from '../facts.ts'
import type { S3Settings } from '../settings.ts'
import type { ApiFacts, ApiRequest } from './api.ts'

export interface OperationContext {
  readonly driver: S3Driver
  /** The same driver for another bucket, by its whole name. Throws StorageError('unsupported') where there is none. */
  readonly driverIn: (bucket: string) => S3Driver
  readonly driverName: string
  readonly settings: S3Settings
  readonly prefix: string
  readonly seed: number
  /** True when the run made the target's bucket. */
  readonly madeBucket: boolean
}

/** One operation of a script: checks its arguments, does it, and tells what the script gets. */
export type ScriptOperation = (context: OperationContext, args: readonly Json[], call: Call) => Promise<Outcome>

/** An outcome with what every answer tells; `reply` gets the status, the bytes and the tag as well. */
export function outcomeOf(facts: Facts, endpoint: string, sent: boolean, more: JsonObject | undefined, verified = false): Outcome {
  const { status, bytes, etag, requestId, wireIn, wireOut } = facts
  const reply: Record<string, Json | undefined> = { status, bytes }
  if (etag !== undefined) reply['etag'] = etag
  if (requestId !== undefined) reply['requestId'] = requestId
  if (more !== undefined) Object.assign(reply, more)
  return { reply, endpoint, bytesIn: sent ? 0 : bytes, bytesOut: sent ? bytes : 0, wireIn, wireOut, requestId, verified }
}

/** Has the driver do an operation of the S3 API. Throws StorageError('unsupported') for a driver that can't. */
export function perform({ driver, driverName }: OperationContext, op: string, request: ApiRequest, call: Call): Promise<ApiFacts> {
  refuseApi(driverName, op, request)
  if (driver.perform === undefined) throw new TypeError(`the ${driverName} driver is said to have ${request.api}`)
  return driver.perform(request, call)
}

/** Throws StorageError('invalid') where an operation could change what the run did not make. */
export function mayWrite(op: string, { settings: { bucket, allowOverwrite }, prefix, madeBucket }: OperationContext): void {
  if (prefix === '' && !madeBucket && !allowOverwrite.includes(bucket)) {
    throw invalid(
      `${op}: without a prefix this could change what the run did not make; allow it by allow_overwrite: [${bucket}] in the targets file`)
  }
}

/** The same for what is true of a whole bucket: only one the run made, or one that is allowed. */
export function mayConfigure(op: string, context: OperationContext, name: string | undefined): void {
  const { settings: { bucket, allowOverwrite }, madeBucket } = context
  if (name !== undefined || madeBucket || allowOverwrite.includes(bucket)) return
  throw invalid(`${op}: this is true of all of bucket ${bucket}, which the run did not make: name a bucket of the run's own ` +
    `({ bucket: 'name' }, after createBucket('name')), or allow it by allow_overwrite: [${bucket}] in the targets file`)
}

// A whole multipart upload: begun, its parts sent several at a time, completed; aborted where something fails. Each step is measured.
import {
  StorageError, type Call, type Content, type Json, type JsonObject, type Outcome,
} from '../../sdk/index.ts'
import { SizeError, parseSize } from '../../sdk/size.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { OBJECT_BYTES_MAX, PUT_BYTES_MAX, contentOf, keyOf } from '../arguments.ts'
import type { ApiFacts, ApiRequest } from './api.ts'
import { mayWrite, outcomeOf, perform, type OperationContext, type ScriptOperation } from './context.ts'
import { CREATE_OPTIONS, PARTS_MAX, checksumMembers, partParams } from './multipart.ts'
import { declared, requestOptions, type RequestOptions } from './options.ts'
import { shownFields, textIn } from './reply.ts'
import { sliceOf } from '../slice.ts'

const DEFAULTS = { partBytes: 8 * 1024 ** 2, concurrency: 4 } as const
const CONCURRENCY_MAX = 64
const CONDITIONS = ['ifMatch', 'ifNoneMatch'] as const
const OPTIONS = [...CREATE_OPTIONS, ...CONDITIONS, 'partSize', 'partSizes', 'concurrency', 'abort'] as const

function sizeOf(value: Json): number {
  try {
    return parseSize(value)
  } catch (error) {
    if (error instanceof SizeError) throw invalid(`upload: partSize: ${error.message}`)
    throw error
  }
}

/** Where each part begins and ends: parts of one size and a rest, or the sizes given, which must add up. */
export function partsOf(
  sizeBytes: number, partSize: Json | undefined, partSizes: Json | undefined,
): readonly (readonly [from: number, to: number])[] {
  const sizes = partSizes === undefined ? undefined : Array.isArray(partSizes) ? partSizes.map((size: Json) => sizeOf(size)) : []
  if (sizes?.length === 0) throw invalid('upload: partSizes must be an array of sizes')
  const each = sizeOf(partSize ?? DEFAULTS.partBytes)
  if (each < 1 || each > PUT_BYTES_MAX) throw invalid('upload: partSize must be 1 byte to 5 GiB')
  const count = sizes?.length ?? Math.max(1, Math.ceil(sizeBytes / each))
  if (count > PARTS_MAX) {
    throw invalid(`upload: ${sizeBytes} bytes in parts of ${each} are ${count} parts, and there can be ${PARTS_MAX}: raise partSize`)
  }
  const parts: (readonly [number, number])[] = []
  let from = 0
  for (let index = 0; index < count; index++) {
    const to = from + (sizes?.[index] ?? Math.min(each, sizeBytes - from))
    parts.push([from, to])
    from = to
  }
  if (from !== sizeBytes) throw invalid(`upload: partSizes add up to ${from} bytes, and the body has ${sizeBytes}`)
  return parts
}

function concurrencyOf(value: Json | undefined): number {
  if (value === undefined) return DEFAULTS.concurrency
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > CONCURRENCY_MAX) {
    throw invalid(`upload: concurrency must be 1 to ${CONCURRENCY_MAX}`)
  }
  return value
}

/** What all steps of one upload share. */
interface Steps { readonly context: OperationContext; readonly call: Call; readonly key: string; readonly options: RequestOptions }

/** One step, measured as the operation of that name, where anybody measures. */
async function step(steps: Steps, op: string, bytes: number, request: Omit<ApiRequest, 'key'>): Promise<ApiFacts> {
  const { context, call, key, options: { bucket } } = steps
  let facts: ApiFacts | undefined
  const run = async (measured: Call): Promise<Outcome> => {
    facts = await perform(context, op, { key, bucket, ...request }, measured)
    return outcomeOf({ ...facts, bytes }, context.settings.endpoint.url, true, undefined)
  }
  await (call.step === undefined ? run(call) : call.step(op, run))
  if (facts === undefined) throw new TypeError('a step that ended well has facts')
  return facts
}

/** Sends all parts, a few at a time. Once one has failed no more are begun; the first failure is thrown when all have ended. */
async function sendParts(
  steps: Steps, uploadId: string, content: Content, parts: readonly (readonly [number, number])[], concurrency: number,
): Promise<readonly JsonObject[]> {
  const { options } = steps
  const sent: JsonObject[] = []
  const failures: unknown[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < parts.length && failures.length === 0; index = next++) {
      const [from, to] = parts[index] ?? [0, 0]
      try {
        const facts = await step(steps, 'uploadPart', to - from, {
          api: 'UploadPart', content: sliceOf(content, from, to),
          checksum: options.checksum,
          params: { ...partParams(options), UploadId: uploadId, PartNumber: index + 1 },
        })
        sent[index] = { PartNumber: index + 1, ETag: facts.etag ?? '', ...checksumMembers(shownFields(facts.fields)) }
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, parts.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return sent
}

/** Drops the parts. What goes wrong with that is counted where it is measured, and must not hide why the upload ended. */
async function abort({ context, call, key, options: { bucket } }: Steps, uploadId: string): Promise<void> {
  const driver = bucket === undefined ? context.driver : context.driverIn(bucket)
  const run = async (measured: Call): Promise<Outcome> =>
    outcomeOf(await driver.abortUpload({ key, uploadId }, measured), context.settings.endpoint.url, false, undefined)
  await (call.step === undefined ? run(call) : call.step('abortUpload', run))
}

async function abortQuietly(steps: Steps, uploadId: string): Promise<void> {
  try {
    await abort(steps, uploadId)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
  }
}

export const upload: ScriptOperation = async (context, [name, body, given], call) => {
  mayWrite('upload', context)
  const key = keyOf('upload', name, context.prefix)
  const all = optionsOf('upload', given, OPTIONS)
  const content = contentOf(body, name as string, context.seed, OBJECT_BYTES_MAX)
  const parts = partsOf(content.sizeBytes, all.partSize, all.partSizes)
  const concurrency = concurrencyOf(all.concurrency)
  if (all.abort !== undefined && typeof all.abort !== 'boolean') throw invalid('upload: abort must be true or false')
  const options = requestOptions('upload', all, CREATE_OPTIONS, context) ?? { params: {} }
  const conditions = requestOptions('upload', all, CONDITIONS, context)?.params ?? {}
  const steps: Steps = { context, call, key, options }
  const created = await step(steps, 'createUpload', 0, {
    api: 'CreateMultipartUpload',
    params: { ...options.params, ...declared(options.checksum) },
  })
  const uploadId = textIn(created.fields, 'UploadId')
  try {
    const sent = await sendParts(steps, uploadId, content, parts, concurrency)
    const reply = { parts: sent.length, uploadId }
    if (all.abort === true) {
      await abort(steps, uploadId)
      return outcomeOf({ status: 204, bytes: content.sizeBytes }, context.settings.endpoint.url, true, reply)
    }
    const facts = await step(steps, 'completeUpload', 0, {
      api: 'CompleteMultipartUpload', document: { Parts: sent }, params: { ...partParams(options), ...conditions, UploadId: uploadId },
    })
    const shown = { ...shownFields(facts.fields), ...reply }
    return outcomeOf({ ...facts, bytes: content.sizeBytes }, context.settings.endpoint.url, true, shown)
  } catch (error) {
    if (error instanceof StorageError && error.code !== 'cancelled') await abortQuietly(steps, uploadId)
    throw error
  }
}

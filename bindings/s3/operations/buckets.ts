// Operations on buckets: those of the run's own, and what the target's bucket, or one of the run's, is told to do.
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { optionalText } from '../arguments.ts'
import { decodeUrl, locationOf } from '../documents.ts'
import type { ApiName, ApiRequest } from './api.ts'
import { mayConfigure, outcomeOf, perform, type OperationContext, type ScriptOperation } from './context.ts'
import { bucketLead, bucketNamed } from './names.ts'
import { aclOf, shownGrants } from './objects.ts'
import { LOCK_MODES, requestOptions, type OptionName } from './options.ts'
import { listIn, shownFields, structureIn, textIn } from './reply.ts'

/** An operation on a bucket of the run's own, by its name. */
const onOwn = (op: string, api: ApiName, names: readonly OptionName[] = []): ScriptOperation => async (context, [name, given], call) => {
  const bucket = bucketNamed(op, name, context)
  const { objectLock, ...own } = optionsOf(op, given, api === 'CreateBucket' ? [...names, 'objectLock'] : names)
  if (objectLock !== undefined && typeof objectLock !== 'boolean') throw invalid(`${op}: objectLock must be true or false`)
  const options = requestOptions(op, own, names, context) ?? { params: {} }
  const place = api === 'CreateBucket' ? locationOf(context.settings.region) : undefined
  const facts = await perform(context, op, {
    ...options, api, bucket, params: { ...options.params, ...(objectLock === true ? { ObjectLockEnabledForBucket: true } : {}) },
    ...(place === undefined ? {} : { document: { LocationConstraint: place } }),
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, shownFields(facts.fields))
}

/** An operation on all of a bucket: the target's, or by `{ bucket }` one of the run's. */
interface OnBucket {
  readonly api: ApiName
  readonly asked?: (value: Json | undefined, context: OperationContext) => Pick<ApiRequest, 'document' | 'params'>
  readonly shown?: (fields: JsonObject) => JsonObject
}

const onBucket = (op: string, { api, asked, shown }: OnBucket): ScriptOperation => async (context, args, call) => {
  const given = optionsOf(op, args[asked === undefined ? 0 : 1], ['bucket', 'anonymous'])
  const options = requestOptions(op, given, ['bucket', 'anonymous'], context)
  if (!op.startsWith('get')) mayConfigure(op, context, options?.bucket)
  const { document, params } = asked?.(args[0], context) ?? {}
  const facts = await perform(context, op, {
    ...options, api, ...(params === undefined ? {} : { params }), ...(document === undefined ? {} : { document }),
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, shown?.(facts.fields))
}

function statusOf(value: Json | undefined): { readonly document: JsonObject } {
  if (value !== 'Enabled' && value !== 'Suspended') throw invalid('putVersioning: it must be \'Enabled\' or \'Suspended\'')
  return { document: { Status: value } }
}

/** A policy, as an object or its JSON text. */
function policyOf(value: Json | undefined): { readonly document: string } {
  if (isJsonObject(value)) return { document: JSON.stringify(value) }
  if (typeof value === 'string' && value !== '') return { document: value }
  throw invalid('putPolicy: the policy must be an object, or its JSON text')
}

/** `[{ id, prefix, expirationDays, … }]`, as the rules of the API. */
function rulesOf(value: Json | undefined, { prefix }: OperationContext): { readonly document: JsonObject } {
  if (!Array.isArray(value) || value.length === 0) throw invalid('putLifecycle: give an array of rules')
  const names = ['id', 'prefix', 'enabled', 'expirationDays', 'noncurrentDays', 'abortUploadDays'] as const
  const days = (name: string, given: Json | undefined): number | undefined => {
    if (given === undefined || (typeof given === 'number' && Number.isInteger(given) && given > 0)) return given
    throw invalid(`putLifecycle: ${name} must be a whole number of days`)
  }
  return {
    document: {
      Rules: value.map((rule: Json, index) => {
        const { id, prefix: below, enabled = true, ...rest } = optionsOf('putLifecycle', rule, names)
        const expiration = days('expirationDays', rest.expirationDays)
        const noncurrent = days('noncurrentDays', rest.noncurrentDays)
        const uploads = days('abortUploadDays', rest.abortUploadDays)
        if (expiration === undefined && noncurrent === undefined && uploads === undefined) {
          throw invalid('putLifecycle: a rule needs expirationDays, noncurrentDays or abortUploadDays')
        }
        return {
          ID: optionalText('putLifecycle', 'id', id) ?? `rule-${index + 1}`,
          Filter: { Prefix: prefix + (optionalText('putLifecycle', 'prefix', below) ?? '') },
          Status: enabled === true ? 'Enabled' : 'Disabled',
          ...(expiration === undefined ? {} : { Expiration: { Days: expiration } }),
          ...(noncurrent === undefined ? {} : { NoncurrentVersionExpiration: { NoncurrentDays: noncurrent } }),
          ...(uploads === undefined ? {} : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploads } }),
        }
      }),
    },
  }
}

/** `'AES256'`, or `{ kmsKeyId }`. */
function encryptionOf(value: Json | undefined): { readonly document: JsonObject } {
  const kms = isJsonObject(value) ? value['kmsKeyId'] : undefined
  if (value !== 'AES256' && typeof kms !== 'string') throw invalid('putEncryption: it must be \'AES256\' or { kmsKeyId }')
  return {
    document: {
      Rules: [{
        ApplyServerSideEncryptionByDefault: typeof kms === 'string' ? { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kms }
          : { SSEAlgorithm: 'AES256' },
      }],
    },
  }
}

/** `{ mode, days }`: what every new object of the bucket is kept by. */
function lockOf(value: Json | undefined): { readonly document: JsonObject } {
  const { mode, days } = isJsonObject(value) ? value : {}
  const known = LOCK_MODES.find((one) => one === mode)
  if (known === undefined || typeof days !== 'number' || !Number.isInteger(days) || days < 1) {
    throw invalid('putLockConfig: it must be { mode: \'GOVERNANCE\' or \'COMPLIANCE\', days }')
  }
  return { document: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: known, Days: days } } } }
}

const shownLock = (fields: JsonObject): JsonObject => {
  // The one configuration with a single rule where others have a list of them.
  const rule = structureIn(fields, 'Rule') ?? listIn(fields, 'Rules')[0]
  const retention = rule && structureIn(rule, 'DefaultRetention')
  return {
    enabled: textIn(fields, 'ObjectLockEnabled') === 'Enabled',
    ...(retention === undefined ? {} : { mode: textIn(retention, 'Mode'), days: Number(textIn(retention, 'Days')) }),
  }
}

const shownRules = (fields: JsonObject): JsonObject =>
  ({ rules: listIn(fields, 'Rules').map((rule) => ({ id: textIn(rule, 'ID'), enabled: textIn(rule, 'Status') === 'Enabled' })) })

const shownEncryption = (fields: JsonObject): JsonObject => {
  const [rule] = listIn(fields, 'Rules')
  return { algorithm: textIn(rule && structureIn(rule, 'ApplyServerSideEncryptionByDefault'), 'SSEAlgorithm') }
}

/** The run's own buckets, by the names scripts call them. */
const listBuckets: ScriptOperation = async (context, _args, call) => {
  const facts = await perform(context, 'listBuckets', { api: 'ListBuckets' }, call)
  const lead = bucketLead(context.prefix)
  const buckets = listIn(facts.fields, 'Buckets').map((bucket) => textIn(bucket, 'Name')).filter((name) => name.startsWith(lead))
  return outcomeOf(facts, context.settings.endpoint.url, false, { buckets: buckets.map((name) => name.slice(lead.length)) })
}

const LIST_V1 = ['prefix', 'maxKeys', 'marker', 'delimiter', 'bucket', 'anonymous'] as const

/** One page of the older listing. */
const listV1: ScriptOperation = async (context, [given], call) => {
  const { prefix: below, maxKeys, marker, delimiter, ...own } = optionsOf('listV1', given, LIST_V1)
  if (maxKeys !== undefined && !(typeof maxKeys === 'number' && Number.isInteger(maxKeys) && maxKeys >= 1 && maxKeys <= 1000)) {
    throw invalid('listV1: maxKeys must be a whole number from 1 to 1000')
  }
  const [from, cut] = [optionalText('listV1', 'marker', marker), optionalText('listV1', 'delimiter', delimiter)]
  const { params: _none, ...options } = requestOptions('listV1', own, ['bucket', 'anonymous'], context) ?? { params: {} }
  const facts = await perform(context, 'listV1', {
    ...options, api: 'ListObjects',
    params: {
      Prefix: context.prefix + (optionalText('listV1', 'prefix', below) ?? ''), EncodingType: 'url',
      ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }), ...(from === undefined ? {} : { Marker: context.prefix + from }),
      ...(cut === undefined ? {} : { Delimiter: cut }),
    },
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, listedPage(facts.fields, context.prefix.length))
}

/** Objects, common prefixes, and the marker of the next page: the last name of this one where the store leaves it out. */
function listedPage(fields: JsonObject, cut: number): JsonObject {
  const plain = textIn(fields, 'EncodingType') === 'url' ? decodeUrl : (text: string) => text
  const own = (text: string): string => plain(text).slice(cut)
  const objects = listIn(fields, 'Contents').map((one) => ({
    key: own(textIn(one, 'Key')), sizeBytes: Number(textIn(one, 'Size')), etag: textIn(one, 'ETag'),
    lastModified: textIn(one, 'LastModified'),
  }))
  const commonPrefixes = listIn(fields, 'CommonPrefixes').map((one) => own(textIn(one, 'Prefix')))
  if (textIn(fields, 'IsTruncated') !== 'true') return { objects, commonPrefixes }
  const named = textIn(fields, 'NextMarker')
  const last = [objects.at(-1)?.key ?? '', commonPrefixes.at(-1) ?? '']
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).at(-1)
  return { objects, commonPrefixes, marker: named === '' ? last ?? '' : own(named) }
}

export const BUCKET_OPERATIONS = {
  listV1,
  listBuckets,
  createBucket: onOwn('createBucket', 'CreateBucket', ['acl']),
  headBucket: onOwn('headBucket', 'HeadBucket', ['anonymous']),
  deleteBucket: onOwn('deleteBucket', 'DeleteBucket'),
  getVersioning: onBucket('getVersioning', {
    api: 'GetBucketVersioning', shown: (fields) => ({ versioning: textIn(fields, 'Status') || 'Off' }),
  }),
  putVersioning: onBucket('putVersioning', { api: 'PutBucketVersioning', asked: statusOf }),
  getBucketAcl: onBucket('getBucketAcl', { api: 'GetBucketAcl', shown: shownGrants }),
  putBucketAcl: onBucket('putBucketAcl', { api: 'PutBucketAcl', asked: (value) => aclOf('putBucketAcl', value) }),
  getPolicy: onBucket('getPolicy', { api: 'GetBucketPolicy', shown: (fields) => ({ policy: textIn(fields, 'Text') }) }),
  putPolicy: onBucket('putPolicy', { api: 'PutBucketPolicy', asked: policyOf }),
  deletePolicy: onBucket('deletePolicy', { api: 'DeleteBucketPolicy' }),
  getLifecycle: onBucket('getLifecycle', { api: 'GetBucketLifecycleConfiguration', shown: shownRules }),
  putLifecycle: onBucket('putLifecycle', { api: 'PutBucketLifecycleConfiguration', asked: rulesOf }),
  deleteLifecycle: onBucket('deleteLifecycle', { api: 'DeleteBucketLifecycle' }),
  getEncryption: onBucket('getEncryption', { api: 'GetBucketEncryption', shown: shownEncryption }),
  putEncryption: onBucket('putEncryption', { api: 'PutBucketEncryption', asked: encryptionOf }),
  deleteEncryption: onBucket('deleteEncryption', { api: 'DeleteBucketEncryption' }),
  getLockConfig: onBucket('getLockConfig', { api: 'GetObjectLockConfiguration', shown: shownLock }),
  putLockConfig: onBucket('putLockConfig', { api: 'PutObjectLockConfiguration', asked: lockOf }),
} as const satisfies Readonly<Record<string, ScriptOperation>>

// Operations on one object: copying, appending, its tags, its access list, its locks.
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { contentOf, keyOf, optionalText } from '../arguments.ts'
import { encodeKey, encodeValue } from '../canonical.ts'
import type { ApiName, ApiRequest } from './api.ts'
import { mayWrite, outcomeOf, perform, type OperationContext, type ScriptOperation } from './context.ts'
import { bucketNamed } from './names.ts'
import { CANNED_ACLS, KEPT_OPTIONS, declared, requestOptions, retentionOf, tagsOf, type OptionName } from './options.ts'
import { listIn, shownFields, structureIn, textIn } from './reply.ts'

/** What is copied: a key of the run's, or `{ key, versionId, existing, bucket }`. Without `existing` its key is below the prefix. */
export function copySourceOf(op: string, value: Json | undefined, context: OperationContext): string {
  const from = isJsonObject(value) ? value : { key: value }
  const { key: name, versionId, existing, bucket } = optionsOf(op, from, ['key', 'versionId', 'existing', 'bucket'])
  const key = keyOf(op, name, existing === true ? '' : context.prefix)
  const place = bucket === undefined ? context.settings.bucket : existing === true ? optionalText(op, 'bucket', bucket) ?? ''
    : bucketNamed(op, bucket, context)
  const version = optionalText(op, 'versionId', versionId)
  return `${encodeKey(place)}/${encodeKey(key)}${version === undefined ? '' : `?versionId=${encodeValue(version)}`}`
}

export const SOURCE_OPTIONS = ['sourceSse', 'sourceIfMatch', 'sourceIfNoneMatch', 'bucket', 'details'] as const
const COPY_OPTIONS = [
  ...KEPT_OPTIONS, ...SOURCE_OPTIONS, 'contentType', 'metadata', 'checksum', 'ifMatch', 'ifNoneMatch',
] as const satisfies readonly OptionName[]
/** What, given to a copy, takes the place of the source's. */
const REPLACING: readonly OptionName[] =
  ['contentType', 'metadata', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage']

const copy: ScriptOperation = async (context, [from, to, given], call) => {
  mayWrite('copy', context)
  const key = keyOf('copy', to, context.prefix)
  const options = optionsOf('copy', given, COPY_OPTIONS)
  const { params, checksum, bucket } = requestOptions('copy', options, COPY_OPTIONS, context) ?? { params: {} }
  const facts = await perform(context, 'copy', {
    api: 'CopyObject', key, bucket,
    params: {
      ...params, CopySource: copySourceOf('copy', from, context),
      ...declared(checksum),
      ...(REPLACING.some((name) => name in options) ? { MetadataDirective: 'REPLACE' } : {}),
      ...('tagging' in options ? { TaggingDirective: 'REPLACE' } : {}),
    },
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, shownFields(facts.fields))
}

const APPEND_OPTIONS = ['position', 'contentType', 'metadata', ...KEPT_OPTIONS, 'bucket', 'details'] as const

/** Puts bytes behind those an object has; `position` is how many it has, 0 makes it. */
const append: ScriptOperation = async (context, [name, body, given], call) => {
  mayWrite('append', context)
  const key = keyOf('append', name, context.prefix)
  const { position = 0, ...options } = optionsOf('append', given, APPEND_OPTIONS)
  if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0) {
    throw invalid('append: position must be the object\'s size so far, 0 for a new one')
  }
  const names = APPEND_OPTIONS.filter((option) => option !== 'position')
  const { params, bucket } = requestOptions('append', options, names, context) ?? { params: {} }
  const facts = await perform(context, 'append', {
    api: 'AppendObject', key, content: contentOf(body, name as string, context.seed), bucket,
    params: { ...params, AppendPosition: position },
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, true, shownFields(facts.fields))
}

/** What stands for itself: an operation on a key, with a document or parameters made of its second argument, and what is shown of it. */
interface OnObject {
  readonly api: ApiName
  readonly names: readonly OptionName[]
  /** True for one that changes nothing: it may be about an object that was there before. */
  readonly reads?: boolean
  readonly asked?: (value: Json | undefined) => Pick<ApiRequest, 'document' | 'params'>
  readonly shown?: (fields: JsonObject) => JsonObject
}

const onObject = (op: string, { api, names, reads = false, asked, shown }: OnObject): ScriptOperation => async (context, args, call) => {
  if (!reads) mayWrite(op, context)
  const given = args[asked === undefined ? 1 : 2]
  const options = optionsOf(op, given, reads ? [...names, 'existing'] : names)
  const key = keyOf(op, args[0], 'existing' in options && options.existing === true ? '' : context.prefix)
  const { params, ...rest } = requestOptions(op, options, names, context) ?? { params: {} }
  const { document, params: more } = asked?.(args[1]) ?? {}
  const facts = await perform(context, op, {
    api, key, ...rest, params: { ...params, ...more }, document,
  }, call)
  return outcomeOf(facts, context.settings.endpoint.url, false, { ...shownFields(facts.fields), ...shown?.(facts.fields) })
}

export const shownGrants = (fields: JsonObject): JsonObject => ({
  grants: listIn(fields, 'Grants').map((grant) => {
    const grantee = structureIn(grant, 'Grantee')
    return {
      grantee: textIn(grantee, 'URI') || textIn(grantee, 'ID') || textIn(grantee, 'EmailAddress'), permission: textIn(grant, 'Permission'),
    }
  }),
})

const shownTags = (fields: JsonObject): JsonObject =>
  ({ tagging: Object.fromEntries(listIn(fields, 'TagSet').map((tag) => [textIn(tag, 'Key'), textIn(tag, 'Value')])) })

/** The parameter of a canned access list. */
export function aclOf(op: string, value: Json | undefined): { readonly params: { readonly ACL: string } } {
  const acl = CANNED_ACLS.find((known) => known === value)
  if (acl === undefined) throw invalid(`${op}: the ACL must be one of ${CANNED_ACLS.join(', ')}`)
  return { params: { ACL: acl } }
}

function holdOf(value: Json | undefined): { readonly document: JsonObject } {
  if (typeof value !== 'boolean') throw invalid('putLegalHold: the hold must be true or false')
  return { document: { Status: value ? 'ON' : 'OFF' } }
}

const who = ['bucket', 'anonymous', 'details'] as const
const version = ['versionId', ...who] as const

export const OBJECT_OPERATIONS = {
  copy,
  append,
  getTags: onObject('getTags', { api: 'GetObjectTagging', names: version, reads: true, shown: shownTags }),
  putTags: onObject('putTags', {
    api: 'PutObjectTagging', names: version,
    asked: (value) => ({ document: { TagSet: Object.entries(tagsOf('putTags', value)).map(([Key, Value]) => ({ Key, Value })) } }),
  }),
  deleteTags: onObject('deleteTags', { api: 'DeleteObjectTagging', names: version }),
  getAcl: onObject('getAcl', { api: 'GetObjectAcl', names: version, reads: true, shown: shownGrants }),
  putAcl: onObject('putAcl', { api: 'PutObjectAcl', names: version, asked: (value) => aclOf('putAcl', value) }),
  getRetention: onObject('getRetention', {
    api: 'GetObjectRetention', names: version, reads: true,
    shown: (fields) => ({ retention: { mode: textIn(fields, 'Mode'), until: textIn(fields, 'RetainUntilDate') } }),
  }),
  putRetention: onObject('putRetention', {
    api: 'PutObjectRetention', names: [...version, 'bypassGovernance'],
    asked(value) {
      const { mode, until } = retentionOf('putRetention', value)
      return { document: { Mode: mode, RetainUntilDate: until } }
    },
  }),
  getLegalHold: onObject('getLegalHold', {
    api: 'GetObjectLegalHold', names: version, reads: true, shown: (fields) => ({ legalHold: textIn(fields, 'Status') === 'ON' }),
  }),
  putLegalHold: onObject('putLegalHold', { api: 'PutObjectLegalHold', names: version, asked: holdOf }),
} as const satisfies Readonly<Record<string, ScriptOperation>>

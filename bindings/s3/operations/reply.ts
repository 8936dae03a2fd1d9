// What an answer of the S3 API is to a script: its members by the names scripts use.
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'
import type { ApiFacts } from './api.ts'

/** What every answer tells by itself, or tells of the request: not repeated. */
const LEFT_OUT: ReadonlySet<string> = new Set(['ETag', 'Bucket', 'Key', 'ContentType', 'LastModified', 'ContentRange'])

/** A member's name as scripts write names: `VersionId` is `versionId`, `ChecksumCRC32C` is `checksumCRC32C`. */
const nameOf = (member: string): string =>
  member.startsWith('SSE') ? `sse${member.slice(3)}` : member.charAt(0).toLowerCase() + member.slice(1)

const NUMBERS: ReadonlySet<string> = new Set(['TagCount', 'NextAppendPosition', 'PartsCount'])
const valueOf = (member: string, text: string): Json =>
  NUMBERS.has(member) ? Number(text) : member === 'DeleteMarker' ? text === 'true' : text

/** The texts at the top of an answer, as members of a reply: `{ versionId, serverSideEncryption, … }`. */
export function shownFields(fields: JsonObject): JsonObject {
  const shown: Record<string, Json> = {}
  for (const [member, value] of Object.entries(fields)) {
    if (typeof value === 'string' && !LEFT_OUT.has(member)) shown[nameOf(member)] = valueOf(member, value)
  }
  return shown
}

/** A list of an answer's document, its items' texts by member. */
export function listIn(fields: JsonObject, member: string): readonly JsonObject[] {
  const list = fields[member]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** A text of a structure; '' where there is none. */
export function textIn(structure: JsonObject | undefined, member: string): string {
  const value = structure?.[member]
  return typeof value === 'string' ? value : ''
}

export const structureIn = (structure: JsonObject, member: string): JsonObject | undefined => {
  const value = structure[member]
  return isJsonObject(value) ? value : undefined
}

/** The facts of a head in the form of the narrow driver interface. */
export const headOf = ({ fields, contentLength, metadata, ...facts }: ApiFacts) => ({
  ...facts, sizeBytes: contentLength, metadata,
  contentType: textIn(fields, 'ContentType') || undefined, lastModified: textIn(fields, 'LastModified') || undefined,
})

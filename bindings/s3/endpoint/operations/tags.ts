// Tags: in the x-amz-tagging header, as XML, and what S3 lets them be.
import { S3Error } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Tag } from '../store/objects.ts'
import { childText, readXml } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'

export const OBJECT_TAGS_MAX = 10
export const BUCKET_TAGS_MAX = 50
const KEY_MAX_CHARS = 128
const VALUE_MAX_CHARS = 256
const CHARS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Counted as S3 does: by code point. */
const charsOf = (text: string): number => Array.from(text).length

/** @throws S3Error BadRequest for too many; InvalidTag for one that S3 does not take, and for two of one key. */
function checked(tags: readonly Tag[], max: number): readonly Tag[] {
  if (tags.length > max) throw new S3Error('BadRequest', `There can be at most ${max} tags.`)
  const keys = new Set<string>()
  for (const { key, value } of tags) {
    const refuse = (what: string): never => { throw new S3Error('InvalidTag', what, { TagKey: key, TagValue: value }) }
    const fits = (text: string, maxChars: number): boolean => charsOf(text) <= maxChars && CHARS.test(text)
    if (key === '' || !fits(key, KEY_MAX_CHARS)) refuse('The key of a tag is 1 to 128 letters, digits, spaces or _.:/=+-@.')
    if (!fits(value, VALUE_MAX_CHARS)) refuse('The value of a tag is at most 256 letters, digits, spaces or _.:/=+-@.')
    if (key.toLowerCase().startsWith('aws:')) refuse('Keys of tags that begin with aws: are S3\'s own.')
    if (keys.has(key)) refuse('Each tag needs a key of its own.')
    keys.add(key)
  }
  return tags
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    throw new S3Error('InvalidArgument', 'x-amz-tagging must be key=value&…, percent-encoded UTF-8.', { ArgumentName: 'x-amz-tagging' })
  }
}

/** The tags of x-amz-tagging; none without it. @throws S3Error InvalidArgument, BadRequest, InvalidTag. */
export function headerTags(x: Exchange): readonly Tag[] {
  const header = x.header('x-amz-tagging')
  if (header === undefined || header === '') return []
  return checked(header.split('&').map((pair) => {
    const equals = pair.indexOf('=')
    return { key: decoded(equals < 0 ? pair : pair.slice(0, equals)), value: equals < 0 ? '' : decoded(pair.slice(equals + 1)) }
  }), OBJECT_TAGS_MAX)
}

/** The tags of a Tagging document. @throws S3Error MalformedXML, BadRequest, InvalidTag. */
export function documentTags(xml: string, max: number): readonly Tag[] {
  const root = readXml(xml)
  const set = root.children.find(({ name }) => name === 'TagSet')
  if (root.name !== 'Tagging' || set === undefined) throw new S3Error('MalformedXML', 'The body must be a Tagging document with a TagSet.')
  return checked(set.children.map((tag) => {
    const [key, value] = [childText(tag, 'Key'), childText(tag, 'Value')]
    if (tag.name !== 'Tag' || key === undefined || value === undefined) {
      throw new S3Error('MalformedXML', 'Every Tag needs a Key and a Value.')
    }
    return { key, value }
  }), max)
}

export const tagsDocument = (tags: readonly Tag[]): string => s3Document('Tagging',
  node('TagSet', ...tags.map(({ key, value }) => node('Tag', leaf('Key', key), leaf('Value', value)))))

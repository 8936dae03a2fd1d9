// Documents of the S3 API as structures in the API's own names, and as XML: SDKs show lists where the XML repeats elements.
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'
import { escapeXml, parseXml, XmlError, type XmlElement } from '../xml.ts'

/** Lists by their member: the element each item has, and the one around them all where there is one. */
const LISTS: Readonly<Record<string, { readonly item: string; readonly around?: string }>> = {
  TagSet: { item: 'Tag', around: 'TagSet' }, Grants: { item: 'Grant', around: 'AccessControlList' },
  Buckets: { item: 'Bucket', around: 'Buckets' }, Parts: { item: 'Part' }, Rules: { item: 'Rule' }, Contents: { item: 'Contents' },
  CommonPrefixes: { item: 'CommonPrefixes' }, Transitions: { item: 'Transition' },
  NoncurrentVersionTransitions: { item: 'NoncurrentVersionTransition' }, Tags: { item: 'Tag' },
}
const entries = Object.entries(LISTS).map(([member, { item, around }]) => ({ member, item, around }))
const BY_AROUND = new Map(entries.flatMap(({ member, item, around }) => around === undefined ? [] : [[around, { member, item }] as const]))
const BY_ITEM = new Map(entries.filter(({ around }) => around === undefined).map(({ member, item }) => [item, member] as const))

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/'

function elementOf(name: string, value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  const list = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => elementOf(list?.item ?? name, item)).join('')
    return list?.around === undefined ? items : `<${list.around}>${items}</${list.around}>`
  }
  return `<${name}>${typeof value === 'object' ? membersOf(value as JsonObject) : escapeXml(String(value))}</${name}>`
}

const membersOf = (structure: JsonObject): string => Object.entries(structure).map(([name, value]) => elementOf(name, value)).join('')

/** The document with this root element. */
export const writeDocument = (element: string, structure: JsonObject): string =>
  `<?xml version="1.0" encoding="UTF-8"?><${element} xmlns="${NAMESPACE}">${membersOf(structure)}</${element}>`

function structureOf(element: XmlElement): Json {
  if (element.children.length === 0) return element.text
  const structure: Record<string, Json> = {}
  for (const child of element.children) {
    const around = BY_AROUND.get(child.name)
    const member = BY_ITEM.get(child.name)
    if (around !== undefined) structure[around.member] = child.children.filter(({ name }) => name === around.item).map(structureOf)
    else if (member === undefined) structure[child.name] = structureOf(child)
    else {
      const list = structure[member]
      const value = structureOf(child)
      if (Array.isArray(list)) list.push(value)
      else structure[member] = [value]
    }
  }
  return structure
}

/** The document's structure, every value a text. Throws XmlError for one that is none or has another root element. */
export function readDocument(text: string, element: string): JsonObject {
  const root = parseXml(text)
  if (root.name !== element) throw new XmlError(`<${root.name.slice(0, 40)}> instead of <${element}>`)
  const structure = structureOf(root)
  return isJsonObject(structure) ? structure : {}
}

// What the rbd program answers in JSON, as the facts a driver tells.
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/index.ts'
import type { ImageInfo, SnapshotInfo } from '../../driver.ts'

const text = (value: Json | undefined): string => typeof value === 'string' ? value : ''
const number = (value: Json | undefined): number => typeof value === 'number' ? value : 0
const isObject = (value: unknown): value is JsonObject => isJsonObject(value)
const objects = (value: unknown): JsonObject[] => Array.isArray(value) ? (value as Json[]).filter((one) => isJsonObject(one)) : []

/** Of `rbd ls`. */
export const namesIn = (answer: unknown): string[] =>
  Array.isArray(answer) ? (answer as Json[]).filter((name): name is string => typeof name === 'string').sort() : []

/** Of `rbd info`. */
export function infoIn(answer: unknown): ImageInfo {
  const info: JsonObject = isObject(answer) ? answer : {}
  const { features, parent, data_pool: dataPool, stripe_unit: unit, stripe_count: count } = info
  return {
    sizeBytes: number(info['size']), objectBytes: number(info['object_size']), features: namesIn(features),
    ...(dataPool === undefined ? {} : { dataPool: text(dataPool) }),
    ...(unit === undefined ? {} : { stripeUnitBytes: number(unit), stripeCount: number(count) }),
    ...(isJsonObject(parent) ? { parent: { image: text(parent['image']), snapshot: text(parent['snapshot']) } } : {}),
  }
}

/** Of `rbd snap ls`. */
export const snapshotsIn = (answer: unknown): SnapshotInfo[] => objects(answer).map((one) =>
  ({ name: text(one['name']), sizeBytes: number(one['size']), protected: one['protected'] === 'true' || one['protected'] === true }))

/** Of `rbd config image ls`: those of these names. */
export const optionsIn = (answer: unknown, names: ReadonlySet<string>): Record<string, string> =>
  Object.fromEntries(objects(answer).map((one) => [text(one['name']), text(one['value'])] as const).filter(([name]) => names.has(name)))

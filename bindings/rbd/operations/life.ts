// The life of images: made, opened, resized, cloned, copied, removed.
import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts'
import { invalid, optionsOf } from '../../sdk/arguments.ts'
import { bytesOf, imagePrefix, optionalBytes, optionalText, snapshotName, wholeOf, yesOf } from '../arguments.ts'
import { CACHE_POLICIES, type CreateRequest, type ImageInfo } from '../driver.ts'
import { Handle } from '../handle.ts'
import { changedImage, imageOf, outcomeOf, type NamedImage, type OperationContext, type ScriptOperation } from './context.ts'

const LAYOUT_OPTIONS = ['order', 'objectSize', 'stripeUnit', 'stripeCount', 'features', 'dataPool'] as const
const OBJECT_BYTES = [4096, 32 * 1024 ** 2] as const

/** How an image is laid out; what isn't said the storage decides. */
function layoutOf(op: string, options: JsonObject, dataPool: string | undefined): Omit<CreateRequest, 'name' | 'sizeBytes'> {
  const { order, objectSize, stripeCount, features } = options
  if (order !== undefined && objectSize !== undefined) throw invalid(`${op}: give order or objectSize, not both`)
  const objectBytes = order === undefined ? optionalBytes(op, 'objectSize', objectSize) : 2 ** wholeOf(op, 'order', order, 12, 25)
  if (objectBytes !== undefined && (objectBytes < OBJECT_BYTES[0] || objectBytes > OBJECT_BYTES[1] || Math.log2(objectBytes) % 1 !== 0)) {
    throw invalid(`${op}: objectSize must be a power of two from 4KiB to 32MiB`)
  }
  if (features !== undefined && !(Array.isArray(features) && features.every((one) => typeof one === 'string'))) {
    throw invalid(`${op}: features must be a list of names, such as ['layering', 'exclusive-lock']`)
  }
  return {
    objectBytes, stripeUnitBytes: optionalBytes(op, 'stripeUnit', options['stripeUnit']),
    stripeCount: stripeCount === undefined ? undefined : wholeOf(op, 'stripeCount', stripeCount, 1, 1024),
    features,
    dataPool: optionalText(op, 'dataPool', options['dataPool']) ?? dataPool,
  }
}

const create: ScriptOperation = async (context, [name, given], call) => {
  const { size, ...layout } = optionsOf('create', given, ['size', ...LAYOUT_OPTIONS])
  const image = changedImage('create', name, false, context)
  const sizeBytes = bytesOf('create', 'size', size)
  if (sizeBytes === 0) throw invalid('create: size must be above 0')
  await context.driver.create({ name: image.name, sizeBytes, ...layoutOf('create', layout, context.settings.dataPool) }, call)
  context.images.forget(image.name)
  return outcomeOf({ name: image.shown, sizeBytes })
}

const remove: ScriptOperation = async (context, [name, given], call) => {
  const { existing } = optionsOf('remove', given, ['existing'])
  const image = changedImage('remove', name, yesOf('remove', 'existing', existing), context)
  await context.driver.remove(image.name, call)
  context.images.forget(image.name)
  return outcomeOf({})
}

const resize: ScriptOperation = async (context, [name, size, given], call) => {
  const { existing, allowShrink } = optionsOf('resize', given, ['existing', 'allowShrink'])
  const image = changedImage('resize', name, yesOf('resize', 'existing', existing), context)
  const sizeBytes = bytesOf('resize', 'size', size)
  const shrinks = yesOf('resize', 'allowShrink', allowShrink)
  await context.driver.resize(image.name, sizeBytes, shrinks, call)
  if (shrinks) context.images.ledgerOf(image.name).forget()
  return outcomeOf({ sizeBytes })
}

const list: ScriptOperation = async ({ driver, prefix }, _args, call) => {
  const below = imagePrefix(prefix)
  const names = await driver.list(call)
  return outcomeOf({ images: names.filter((name) => name.startsWith(below)).map((name) => name.slice(below.length)) })
}

/** Names below the run's prefix as scripts know them. */
const shownInfo = ({ parent, ...info }: ImageInfo, prefix: string): JsonObject => {
  const below = imagePrefix(prefix)
  const json = JSON.parse(JSON.stringify(info)) as JsonObject
  if (parent === undefined) return json
  const image = parent.image.startsWith(below) ? parent.image.slice(below.length) : parent.image
  return { ...json, parent: { image, snapshot: parent.snapshot } }
}

const info: ScriptOperation = async (context, [name, given], call) => {
  const { existing } = optionsOf('info', given, ['existing'])
  const image = imageOf('info', name, yesOf('info', 'existing', existing), context)
  return outcomeOf(shownInfo(await context.driver.info(image.name, call), context.prefix))
}

/** `'image@snapshot'`, or `{ image, snapshot, existing }`. */
function sourceOf(op: string, value: Json | undefined, context: OperationContext): { image: NamedImage; snapshot: string | undefined } {
  if (typeof value === 'string') {
    const at = value.indexOf('@')
    const image = imageOf(op, at < 0 ? value : value.slice(0, at), false, context)
    return { image, snapshot: at < 0 ? undefined : snapshotName(op, value.slice(at + 1)) }
  }
  if (!isJsonObject(value)) throw invalid(`${op}: name what it is from: 'image@snapshot'`)
  const { image, snapshot, existing } = optionsOf(op, value, ['image', 'snapshot', 'existing'])
  return {
    image: imageOf(op, image, yesOf(op, 'existing', existing), context),
    snapshot: snapshot === undefined ? undefined : snapshotName(op, snapshot),
  }
}

const clone: ScriptOperation = async (context, [from, name, given], call) => {
  const { image, snapshot } = sourceOf('clone', from, context)
  if (snapshot === undefined) throw invalid('clone: a clone is of a snapshot: \'image@snapshot\'')
  const target = changedImage('clone', name, false, context)
  const layout = layoutOf('clone', optionsOf('clone', given, LAYOUT_OPTIONS), context.settings.dataPool)
  await context.driver.clone({ parent: { image: image.name, snapshot }, name: target.name, ...layout }, call)
  context.images.forget(target.name)
  context.images.descends(target.name, image.name, image.shown)
  return outcomeOf({ name: target.shown })
}

const flatten: ScriptOperation = async (context, [name], call) => {
  await context.driver.flatten(changedImage('flatten', name, false, context).name, call)
  return outcomeOf({})
}

const copy: ScriptOperation = async (context, [from, name], call) => {
  const { image, snapshot } = sourceOf('copy', from, context)
  const target = changedImage('copy', name, false, context)
  await context.driver.copy({ image: image.name, snapshot }, target.name, call)
  context.images.forget(target.name)
  context.images.descends(target.name, image.name, image.shown)
  return outcomeOf({ name: target.shown })
}

const OPEN_OPTIONS = ['snapshot', 'readOnly', 'exclusive', 'cache', 'existing', 'origin'] as const

const open: ScriptOperation = async (context, [name, given], call) => {
  const options = optionsOf('open', given, OPEN_OPTIONS)
  const named = imageOf('open', name, yesOf('open', 'existing', options.existing), context)
  const { driver, images, seed, writer, verify } = context
  const snapshot = options.snapshot === undefined ? undefined : snapshotName('open', options.snapshot)
  const asked = yesOf('open', 'readOnly', options.readOnly)
  const cache = CACHE_POLICIES.find((policy) => policy === options.cache)
  if (options.cache !== undefined && cache === undefined) throw invalid(`open: cache must be ${CACHE_POLICIES.join(', ')}`)
  const origin = optionalText('open', 'origin', options.origin)
  const readOnly = snapshot !== undefined ? 'a snapshot is read-only' : asked ? `image ${named.name} is open for reading` : named.readOnly
  const image = await driver.open({
    name: named.name, snapshot, readOnly: readOnly !== undefined, exclusive: yesOf('open', 'exclusive', options.exclusive), cache,
  }, call)
  const ledger = images.ledgerOf(snapshot === undefined ? named.name : `${named.name}@${snapshot}`)
  if (verify === true) ledger.active = true
  const handle = new Handle({
    image, name: named.shown, own: named.own, readOnly, seed, writer, ledger, checksFronts: verify !== false,
    origins: [...origin === undefined ? [] : [origin], ...images.originsOf(named.name)],
  })
  try {
    const id = images.add(handle, call)
    return outcomeOf({ handle: id, name: named.shown, sizeBytes: image.sizeBytes, options: image.options })
  } catch (error) {
    await image.close(call)
    throw error
  }
}

const close: ScriptOperation = async ({ images }, [id], call) => {
  await images.close(id, call)
  return outcomeOf({})
}

const imageInfo: ScriptOperation = async ({ images, prefix }, [id], call) => {
  const { image } = images.get('info', id)
  return outcomeOf(shownInfo(await image.info(call), prefix))
}

export const LIFE = { create, remove, resize, list, info, clone, flatten, copy, open, close, imageInfo }

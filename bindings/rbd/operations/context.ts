// What an operation of a script is made with: the driver, the run's prefix, the images that are open, and what the run may change.
import type { Call, Clock, Json, JsonObject, Outcome } from '../../sdk/index.ts'
import { invalid } from '../../sdk/arguments.ts'
import { existingName, imageName, imagePrefix } from '../arguments.ts'
import type { RbdDriver } from '../driver.ts'
import type { Images } from '../images.ts'
import type { Moments } from '../io/loop.ts'
import type { RbdSettings } from '../settings.ts'

export interface OperationContext {
  readonly driver: RbdDriver
  readonly settings: RbdSettings
  readonly prefix: string
  readonly seed: number
  readonly clock: Clock
  readonly images: Images
  readonly moments: Moments
  /** Which shard this is. */
  readonly writer: number
  /** True: all that is read is checked; false: nothing is but what the script asks for. */
  readonly verify: boolean | undefined
}

/** One operation of a script: checks its arguments, does it, and tells what the script gets. */
export type ScriptOperation = (context: OperationContext, args: readonly Json[], call: Call) => Promise<Outcome>

export const outcomeOf = (reply: JsonObject, bytesIn = 0, bytesOut = 0): Outcome => ({ reply, bytesIn, bytesOut })

/** An image as a script names it. */
export interface NamedImage {
  /** Its whole name in the storage. */
  readonly name: string
  /** As its sectors bear it. */
  readonly shown: string
  /** The run made it. */
  readonly own: boolean
  /** Why it may not be changed; undefined where it may. */
  readonly readOnly: string | undefined
}

/**
 * Of `existing` ones the name is as it is; else it is below the run's prefix. What the run did not make is read-only unless the targets
 * file allows it by name: no typo may destroy a disk. Without a name it is the target's own image.
 */
export function imageOf(op: string, value: Json | undefined, existing: boolean, { prefix, settings }: OperationContext): NamedImage {
  const { image, pool, allowOverwrite } = settings
  const isTargets = value === undefined || value === null
  if (isTargets && image === undefined) throw invalid(`${op}: name an image, or give the target one (image: in the targets file)`)
  const isOther = isTargets || existing
  const name = isOther ? existingName(op, value ?? image) : imageName(op, value, imagePrefix(prefix))
  const own = !isOther && prefix !== ''
  const allowed = own || allowOverwrite.includes(name) || allowOverwrite.includes(pool)
  return {
    name, own, shown: isOther || typeof value !== 'string' ? name : value,
    readOnly: allowed ? undefined : `the run did not make image ${name}; allow it by allow_overwrite: [${name}] in the targets file`,
  }
}

/** The same of one that is to be changed. */
export function changedImage(op: string, value: Json | undefined, existing: boolean, context: OperationContext): NamedImage {
  const image = imageOf(op, value, existing, context)
  if (image.readOnly !== undefined) throw invalid(`${op}: ${image.readOnly}`)
  return image
}

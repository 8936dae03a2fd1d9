// The options a new image or clone is made with, as librbd takes them.
import type { CreateRequest } from '../../driver.ts'
import { succeeded } from '../errno.ts'
import { bitsOfFeatures } from './features.ts'
import type { Handle } from './functions.ts'
import type { Ceph } from './library.ts'

/** Their numbers in librbd's interface. */
const FEATURES = 1
const ORDER = 2
const STRIPE_UNIT = 3
const STRIPE_COUNT = 4
const DATA_POOL = 10

type Options = Omit<CreateRequest, 'name' | 'sizeBytes'>

/** Makes what `make` is asked to with these options. Throws StorageError for one that librbd refuses. */
export async function creating(
  { rbd }: Ceph, { objectBytes, stripeUnitBytes, stripeCount, features, dataPool }: Options, make: (options: Handle) => Promise<void>,
): Promise<void> {
  const numbers: readonly [number, number | undefined][] = [
    [FEATURES, features === undefined ? undefined : bitsOfFeatures(features)],
    [ORDER, objectBytes === undefined ? undefined : Math.log2(objectBytes)],
    [STRIPE_UNIT, stripeUnitBytes], [STRIPE_COUNT, stripeCount],
  ]
  const made: number[] = [0]
  rbd.optionsCreate(made)
  const options = made[0] ?? 0
  try {
    for (const [option, value] of numbers) {
      if (value !== undefined) succeeded(rbd.optionsNumber(options, option, value), `image option ${option}`)
    }
    if (dataPool !== undefined) succeeded(rbd.optionsText(options, DATA_POOL, dataPool), `data pool ${dataPool}`)
    await make(options)
  } finally {
    rbd.optionsDestroy(options)
  }
}

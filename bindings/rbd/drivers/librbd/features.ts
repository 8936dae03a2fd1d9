// The features of images: their bits in librbd and their names in `rbd info`.
import { StorageError } from '../../../sdk/index.ts'

const FEATURES = [
  'layering', 'striping', 'exclusive-lock', 'object-map', 'fast-diff', 'deep-flatten', 'journaling', 'data-pool', 'operations', 'migrating',
  'non-primary', 'dirty-cache',
] as const

export const namesOfFeatures = (bits: number): readonly string[] => FEATURES.filter((_, index) => (bits & 1 << index) !== 0)

/** Throws StorageError('invalid') for a name that no feature has. */
export function bitsOfFeatures(names: readonly string[]): number {
  return names.reduce((bits, name) => {
    const index = FEATURES.findIndex((known) => known === name)
    if (index < 0) throw new StorageError('invalid', `an image has no feature ${JSON.stringify(name)}: there are ${FEATURES.join(', ')}`)
    return bits | 1 << index
  }, 0)
}

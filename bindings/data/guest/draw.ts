// What is drawn by chance, as functions of a source of fractions (0 <= x < 1): sizes, and which of so many objects is next.
import { mix32 } from '../../sdk/guest.ts'
import { zipfOver } from '../../sdk/guest/zipf.ts'

type Fraction = () => number

/**
 * A size from a table the host made (sizes.ts). Four numbers are a lognormal one: mu, sigma, smallest, largest. Any other count is
 * classes of three: smallest, largest, and the share of draws up to and with this class.
 */
export function drawSize(table: readonly number[], random: Fraction): number {
  const at = (index: number): number => table[index] as number
  if (table.length === 4) {
    // Box and Muller's normal numbers; 1 - x, for there is no logarithm of 0.
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.round(Math.min(at(3), Math.max(at(2), Math.exp(at(0) + at(1) * normal))))
  }
  let low = 0
  if (table.length > 3) {
    const share = random()
    let high = table.length / 3 - 1
    while (low < high) {
      const middle = low + high >> 1
      if (share < at(3 * middle + 2)) high = middle
      else low = middle + 1
    }
  }
  const smallest = at(3 * low)
  const more = at(3 * low + 1) - smallest
  return more === 0 ? smallest : smallest + Math.floor(random() * (more + 1))
}

/** As the host made it (popularity.ts): a kind and its numbers. */
export type Popularity = readonly [kind: 'hot', objects: number, draws: number] | readonly [kind: 'zipf' | 'latest', exponent: number]

/** An index below `count`. Throws RangeError when there is none. */
export function drawIndex(popularity: Popularity, count: number, random: Fraction): number {
  if (!(count >= 1)) throw new RangeError(`popularity: there is nothing to choose from among ${count}`)
  if (popularity[0] !== 'hot') {
    const rank = zipfOver(popularity[1], count)(random)
    return popularity[0] === 'zipf' ? rank - 1 : count - rank
  }
  const [, objects, draws] = popularity
  const hot = Math.ceil(objects * count)
  return hot >= count || random() < draws ? Math.floor(random() * Math.min(hot, count)) : hot + Math.floor(random() * (count - hot))
}

const hex = (word: number, digits: number): string => word.toString(16).padStart(digits, '0')

/** The name of object number `index`; names of different numbers differ. */
export function keyName(index: number, order: 'sequential' | 'random' | 'hashed', digits: number, fanout: number): string {
  const number = `${index}`.padStart(digits, '0')
  if (order === 'sequential') return number
  // Two words of the number, mixed so that each step can be undone: no two numbers meet.
  const high = Math.floor(index / 2 ** 32)
  const first = mix32(index + mix32(high + 1))
  return order === 'random' ? hex(first, 8) + hex(mix32(high ^ first), 8)
    : `${hex(first % fanout, (fanout - 1).toString(16).length)}/${number}`
}

// How popular each of many objects is, as users write it.
import { DistributionError } from './sizes.ts'
import type { Popularity } from './guest/draw.ts'

const DEFAULT_EXPONENT = 0.99
const EXPONENT_MAX = 10
const WRITE = 'write uniform, zipf(0.99), latest(0.99) or hot(20%, 80%)'

const share = (text: string | undefined): number => {
  const percent = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text ?? '')?.[1]
  const part = Number(percent) / 100
  if (!(part > 0 && part <= 1)) throw new DistributionError(`popularity: "${text?.trim() ?? ''}" is no share above 0 %: ${WRITE}`)
  return part
}

/** Throws DistributionError. */
export function popularityOf(spec: string): Popularity {
  const [, name = '', inner] = /^\s*([a-z]+)\s*(?:\(([^()]*)\))?\s*$/i.exec(spec) ?? []
  const parts = inner?.split(',') ?? []
  switch (name.toLowerCase()) {
    case 'uniform': if (inner === undefined) return ['hot', 1, 1]; break
    case 'zipf': case 'latest': {
      const exponent = inner === undefined ? DEFAULT_EXPONENT : Number(inner.trim() === '' ? NaN : inner)
      if (exponent >= 0 && exponent <= EXPONENT_MAX) return [name.toLowerCase() === 'zipf' ? 'zipf' : 'latest', exponent]
      throw new DistributionError(`popularity: the exponent "${inner?.trim() ?? ''}" is no number from 0 to ${EXPONENT_MAX}: ${WRITE}`)
    }
    case 'hot': if (parts.length === 2) return ['hot', share(parts[0]), share(parts[1])]; break
    default:
  }
  throw new DistributionError(`popularity: "${spec.slice(0, 60)}" can't be read: ${WRITE}`)
}

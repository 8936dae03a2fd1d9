// Cells that several tables have: written one way in all of them.
import { humanizeFailed } from './humanize.ts'
import type { Palette } from './palette.ts'

/** Names are cut at this many columns. */
export const NAME_WIDTH_MAX = 40

/** Bytes in one of the megabytes that rates are told in. */
export const BYTES_PER_MB = 1e6

/** A share of failures (0 … 1); any at all stands out. */
export const failedCell = (share: number, { bad }: Pick<Palette, 'bad'>): string =>
  share > 0 ? bad(humanizeFailed(share)) : humanizeFailed(share)

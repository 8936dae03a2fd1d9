// What a run is driven with, and kept from.
import type { RunRecord } from '../metrics/record.ts'
import type { Window } from '../metrics/timeline.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import type { Leftover } from './leftover.ts'
import type { Preparation, Sources } from './prepare.ts'
import type { Stores } from './stores.ts'

/** Takes what a run leaves, where more is made of it than its summary. */
export interface Keeper {
  /** Takes each second as it is over; undefined: it is not wanted. */
  readonly window?: (window: Window) => void
  readonly record: (record: RunRecord) => void
  /** True where the command has other runs beside it. */
  readonly isOneOfSeveral?: boolean
}

/** What a run is made of, once all of it is known. */
export interface Drive {
  readonly plan: Plan
  readonly inspection: Inspection
  readonly preparation: Preparation
  readonly sources: Sources
  readonly stores: Stores
  readonly leftover: Leftover | undefined
  readonly keep?: Keeper | undefined
}

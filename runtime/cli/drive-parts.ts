// What a run is driven with, and kept from.
import type { RunRecord } from '../metrics/record.ts'
import type { Inspection, Plan } from '../plan/plan.ts'
import type { Leftover } from './leftover.ts'
import type { Preparation, Sources } from './prepare.ts'
import type { Stores } from './stores.ts'

/** What a run is made of, once all of it is known. */
export interface Drive {
  readonly plan: Plan
  readonly inspection: Inspection
  readonly preparation: Preparation
  readonly sources: Sources
  readonly stores: Stores
  readonly leftover: Leftover | undefined
  /** Takes the record, where a run is one of several. */
  readonly keep?: ((record: RunRecord) => void) | undefined
}

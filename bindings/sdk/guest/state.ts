// Where a VU is: its phase, its numbers, its tags.
import type { GuestPhase } from '../binding.ts'
import type { Json } from '../json.ts'
import { mail, parse, post, settings } from './border.ts'
import { INFO, KIND } from './mail.ts'
import { note } from './messages.ts'

/** What the host says about the iteration. */
export interface IterationInfo {
  readonly scenario: string
  readonly executor: string
  readonly exec: string
  readonly scenarioStartEpochMs: number
  /** Number within the scenario, over the whole run. */
  readonly iterationInTest: number
  readonly iterationInInstance: number
  readonly vuInInstance: number
  readonly vusActive: number
  readonly vusInitialized: number
  readonly iterationsCompleted: number
  readonly iterationsInterrupted: number
  readonly elapsedMs: number
  readonly progress: number
  readonly options?: Json
}

let info: IterationInfo | undefined

/** Where the VU is, always up to date; changed by the kernel alone. */
export const state = {
  phase: settings.phase,
  /** `__VU`: from 1; 0 in runs outside the load. */
  vu: settings.vu,
  /** `__ITER`: the VU's own count within the scenario; -1 outside iterations. */
  iteration: -1,
  env: settings.env,
  tags: {} as Record<string, string>,
  group: '',
  /** Fetched from the host when first read in an iteration; undefined outside iterations. */
  get info(): IterationInfo | undefined {
    if (state.phase !== 'iteration') return undefined
    if (info === undefined) {
      mail[KIND] = INFO
      info = parse(post() ?? 'null') as IterationInfo
    }
    return info
  },
}

/** Begins a run: nothing of the one before is left in the state. */
export function enterPhase(phase: GuestPhase, iteration: number): void {
  info = undefined
  state.phase = phase
  state.iteration = iteration
  if (state.group !== '') state.group = ''
  state.tags = {}
}

/** Replaces the tags that all later operations and metric values of this VU carry. */
export function setTags(tags: Record<string, string>): void {
  state.tags = { ...tags }
  state.group = tags['group'] ?? ''
  note('core.tags', [state.tags])
}

// Where a VU is: its phase, its numbers, its tags.
import type { GuestPhase } from '../binding.ts'
import type { Json } from '../json.ts'
import { mail, parse, PHASES, post, settings } from './border.ts'
import { INFO, ITERATION, KIND, PHASE, RUN } from './mail.ts'
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
let infoOfRun = 0
let tagged = false

/** What the VU is and carries; changed by the kernel alone. */
export const state = {
  /** `__VU`: from 1; 0 in runs outside the load. */
  vu: settings.vu,
  env: settings.env,
  tags: {} as Record<string, string>,
  group: '',
}

// Functions, so that a bundle holds those it uses.

/** Which code runs. */
export const phaseNow = (): GuestPhase => PHASES[mail[PHASE]] as GuestPhase

/** Counts the VU's runs: what one left behind can't be taken for another's. */
export const runNow = (): number => mail[RUN]

/** `__ITER`: the VU's own count within the scenario; -1 outside iterations. */
export const iterationNow = (): number => mail[ITERATION]

/** Fetched from the host when first asked for in an iteration; undefined outside iterations. */
export function infoNow(): IterationInfo | undefined {
  if (phaseNow() !== 'iteration') return undefined
  if (info === undefined || infoOfRun !== mail[RUN]) {
    infoOfRun = mail[RUN]
    mail[KIND] = INFO
    info = parse(post() ?? 'null') as IterationInfo
  }
  return info
}

/** A run begins without tags: those of the one before are gone. */
export function clearTags(): void {
  if (!tagged) return
  tagged = false
  state.tags = {}
  state.group = ''
}

/** Replaces the tags that all later operations and metric values of this VU carry. */
export function setTags(tags: Record<string, string>): void {
  tagged = true
  state.tags = { ...tags }
  state.group = tags['group'] ?? ''
  note('core.tags', [state.tags])
}

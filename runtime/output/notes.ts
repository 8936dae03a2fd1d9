// What a reader must know before believing the figures: what was measured, and whether the generator could keep up.
import type { RunRecord } from '../metrics/record.ts'
import { visible } from './text.ts'

export const SELF_TEST = 'self-test against the built-in store, not storage'

/** Sentences; empty when there is nothing to warn of. */
export const notesOf = ({ builtin, generator, outputs = [] }: Pick<RunRecord, 'builtin' | 'generator' | 'outputs'>): readonly string[] => [
  ...(builtin ? [SELF_TEST] : []),
  ...generator.reasons.map(({ message, change }) => `the run was limited by its own generator: ${message}. ${change}`),
  ...outputs.filter(({ lost }) => lost > 0).map(({ name, delivered, lost, unit, reason }) =>
    `output ${visible(name)}: ${lost} of ${delivered + lost} ${unit} were lost${reason === undefined ? '' : `: ${visible(reason)}`}`),
]

// Options of comparing a run with another.
import { text, toggle } from './kinds.ts'
import { COMMAND, option } from './option-entry.ts'

/** Their values. */
export interface ComparisonValues {
  readonly baseline: string
  readonly requireBaseline: boolean
  readonly updateBaseline: boolean
  readonly failOn: string
  readonly across: string
  readonly by: string
  readonly tolerance: string
  readonly bisect: boolean
}

export const COMPARISON = {
  baseline: option('baseline', text, {
    places: COMMAND, argument: 'NAME|FILE',
    meaning: 'Compares with the run kept under this name, or in this file; a first run is kept there.',
  }),
  requireBaseline: option('requireBaseline', toggle, {
    places: COMMAND, default: false,
    meaning: 'Fails (114) where there is no baseline yet, instead of keeping this run as one.',
  }),
  updateBaseline: option('updateBaseline', toggle, {
    places: COMMAND, default: false,
    meaning: 'Keeps this run as the baseline when it passed.',
  }),
  failOn: option('failOn', text, {
    places: COMMAND, argument: 'WHAT',
    meaning: 'Fails (99) when a figure is worse: worse, or worse:5% for by so much or more.',
  }),
  across: option('across', text, {
    places: COMMAND, argument: 'LIST',
    meaning: 'What may differ between runs that are compared: script, load, store.',
  }),
  by: option('by', text, {
    places: COMMAND, argument: 'TAGS',
    meaning: 'Tags that tell compared rows apart beside the operation: scenario,task.',
  }),
  tolerance: option('tolerance', text, {
    places: COMMAND, argument: 'PERCENT', default: '2%',
    meaning: 'A smaller change is none, however sure it is.',
  }),
  bisect: option('bisect', toggle, {
    places: COMMAND, default: false,
    meaning: 'Exit codes for git bisect run: 0 good, 1 worse, 125 can\'t tell.',
  }),
} as const

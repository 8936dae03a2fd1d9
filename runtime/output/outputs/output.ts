// What an output is: it takes each second of a run, and the record at its end, and never holds the run up.
import type { OutputReport, RunRecord } from '../../metrics/record.ts'
import type { Window } from '../../metrics/timeline.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Totals } from './totals.ts'

/** One second of the load over all shards, dated. */
export interface Second {
  readonly window: Window
  /** When it began and ended: ms since the Unix epoch. */
  readonly startEpochMs: number
  readonly endEpochMs: number
}

/** Why a run did not pass, as its last line on the screen says it. */
export interface EndingText {
  readonly message: string
  readonly place: ScriptPlace | undefined
}
/** A place in the script; line and column count from 1. */
export interface ScriptPlace { readonly file: string; readonly line: number; readonly column: number }

/** What an output gets when the run is over. */
export interface Finished {
  readonly record: RunRecord
  /** Undefined for a run that passed. */
  readonly ending: EndingText | undefined
  /** Finds the place in the script that a guest's raw stack points at. */
  readonly locate: (stack: string) => ScriptPlace | undefined
}

export interface Output {
  /** Takes a second of the load; returns at once, whatever the receiver does. */
  second?(second: Second): void
  /** Delivers the rest, within a few seconds. Never rejects. */
  end(finished: Finished): Promise<OutputReport>
}

/** What outputs are made with: everything they touch comes through here. */
export interface OutputParts {
  /** `json result.json`: for reports and log lines; no secrets. */
  readonly name: string
  /** What stands behind the `=`, up to the first `;`; empty when there is nothing. */
  readonly arg: string
  /** `;key=value` behind it. */
  readonly settings: Readonly<Record<string, string>>
  readonly plan: Plan
  readonly version: string
  /** What has been counted so far, over all seconds; asking for it has it kept. */
  readonly totals: () => Totals
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder of the op log, where one is written. */
  readonly opLogFolder: string | undefined
  /** Writes to standard output, for those who read it as commands. */
  readonly print: (text: string) => void
  /** Takes secrets out of a text that goes to a file. */
  readonly clean: (text: string) => string
  /** Says what is to be known while the run goes on. */
  readonly info: (text: string) => void
  /** Says once that a receiver is in trouble; the run goes on. */
  readonly warn: (text: string) => void
  /** Why a file can't be written, in words. */
  readonly reasonOf: (error: unknown) => string
}

/** The arg or a setting can't be used; the message says what to write instead. */
export class OutputError extends Error {}

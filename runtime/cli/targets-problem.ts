// What is wrong with a targets file, and where: the file's line and column, the key's path, one sentence.
import { pathText, type ValuePath } from '../plan/problem.ts'
import { placeName, type Place } from './failure.ts'

export interface SettingsProblem {
  /** Undefined when it is in no file: the environment, the command line. */
  readonly place: Place | undefined
  /** The key's path in the file; else what the problem belongs to (`environment`, `--target`). */
  readonly subject: string
  readonly message: string
}

/** `chopsticks.yaml:3:5: s3.bucket: must not be empty`. */
export function settingsProblemLine({ place, subject, message }: SettingsProblem): string {
  return [...(place === undefined ? [] : [placeName(place)]), ...(subject === '' ? [] : [subject]), message].join(': ')
}

/** Finds where a path stands in the file: the value there, or the nearest key above it. `needle` is a text within the value. */
export type Locate = (path: ValuePath, needle?: string) => Place

/** Collects problems, so that a user sees all of them at once. */
export class SettingsProblems {
  readonly list: SettingsProblem[] = []
  readonly #locate: Locate

  constructor(locate: Locate) { this.#locate = locate }

  /** At a path of the file; `needle` is the part of the value that is meant. What several targets inherit is said once. */
  at(path: ValuePath, message: string, needle?: string): void {
    const problem = { place: this.#locate(path, needle), subject: pathText(path), message }
    const line = settingsProblemLine(problem)
    if (!this.list.some((known) => settingsProblemLine(known) === line)) this.list.push(problem)
  }

  /** In no file. */
  of(subject: string, message: string): void { this.list.push({ place: undefined, subject, message }) }
}

// `chopsticks/metrics`: a script's own metrics. Runs inside the sandbox.
import { ask, note, phaseNow } from '../sdk/guest.ts'

/** Tags of one value; numbers and booleans become strings. */
export type TagValues = Readonly<Record<string, string | number | boolean>>

class Metric {
  /** The metric's name, as in thresholds and the summary. */
  readonly name: string

  constructor(type: string, name: string, isTime = false) {
    if (phaseNow() !== 'init') throw new Error(`metric '${name}': declare metrics in init code, outside all functions`)
    ask('metrics.declare', [name, type, isTime ? 'time' : 'default'])
    this.name = name
  }

  /**
   * Adds a value: a finite number, a boolean (1 or 0) or a string that reads as a number.
   *
   * @returns false when it is none of these: the value is left out, with a warning.
   * @throws TypeError when a tag is neither string, number nor boolean.
   */
  add(value: number | boolean | string, tags?: TagValues | null): boolean {
    const readable = typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.trim() !== '')
    const number = readable ? Number(value) : NaN
    if (!Number.isFinite(number)) {
      note('core.log', ['warn', `metric '${this.name}': ${String(value)} is no number, it was left out`])
      return false
    }
    for (const [key, tag] of Object.entries(tags ?? {})) {
      if (!['string', 'number', 'boolean'].includes(typeof tag)) {
        throw new TypeError(`metric '${this.name}', tag '${key}': use a string, number or boolean`)
      }
    }
    note('metrics.add', [this.name, number, { ...tags }])
    return true
  }
}

/** A sum: how much, and how much a second. */
export class Counter extends Metric {
  /** @param name 2 to 129 letters, digits and underscores, no digit first. @param isTime values are milliseconds. */
  constructor(name: string, isTime?: boolean) { super('counter', name, isTime) }
}

/** The latest value, with the smallest and largest. */
export class Gauge extends Metric {
  /** @param name 2 to 129 letters, digits and underscores, no digit first. @param isTime values are milliseconds. */
  constructor(name: string, isTime?: boolean) { super('gauge', name, isTime) }
}

/** The share of values that are true, or not zero. */
export class Rate extends Metric {
  /** @param name 2 to 129 letters, digits and underscores, no digit first. @param isTime values are milliseconds. */
  constructor(name: string, isTime?: boolean) { super('rate', name, isTime) }
}

/** A distribution: average, minimum, median, maximum, percentiles. */
export class Trend extends Metric {
  /** @param name 2 to 129 letters, digits and underscores, no digit first. @param isTime values are milliseconds. */
  constructor(name: string, isTime?: boolean) { super('trend', name, isTime) }
}

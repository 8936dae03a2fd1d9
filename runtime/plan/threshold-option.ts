// The `thresholds` option read into a plan's thresholds, each checked against the metrics there are.
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { duration, toggle } from './kinds.ts'
import { checkAggregation, metricNamed } from './metrics-catalog.ts'
import { didYouMean } from './nearest.ts'
import type { MetricDeclaration } from './plan.ts'
import { OptionError, type Origin, type Problems, type ValuePath } from './problem.ts'
import { parseSelector, parseThreshold, type Selector, type Submetric, type Threshold } from './threshold.ts'

const KEYS = ['threshold', 'abortOnFail', 'delayAbortEval', 'allowEmpty'] as const

export interface ReadThresholds { readonly thresholds: readonly Threshold[]; readonly submetrics: readonly Submetric[] }

/**
 * Reads `{ metric: ['p(95)<200', { threshold, abortOnFail, delayAbortEval, allowEmpty }] }`. An empty list judges nothing; it
 * makes a sub-metric show in the summary. What is wrong goes to `problems`.
 */
export function readThresholds(
  option: JsonObject, metrics: readonly MetricDeclaration[], origin: Origin, problems: Problems,
): ReadThresholds {
  const thresholds: Threshold[] = []
  const submetrics: Submetric[] = []
  for (const [metric, rules] of Object.entries(option)) {
    if (rules === undefined) continue
    const known = problems.attempt(origin, [metric], () => {
      const selector = parseSelector(metric)
      return { selector, declared: metricNamed(selector.name, metrics) }
    })
    if (known === undefined) continue
    if (!Array.isArray(rules)) {
      problems.add(origin, [metric], `must be a list of thresholds: write [${JSON.stringify(rules)}]`)
      continue
    }
    if (rules.length === 0) submetrics.push({ metric, selector: known.selector })
    ;(rules as readonly Json[]).forEach((rule, index) => {
      const path = [metric, index]
      const threshold = problems.attempt(origin, path, () => readRule(rule, metric, known.selector, known.declared))
      if (threshold !== undefined) thresholds.push(threshold)
    })
  }
  return { thresholds, submetrics }
}

/** Throws OptionError. */
function readRule(rule: Json, metric: string, selector: Selector, declared: MetricDeclaration): Threshold {
  const fields = typeof rule === 'string' ? { threshold: rule } : rule
  if (!isJsonObject(fields)) throw new OptionError(`${JSON.stringify(rule)} must be a text like 'p(95)<200', or an object with threshold`)
  const unknown = Object.keys(fields).find((key) => !KEYS.some((known) => known === key))
  if (unknown !== undefined) {
    throw new OptionError(`a threshold has no such key; it has ${KEYS.join(', ')}${didYouMean(unknown, KEYS)}`, { path: [unknown] })
  }
  const source = fields['threshold']
  if (typeof source !== 'string') {
    throw new OptionError('the threshold must be a text like \'p(95)<200\'', { path: source === undefined ? [] : ['threshold'] })
  }
  const expression = parseThreshold(source)
  checkAggregation(selector.name, declared.type, expression)
  return {
    metric, selector, source, expression,
    abortOnFail: optional(fields, 'abortOnFail', (value) => toggle.fromJson(value), false),
    delayAbortEvalNs: optional(fields, 'delayAbortEval', (value) => duration(0n).fromJson(value), 0),
    allowEmpty: optional(fields, 'allowEmpty', (value) => toggle.fromJson(value), false),
  }
}

function optional<T>(fields: JsonObject, key: string, read: (value: Json) => T, otherwise: T): T {
  const value = fields[key] ?? null
  if (value === null) return otherwise
  try {
    return read(value)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    const path: ValuePath = [key, ...error.path]
    throw new OptionError(error.message, { path, kind: error.kind })
  }
}

// Thresholds: the grammar of `p(95)<200`, of `metric{tag:value}`, and what a plan keeps of them.
//
//   threshold   = aggregation operator number [ "over" duration ]    spaces around each are ignored
//   aggregation = value | count | rate | avg | min | med | max | p | p(N)       0 <= N <= 100; a bare p is p(0)
//   operator    = <= | < | >= | > | === | == | !=
//   selector    = metric [ "{" rule { "," rule } "}" ]   all rules must hold (tag-rule.ts); of `tag:value` the last of one name counts
//
// With `over 10s` it is held against every 10 s of the load by themselves; else against the whole.
import { DurationError, isNonFiniteText, parseDuration, parseNumber } from '../../bindings/sdk/index.ts'
import type { Ns } from './ns.ts'
import { OptionError, type ValuePath } from './problem.ts'
import { readTags, type TagRule } from './tag-rule.ts'

/** One parsed expression over one series selector. */
export interface Threshold {
  /** As the user wrote it: `s3_req_duration{op:get}`. */
  readonly metric: string
  readonly selector: Selector
  /** As the user wrote it: `p(99)<200`. */
  readonly source: string
  readonly expression: Expression
  readonly abortOnFail: boolean
  readonly delayAbortEvalNs: Ns
  /** True: a series without samples does not fail it. */
  readonly allowEmpty: boolean
}
/** A metric's name, the tags a series must carry, and what else must be true of its tags. */
export interface Selector {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly rules?: readonly TagRule[]
}
/** A selector with the text the user wrote it as. */
export interface Submetric { readonly metric: string; readonly selector: Selector }
export interface Expression {
  readonly aggregation: Aggregation
  readonly operator: Operator
  readonly value: number
  /** How long the windows are that must hold one by one, whole seconds; absent: the whole load must. */
  readonly overNs?: Ns
}
type Operator = '<=' | '<' | '>=' | '>' | '===' | '==' | '!='
export type Aggregation =
  | { readonly kind: 'value' | 'count' | 'rate' | 'avg' | 'min' | 'med' | 'max' }
  | { readonly kind: 'p'; readonly percentile: number }

/** In the order in which they are looked for, so that `<=` is not taken for `<`. */
const OPERATORS = ['<=', '<', '>=', '>', '===', '==', '!='] as const satisfies readonly Operator[]
const PLAIN_AGGREGATIONS = ['value', 'count', 'rate', 'avg', 'min', 'med', 'max'] as const
const TREND_STATS = ['avg', 'min', 'med', 'max', 'count'] as const
const PERCENTILE = /^p\((.*)\)$/s

/** The N of `p(N)`; undefined when the text is not of that form or N not within 0 … 100. */
function percentileOf(text: string): number | undefined {
  const inner = PERCENTILE.exec(text)?.[1]
  const percentile = inner === undefined ? undefined : parseNumber(inner)
  return percentile !== undefined && percentile >= 0 && percentile <= 100 ? percentile : undefined
}

function parseAggregation(text: string, source: string): Aggregation {
  const kind = PLAIN_AGGREGATIONS.find((name) => name === text)
  if (kind !== undefined) return { kind }
  if (text === 'p') return { kind: 'p', percentile: 0 }
  const percentile = percentileOf(text)
  if (percentile !== undefined) return { kind: 'p', percentile }
  if (PERCENTILE.test(text)) throw new OptionError(`threshold '${source}': in ${text}, N must be a number from 0 to 100, without spaces`)
  throw new OptionError(`threshold '${source}': '${text}' is no aggregation: there are ${PLAIN_AGGREGATIONS.join(', ')}, p(N)`)
}

/**
 * Reads one threshold. Throws OptionError for anything outside the grammar, and for a value that is NaN or infinite: no
 * measurement could ever fail, or pass, such a threshold.
 */
export function parseThreshold(source: string): Expression {
  const windowed = /^(.*)\sover\s+(\S+)\s*$/s.exec(source)
  if (windowed?.[1] !== undefined) return { ...parseComparison(windowed[1], source), overNs: parseWindow(windowed[2] ?? '', source) }
  return parseComparison(source, source)
}

const SECOND_NS = 1e9

function parseWindow(text: string, source: string): Ns {
  let ns = 0
  try {
    ns = Number(parseDuration(text))
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    throw new OptionError(`threshold '${source}': over ${text}: ${error.message}`)
  }
  if (ns < SECOND_NS || ns % SECOND_NS !== 0) {
    throw new OptionError(`threshold '${source}': a window is whole seconds, 1s or more, not ${text}`)
  }
  return ns
}

function parseComparison(text: string, source: string): Expression {
  for (const operator of OPERATORS) {
    const at = text.indexOf(operator)
    if (at === -1) continue
    const left = text.slice(0, at).trim()
    const right = text.slice(at + operator.length).trim()
    if (isNonFiniteText(right)) throw new OptionError(`threshold '${source}': the value must be finite`)
    const value = parseNumber(right)
    if (value === undefined) {
      throw new OptionError(`threshold '${source}': '${right}' is no number; durations are milliseconds, rates are 0 to 1, without units`)
    }
    return { aggregation: parseAggregation(left, source), operator, value }
  }
  throw new OptionError(`threshold '${source}' has no comparison: write one like 'p(95)<200', with ${OPERATORS.join(' ')}`)
}

/** Reads `metric` or `metric{tag:value,tag!=value,…}`. Spaces around names and values are ignored, then quotes. Throws OptionError. */
export function parseSelector(metric: string): Selector {
  const open = metric.indexOf('{')
  if (open === -1) {
    if (metric.includes('}')) throw new OptionError(`metric '${metric}' has a } without a {`)
    return { name: metric, tags: {} }
  }
  if (!metric.endsWith('}') || metric.indexOf('}') < open) throw new OptionError(`metric '${metric}' must end in }`)
  const { tags, rules } = readTags(metric.slice(open + 1, -1), metric)
  return { name: metric.slice(0, open), tags, ...(rules.length === 0 ? {} : { rules }) }
}

/** True when `observed` meets the expression's comparison. Which value that is, and whether there were samples, the verdict decides. */
export function holds({ operator, value }: Pick<Expression, 'operator' | 'value'>, observed: number): boolean {
  switch (operator) {
    case '<=': return observed <= value
    case '<': return observed < value
    case '>=': return observed >= value
    case '>': return observed > value
    case '===':
    case '==': return observed === value
    case '!=': return observed !== value
    default: return operator satisfies never
  }
}

/** A figure the summary can show of a trend, as it was given. Throws OptionError at `path` for any other text. */
export function checkTrendStat(stat: string, path: ValuePath): string {
  if (TREND_STATS.some((name) => name === stat) || percentileOf(stat) !== undefined) return stat
  if (PERCENTILE.test(stat)) throw new OptionError(`in ${stat}, N must be a number from 0 to 100`, { path })
  throw new OptionError(`'${stat}' is no figure of a trend: there are ${TREND_STATS.join(', ')}, p(N)`, { path })
}

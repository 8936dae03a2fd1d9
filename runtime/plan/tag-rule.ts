// The tags of a selector: what stands between the braces of `metric{tag:value,tag!=value,tag=~pattern}`.
//
//   rule  = tag ":" value | tag ":" list       equal to it, or to one of several
//         | tag "!=" value | tag "!=" list     neither it nor one of them; a series without the tag is picked too
//         | tag "=~" pattern | tag "!~" pattern   a regular expression that does, or does not, match the whole value
//   list  = "[" value { "," value } "]"
//
// A pattern with a comma in it stands in quotes. `tag:value` is k6's, and read as k6 reads it.
import { OptionError } from './problem.ts'

/** A rule other than that a tag equals one value. `not`: the value must not be so. */
export type TagRule =
  | { readonly tag: string; readonly kind: 'among'; readonly not: boolean; readonly values: readonly string[] }
  | { readonly tag: string; readonly kind: 'pattern'; readonly not: boolean; readonly pattern: string }

const OPERATORS = [':', '!=', '=~', '!~'] as const
type RuleOperator = (typeof OPERATORS)[number]

const unquote = (text: string): string => text.trim().replace(/^["']+|["']+$/g, '')

interface Part { readonly tag: string; readonly operator: RuleOperator; readonly value: string }

/** The tags that must be equal, and the other rules. Throws OptionError, naming the metric as it was written. */
export function readTags(
  text: string, metric: string,
): { readonly tags: Readonly<Record<string, string>>; readonly rules: readonly TagRule[] } {
  const tags = new Map<string, string>()
  const rules: TagRule[] = []
  for (const part of splitRules(text)) {
    const { tag, operator, value } = ruleParts(part, metric)
    const list = /^\[(.*)\]$/s.exec(value.trim())?.[1]?.split(',').map(unquote)
    switch (operator) {
      case ':':
        if (list === undefined) tags.set(tag, unquote(value))
        else rules.push({ tag, kind: 'among', not: false, values: list })
        break
      case '!=': rules.push({ tag, kind: 'among', not: true, values: list ?? [unquote(value)] }); break
      case '=~': case '!~':
        rules.push({ tag, kind: 'pattern', not: operator === '!~', pattern: checkedPattern(unquote(value), metric) })
        break
      default: operator satisfies never
    }
  }
  return { tags: Object.fromEntries(tags), rules }
}

/** The earliest operator parts a rule: a value may hold any of them. */
function ruleParts(part: string, metric: string): Part {
  const found = OPERATORS.map((operator) => ({ operator, at: part.indexOf(operator) })).filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at)[0]
  const value = found === undefined ? '' : part.slice(found.at + found.operator.length)
  if (found === undefined || value.trim() === '') {
    throw new OptionError(`metric '${metric}': '${part.trim()}' is no tag with a value; write name{tag:value,tag:value}, `
      + 'tag:[value,value], tag!=value or tag=~pattern')
  }
  return { tag: unquote(part.slice(0, found.at)), operator: found.operator, value }
}

/** At commas, but for those in a list, and in a quoted pattern. */
function splitRules(text: string): readonly string[] {
  const rule = /[^,:!=]*(?:(?::|!=)\s*\[[^\]]*\]\s*(?=,|$)|[=!]~\s*"[^"]*"\s*(?=,|$)|[=!]~\s*'[^']*'\s*(?=,|$)|[^,]*)/y
  const parts: string[] = []
  for (let at = 0; at <= text.length;) {
    rule.lastIndex = at
    const part = rule.exec(text)?.[0] ?? ''
    parts.push(part)
    at += part.length + 1
  }
  return parts
}

function checkedPattern(pattern: string, metric: string): string {
  try {
    new RegExp(pattern)
    return pattern
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OptionError(`metric '${metric}': '${pattern}' is no regular expression: ${reason}`)
  }
}

/** Patterns are asked for every series of a metric: each is compiled once. */
const compiled = new WeakMap<TagRule, RegExp>()

/** True when a tag's value (undefined: the series has no such tag) is as the rule wants it. */
export function keepsRule(rule: TagRule, value: string | undefined): boolean {
  switch (rule.kind) {
    case 'among': return (value !== undefined && rule.values.includes(value)) !== rule.not
    case 'pattern': {
      let pattern = compiled.get(rule)
      if (pattern === undefined) compiled.set(rule, pattern = new RegExp(`^(?:${rule.pattern})$`, 's'))
      return (value !== undefined && pattern.test(value)) !== rule.not
    }
    default: return rule satisfies never
  }
}

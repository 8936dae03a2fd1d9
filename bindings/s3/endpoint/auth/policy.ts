// Bucket policies, as far as they speak of everybody: which actions on which resources anyone may do, signed or not.
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/index.ts'

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
const listOf = (value: Json | undefined): readonly Json[] => isList(value) ? value : value === undefined ? [] : [value]

function statementsOf(text: string): readonly JsonObject[] | undefined {
  try {
    const policy = JSON.parse(text) as Json
    const statements = isJsonObject(policy) ? listOf(policy['Statement']) : []
    const isStatement = (one: Json): one is JsonObject => isJsonObject(one) && (one['Effect'] === 'Allow' || one['Effect'] === 'Deny')
    return statements.length > 0 && statements.every(isStatement) ? statements : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** True for the text of a policy: statements, each of which allows or denies. */
export const isPolicy = (text: string): boolean => statementsOf(text) !== undefined

/** `*` stands for any text, `?` for one character. */
const fits = (pattern: Json, text: string): boolean => typeof pattern === 'string'
  && new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text)

const isEverybody = (principal: Json | undefined): boolean =>
  principal === '*' || (isJsonObject(principal) && listOf(principal['AWS']).includes('*'))

/** What a policy says of an action by anybody on a resource; a denial outweighs what is allowed. One with a condition does not count. */
export function policySays(text: string | undefined, action: string, resource: string): 'Allow' | 'Deny' | undefined {
  const effects = (text === undefined ? [] : statementsOf(text) ?? [])
    .filter((one) => one['Condition'] === undefined && isEverybody(one['Principal'])
      && listOf(one['Action']).some((pattern) => fits(pattern, action))
      && listOf(one['Resource']).some((pattern) => fits(pattern, resource)))
    .map((one) => one['Effect'])
  return effects.includes('Deny') ? 'Deny' : effects.includes('Allow') ? 'Allow' : undefined
}

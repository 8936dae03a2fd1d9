// The option table as documentation: config/defaults.yaml, the table in config/README.md, a JSON Schema for editors.
import type { Json, JsonObject } from '../../bindings/sdk/index.ts'
import { EXECUTOR_KEYS, EXECUTOR_MEANINGS, EXECUTORS, KEY_DOCS, type ScenarioKey } from './scenario-keys.ts'
import { OPTIONS, OPTION_NAMES, type OptionName } from './options.ts'

/** `-u, --vus N`; empty when there is no flag. */
function flagText(name: OptionName): string {
  const { flags, argument, bare } = OPTIONS[name]
  const value = argument === '' ? '' : bare === undefined ? ` ${argument}` : `[=${argument}]`
  return flags.length === 0 ? '' : `${flags.join(', ')}${value}`
}

/** Every option with its default and one line of meaning, as YAML. */
export function defaultsYaml(): string {
  const entries = OPTION_NAMES.map((name) => {
    const { default: value, meaning, unset } = OPTIONS[name]
    return `# ${meaning}${unset === undefined ? '' : ` Unset: ${unset}.`}\n${name}: ${JSON.stringify(value)}\n`
  })
  return `# Every option with its default and one line of meaning; null is unset. Generated from the option table.\n\n${entries.join('\n')}`
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
const code = (text: string): string => text === '' ? '' : `\`${cell(text)}\``

function shownDefault(value: Json, unset: string | undefined): string {
  if (value === null) return cell(unset ?? '')
  return code(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Every option as a row of a Markdown table. */
export function optionTable(): string {
  const rows = OPTION_NAMES.map((name) => {
    const { env, script, file, default: value, unset, meaning, kind } = OPTIONS[name]
    const places = [...(script ? ['script'] : []), ...(file ? ['file'] : [])].join(', ')
    const unit = kind.unit === '' ? '' : ` (${kind.unit})`
    const cells = [code(name), code(flagText(name)), code(env ?? ''), places, shownDefault(value, unset), `${cell(meaning)}${unit}`]
    return `| ${cells.join(' | ')} |`
  })
  return ['| option | flag | environment | also in | default | meaning |', '|---|---|---|---|---|---|', ...rows].join('\n')
}

/** What scenarios can say: the executors, then every key with the executors that have it. */
export function scenarioTables(): string {
  const executors = EXECUTORS.map((name) => `| \`${name}\` | ${EXECUTOR_MEANINGS[name]} |`)
  const keys = (Object.keys(KEY_DOCS) as readonly ScenarioKey[]).map((key) => {
    const having = EXECUTORS.filter((name) => (EXECUTOR_KEYS[name] as readonly string[]).includes(key))
    const where = having.length === 0 ? 'all' : having.map((name) => `\`${name}\``).join(', ')
    const { default: value, meaning } = KEY_DOCS[key]
    return `| \`${key}\` | ${where} | ${code(value)} | ${cell(meaning)} |`
  })
  const heads = { executors: ['| executor | what it does |', '|---|---|'], keys: ['| key | of | default | meaning |', '|---|---|---|---|'] }
  return [...heads.executors, ...executors, '', ...heads.keys, ...keys].join('\n')
}

/** JSON Schema of `options:` in the config file. */
export const optionsSchema = (): JsonObject => ({
  type: 'object',
  description: 'Options below the script\'s own.',
  additionalProperties: false,
  properties: Object.fromEntries(OPTION_NAMES.filter((name) => OPTIONS[name].file).map((name) => {
    const { kind, meaning, default: value } = OPTIONS[name]
    return [name, { ...kind.schema, description: meaning, ...(value === null ? {} : { default: value }) }]
  })),
})

// Files of config/ that are made from the code: the JSON Schema of the targets file, the defaults, the README.
import { isJsonObject, type Binding, type BuiltinOption, type Json, type JsonObject } from '../../bindings/sdk/index.ts'
import { recordJsonSchema } from '../results/record-schema.ts'
import { defaultsYaml, optionTable, optionsSchema, scenarioTables } from '../plan/option-docs.ts'

type Sections = readonly (readonly [workload: string, schema: JsonObject])[]
type Builtins = readonly (readonly [workload: string, options: readonly BuiltinOption[]])[]

/** Path below the project -> text, for all generated files. */
export async function generatedFiles(bindings: readonly Binding[]): Promise<ReadonlyMap<string, string>> {
  const sections = (await Promise.all(bindings.map(async ({ name, workload }) =>
    workload === undefined ? [] : [[name, await (await workload.config()).jsonSchema()] as const]))).flat()
  const builtins = (await Promise.all(bindings.map(async ({ name, workload }) =>
    workload?.builtin === undefined ? [] : [[name, (await workload.builtin()).options] as const]))).flat()
  return new Map([
    ['config/defaults.yaml', defaultsYaml()],
    ['config/targets.schema.json', `${JSON.stringify(targetsSchema(sections, builtins), null, 2)}\n`],
    ['config/record.schema.json', `${JSON.stringify(recordJsonSchema(), null, 2)}\n`],
    ['config/README.md', readme(sections, builtins)],
  ])
}

const without = (object: JsonObject, ...keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))

const LOCAL = '#/$defs/'

/** The schema with references to its own definitions led to `#/$defs/<workload>.<name>`: as a part it has no root of its own. */
function relocated(value: Json, workload: string): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => relocated(item, workload))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => {
    if (item === undefined) return []
    const isReference = key === '$ref' && typeof item === 'string' && item.startsWith(LOCAL)
    return [[key, isReference ? `${LOCAL}${workload}.${item.slice(LOCAL.length)}` : relocated(item, workload)]]
  }))
}

/** The schema of `builtin:`. */
function builtinSchema(builtins: Builtins): JsonObject {
  const properties = builtins.map(([workload, options]) => [workload, {
    type: 'object', additionalProperties: false,
    properties: Object.fromEntries(options.map(({ name, meaning, schema, default: standard }) =>
      [name, { description: meaning, ...(standard === null ? {} : { default: standard }), ...schema }])),
  }] as const)
  return {
    type: 'object', description: 'What built-in stores are told, by workload.', additionalProperties: false,
    properties: Object.fromEntries(properties),
  }
}

function targetsSchema(sections: Sections, builtins: Builtins): JsonObject {
  const schemas = sections.map(([workload, schema]) => [workload, asObject(relocated(schema, workload))] as const)
  const definitions = Object.fromEntries(schemas.flatMap(([workload, schema]) =>
    Object.entries(asObject(schema['$defs'])).map(([name, value]) => [`${workload}.${name}`, value])))
  const parts = schemas.map(([workload, schema]) => [workload, without(schema, '$schema', '$defs')] as const)
  const stores = Object.fromEntries(parts)
  // Where a section inherits, nothing is required of it.
  const inheriting = Object.fromEntries(parts.map(([workload, schema]) => [workload, without(schema, 'required')]))
  const common = {
    targets: {
      type: 'object',
      description: 'More stores, by target name; a section inherits, key by key, from the one at the top.',
      additionalProperties: { type: 'object', additionalProperties: false, properties: inheriting },
    },
    builtin: builtinSchema(builtins),
    options: optionsSchema(),
    env: {
      type: 'object', description: 'Variables of the script\'s __ENV.', additionalProperties: { type: ['string', 'number', 'boolean'] },
    },
    bindings: { type: 'array', description: 'Packages with further bindings.', items: { type: 'string', minLength: 1 } },
  }
  const flat = stores['s3']
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'chopsticks targets file',
    anyOf: [
      { type: 'object', additionalProperties: false, properties: { ...stores, ...common } },
      ...(flat === undefined ? [] : [{ ...flat, properties: { ...asObject(flat['properties']), ...common } }]),
    ],
    $defs: definitions,
  }
}

const asObject = (value: unknown): JsonObject => isJsonObject(value) ? value : {}

/** The keys of a section as rows of a Markdown table. */
function sectionTable({ properties, required }: JsonObject): string {
  const needed = Array.isArray(required) ? required as readonly unknown[] : []
  const rows = Object.entries(asObject(properties)).map(([key, value]) => {
    const { description, default: standard } = asObject(value)
    const meaning = typeof description === 'string' ? description.replaceAll('|', '\\|') : ''
    const otherwise = needed.includes(key) ? 'required' : ''
    return row(key, standard === undefined ? otherwise : `\`${JSON.stringify(standard)}\``, meaning)
  })
  return [...ROW_HEAD, ...rows].join('\n')
}

const ROW_HEAD = ['| key | default | meaning |', '|---|---|---|'] as const
const row = (key: string, standard: string, meaning: string): string => `| \`${key}\` | ${standard} | ${meaning} |`

/** The options of a built-in store as rows of a Markdown table. */
const builtinTable = (options: readonly BuiltinOption[]): string => [...ROW_HEAD, ...options.map(({ name, meaning, default: standard }) =>
  row(name, standard === null ? 'made up' : `\`${JSON.stringify(standard)}\``, meaning.replaceAll('|', '\\|')))].join('\n')

const readme = (sections: Sections, builtins: Builtins): string => `# config

Generated from the code by \`node dist/runtime/cli/generate-config.js\`, as are [defaults.yaml](defaults.yaml) and
[targets.schema.json](targets.schema.json); [targets.example.yaml](targets.example.yaml) is to be copied and filled in.
[op-log.md](op-log.md) says what \`--op-log\` writes, [outputs.md](outputs.md) what \`-o\` sends
where, [record.schema.json](record.schema.json) what a kept run's record.json holds.

## Options

Where the same option is given more than once, the later of these wins: default, config file (\`options:\`), script (\`export const
options\`), environment, command line. A layer that sets any of \`duration\`, \`iterations\`, \`stages\` or \`scenarios\` replaces all
of them in the layers below it.

- Durations are texts such as \`1m30s\` or \`500ms\`. In scripts, files and the environment a bare number is milliseconds, and days
  may come first (\`1d12h\`); on the command line a unit is needed.
- Sizes are bytes, or texts: \`KiB\`, \`MiB\`, \`GiB\` count in 1024s, \`KB\`, \`MB\`, \`GB\` in 1000s. \`64k\` is refused: it could be
  either.
- Flags for lists and pairs are given once for each: \`--tag a=1 --tag b=2\`. In the environment they are one text:
  \`CHOPSTICKS_TAGS=a:1,b:2\`.

${optionTable()}

## Scenarios

\`scenarios\` holds parts of a run by name, each with an executor; without it the shortcuts stand for one scenario: \`iterations\` for
shared-iterations, \`duration\` for constant-vus, \`stages\` for ramping-vus. Scenarios that can't overlap share their VUs.

\`\`\`js
export const options = {
  scenarios: {
    users: { executor: 'ramping-vus', startVUs: 0, stages: [{ duration: '30s', target: 50 }, { duration: '5m', target: 50 }] },
    arrivals: { executor: 'constant-arrival-rate', rate: 200, duration: '5m', preAllocatedVUs: 20, maxVUs: 100, exec: 'read' },
    limit: { executor: 'staircase', rate: { from: 100, to: 1000, by: 100 }, hold: '1m', settle: '10s', preAllocatedVUs: 100 },
  },
}
\`\`\`

${scenarioTables()}

## The targets file

\`--config FILE\`, else \`CHOPSTICKS_CONFIG\`, else \`./chopsticks.yaml\` where it exists. It says where the storage is, and holds what else
belongs to an environment and not to a script:

| key | meaning |
|---|---|
| ${sections.map(([workload]) => `\`${workload}\``).join(', ')} | The store a workload uses. |
| \`targets\` | More stores by target name, for \`--target NAME\`; a section inherits, key by key, from the one at the top. |
| \`builtin\` | What the built-in stores are told, by workload. |
| \`options\` | Options below the script's own. |
| \`env\` | Variables of the script's \`__ENV\`. |
| \`bindings\` | Packages with further bindings. |

A file with \`endpoint:\` at its top is one S3 store: the keys of \`s3:\` without the heading. \`\${NAME}\` takes a value from the
environment, \`\${NAME:-text}\` with a default, \`\${file:PATH}\` from a file; \`$\${\` is \`\${\` itself. All of them give texts, also
where the file would have a number.

Where no file names a store for a workload, the environment can. With none named at all the built-in store is used: a self-test,
and no storage.

${sections.map(([workload, config]) => `### \`${workload}:\`\n\n${sectionTable(config)}`).join('\n\n')}

### \`builtin:\`

What the built-in store of a run is told, \`builtin: { s3: { delay: 5ms-20ms, error_rate: 0.01 } }\` for example: how much it holds, and
what it does badly, so that a script can be seen to take a store's failures. \`chopsticks serve s3\` has a flag for each
(\`--error-rate\`). To name a built-in store here is to choose it: the environment is not asked for another.

${builtins.map(([workload, options]) => `\`builtin.${workload}\`:\n\n${builtinTable(options)}`).join('\n\n')}
`

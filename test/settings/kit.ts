// A binding, files and an environment made of data, for tests of settings.
import { isJsonObject } from '../../bindings/sdk/index.ts'
import type { Binding, BindingConfig, BuiltinTarget, ConfigProblem, JsonObject } from '../../bindings/sdk/index.ts'
import { readSettings, type Settings, type SettingsRequest } from '../../runtime/cli/settings.ts'
import { settingsProblemLine } from '../../runtime/cli/targets-problem.ts'

const KEYS = ['endpoint', 'bucket', 'secret_key', 'driver', 'tls', 'pool', 'allow_overwrite']

/** Wants an endpoint, knows a few keys, quotes a wrong secret as a careless binding might. */
const config = (variable: string): BindingConfig => ({
  parse(section) {
    const problems: ConfigProblem[] = []
    if (section['endpoint'] === undefined) problems.push({ path: [], message: 'endpoint is missing' })
    for (const key of Object.keys(section)) if (!KEYS.includes(key)) problems.push({ path: [key], message: `unknown option ${key}` })
    if (section['driver'] !== undefined && section['driver'] !== 'native') problems.push({ path: ['driver'], message: 'must be native' })
    const { tls, secret_key: secret } = section
    if (isJsonObject(tls) && typeof tls['ca'] !== 'string') problems.push({ path: ['tls', 'ca'], message: 'must be a file' })
    if (typeof secret === 'string' && secret.includes(' ')) problems.push({ path: ['secret_key'], message: `'${secret}' has spaces` })
    return Promise.resolve(problems.length === 0 ? { ok: true, config: { driver: 'native', ...section } } : { ok: false, problems })
  },
  fromEnvironment(env) {
    const endpoint = env[variable]
    const secret = env['SECRET']
    return endpoint === undefined ? undefined : { endpoint, ...(secret === undefined ? {} : { secret_key: secret }) }
  },
  secrets: ['secret_key', 'tls.key'],
  describe: ({ endpoint, driver }) => [driver, endpoint].filter((part) => typeof part === 'string').join(' '),
  jsonSchema: () => Promise.resolve({
    type: 'object', additionalProperties: false, required: ['endpoint'],
    properties: { endpoint: { type: 'string', description: 'Where' }, tls: { $ref: '#/$defs/tls' } }, $defs: { tls: { type: 'object' } },
  }),
})

/** A built-in store that can be told one thing. */
const builtin: BuiltinTarget = {
  options: [{ name: 'delay', meaning: 'How slow it is', default: '0s', schema: { type: 'string' } }],
  check: (options) => Object.keys(options).filter((key) => key !== 'delay' && key !== 'secret_key')
    .map((key) => ({ path: [key], message: `unknown option ${key}` })),
  serve: () => Promise.reject(new Error('settings serve nothing')),
}

const workload = (name: string, variable: string, more: Partial<Binding['workload']> = {}): Binding => ({
  name, module: `chopsticks/${name}`, guest: new URL('file:///guest.js'),
  workload: {
    operations: [], drivers: ['native'], defaultDriver: 'native',
    open: () => Promise.reject(new Error('settings open nothing')),
    config: () => Promise.resolve(config(variable)),
    ...more,
  },
})

/** Two workloads and a binding that is none. */
export const BINDINGS: readonly Binding[] = [
  { name: 'core', module: 'chopsticks', guest: new URL('file:///guest.js') }, 
  workload('s3', 'S3_URL', { builtin: () => Promise.resolve(builtin) }), workload('rbd', 'RBD_CONF'),
]
export const outsideBinding = (name: string): Binding => workload(name, `${name.toUpperCase()}_URL`)

export interface Given extends Partial<Omit<SettingsRequest, 'readFile'>> {
  /** The text of chopsticks.yaml. */
  readonly yaml?: string
  /** Other files, by full path. */
  readonly files?: Readonly<Record<string, string>>
}

/** A request in the folder /here. */
export function request({ yaml, files = {}, ...more }: Given): SettingsRequest {
  const all: Readonly<Record<string, string>> = { ...files, ...(yaml === undefined ? {} : { '/here/chopsticks.yaml': yaml }) }
  return {
    configPath: undefined, env: {}, cwd: '/here', targetName: undefined, bindings: BINDINGS,
    readFile(path) {
      const text = all[path]
      if (text === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' })
      return text
    },
    ...more,
  }
}

export async function settingsOf(given: Given): Promise<Settings> {
  const result = await readSettings(request(given))
  if ('problems' in result) throw new Error(result.problems.map(settingsProblemLine).join('; '))
  return result.settings
}

export async function problemsOf(given: Given): Promise<readonly string[]> {
  const result = await readSettings(request(given))
  return 'problems' in result ? result.problems.map(settingsProblemLine) : []
}

/** The stores of a target, by workload. */
export const storesIn = (settings: Settings, target = settings.targets.default): Readonly<Record<string, JsonObject>> =>
  settings.targets.targets[target] ?? {}

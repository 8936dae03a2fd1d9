// The `rbd:` section of the targets file: how it is checked and told, and what of it the environment can say.
import type { BindingConfig, JsonObject } from '../sdk/index.ts'
import { DEFAULTS } from './settings.ts'

/** What of CEPH_ARGS says who connects and by what: `--id admin`, `-n client.admin`, `-k FILE`, `--keyring=FILE`. */
function argumentsOf(text: string): { readonly user?: string; readonly keyring?: string } {
  const said: { user?: string; keyring?: string } = {}
  const words = text.split(/\s+/)
  for (const [index, word] of words.entries()) {
    const [flag = '', after = words[index + 1] ?? ''] = word.split('=', 2)
    if (flag === '--id' || flag === '--user') said.user = after
    else if (flag === '-n' || flag === '--name') said.user = after.replace(/^client\./, '')
    else if (flag === '-k' || flag === '--keyring') said.keyring = after
  }
  return said
}

/**
 * A section from CEPH_CONF, with what CEPH_ARGS says of user and keyring, and CHOPSTICKS_POOL. Undefined without CEPH_CONF: a
 * configuration file lying about never chooses a cluster.
 */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): JsonObject | undefined {
  const { CEPH_CONF: conf = '', CEPH_ARGS: args = '', CHOPSTICKS_POOL: pool = '' } = env
  if (conf === '') return undefined
  return { conf, ...argumentsOf(args), ...(pool === '' ? {} : { pool }) }
}

const said = (section: JsonObject, key: string): string | undefined => {
  const value = section[key]
  return typeof value === 'string' ? value : undefined
}

/** How the targets file's `rbd:` section is read, with these drivers to choose from. */
export function configFor(drivers: readonly string[]): BindingConfig {
  return {
    parse: async (section) => (await import('./config-schema.ts')).checkSection(section, drivers),
    fromEnvironment,
    variables: { conf: 'CEPH_CONF', user: 'CEPH_ARGS', keyring: 'CEPH_ARGS', pool: 'CHOPSTICKS_POOL' },
    secrets: [],
    describe: (section) => {
      const { pool = DEFAULTS.pool, driver = drivers[0] ?? '' } = { pool: said(section, 'pool'), driver: said(section, 'driver') }
      const place = [pool, said(section, 'namespace')].filter((part) => part !== undefined).join('/')
      const where = driver === 'file' ? 'image files' : `cluster ${said(section, 'conf') ?? '(of its own)'}, pool ${place}`
      const image = said(section, 'image')
      return `driver ${driver}, ${where}${image === undefined ? '' : `, image ${image}`}`
    },
    jsonSchema: async () => (await import('./config-schema.ts')).sectionSchema(drivers),
  }
}

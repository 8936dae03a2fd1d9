// The schema of the targets file's `rbd:` section. Loaded where there is a section to check, as the schema library is.
import { z } from 'zod'
import { durationMs, type CheckedSection, type ConfigProblem, type JsonObject } from '../sdk/index.ts'
import { asJson, driverProblems, problemsOf, text, type DriverConfigs } from '../sdk/section-schema.ts'
import { fileConfig } from './drivers/file/config.ts'
import { librbdConfig } from './drivers/librbd/config.ts'
import { memoryConfig } from './drivers/memory/config.ts'
import { rbdCliConfig } from './drivers/rbd-cli/config.ts'
import { DEFAULTS } from './settings.ts'

/** Drivers whose options are known without loading them. */
const DRIVER_CONFIGS: DriverConfigs = {
  librbd: librbdConfig, 'rbd-cli': rbdCliConfig, file: fileConfig, memory: memoryConfig,
}

/** Drivers that reach a cluster: the others have no use for what says where one is. */
const OF_CLUSTERS: readonly string[] = ['librbd', 'rbd-cli']
const CLUSTER_KEYS = ['conf', 'user', 'keyring', 'namespace', 'data_pool'] as const

const schemaFor = (drivers: readonly string[]) => z.strictObject({
  conf: text('the cluster\'s configuration file').optional()
    .describe('The cluster\'s configuration file; a cluster is used only where it is named'),
  user: text('a user, without client.').optional().describe('Who connects, without `client.` (default admin)'),
  keyring: text('a keyring file').optional().describe('File with the user\'s key (default: where conf says)'),
  pool: text('a pool').default(DEFAULTS.pool).describe('The pool to work in; a run keeps to images of its own prefix'),
  namespace: text('a namespace').optional().describe('Namespace within the pool'),
  data_pool: text('a pool').optional().describe('Pool for the data of new images, where it isn\'t the pool itself: an erasure-coded one'),
  image: text('an image').optional()
    .describe('An image that is there already: what `rbd.open()` without a name opens, read-only unless allow_overwrite names it. With ' +
      'the file driver a file or a block device, such as /dev/rbd0'),
  driver: z.enum(drivers as [string, ...string[]], `must be one of ${drivers.join(', ')}`).optional()
    .describe('How I/O is done: librbd, through Ceph\'s own library; rbd-cli, through the rbd program; file, on files or a block ' +
      'device; memory, no storage at all: for tests'),
  driver_config: z.record(z.string(), z.json(), 'must be an object').optional()
    .describe('Options of the driver\'s own. librbd: connection (process or vu), connect_timeout, options (Ceph\'s own). rbd-cli: ' +
      'program, connect_timeout, options. file: folder (where images are files; default a folder of the run\'s own), direct (auto, ' +
      'the default: O_DIRECT where the file system has it; true: or it fails; false). memory: faults'),
  drivers: z.record(z.string(), z.record(z.string(), z.json(), 'must be a mapping'), 'must be a mapping of drivers').optional()
    .describe('Options of drivers that a script or --driver names beside the target\'s own'),
  timeout: z.union([z.string(), z.number()], 'must be a duration, such as 30s')
    .refine((value) => durationMs(value) !== undefined, 'must be a duration above 0, such as 30s').optional()
    .describe('How long one operation may take (default 60s)'),
  allow_overwrite: z.array(text('an image, or the pool'), 'must be a list of images').optional()
    .describe('Images (of the file driver: files and block devices) that the run may write to though it did not make them; the pool\'s ' +
      'name allows all of it'),
})

/** What of a section does not go together. */
function impossibleCombinations(section: JsonObject, usual: string): ConfigProblem[] {
  const driver = section['driver'] ?? usual
  if (typeof driver !== 'string' || OF_CLUSTERS.includes(driver)) return []
  return CLUSTER_KEYS.filter((key) => key in section).map((key) =>
    ({ path: [key], key, message: `${key} is for a cluster, which the ${driver} driver can't reach: remove it, or name driver: librbd` }))
}

/** Checks a section, with these drivers to choose from; the first is the default. */
export function checkSection(section: JsonObject, drivers: readonly string[]): CheckedSection {
  const schema = schemaFor(drivers)
  const result = schema.safeParse(section)
  if (!result.success) return { ok: false, problems: problemsOf(result.error, section, Object.keys(schema.shape)) }
  const problems = [...driverProblems(section, drivers, DRIVER_CONFIGS), ...impossibleCombinations(section, drivers[0] ?? '')]
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: asJson(result.data) }
}

/** The schema of a section, for editors. */
export const sectionSchema = (drivers: readonly string[]): JsonObject => asJson(z.toJSONSchema(schemaFor(drivers), { io: 'input' }))

// The rbd program, run once for each thing that is asked of it: its arguments, its answer, its failure as an error.
import { execa } from 'execa'
import { StorageError, type Call } from '../../../sdk/index.ts'
import type { RbdSettings } from '../../settings.ts'
import { settingsBeforeConnecting } from '../ceph-options.ts'
import { errorOf } from '../errno.ts'
import type { RbdCliConfig } from './config.ts'

/** What would have it go elsewhere than it is told. */
const LEFT_OUT = /^CEPH_(ARGS|CONF|KEYRING)$/

const flagsOf = (options: Readonly<Record<string, string>>): string[] =>
  Object.entries(options).map(([name, value]) => `--${name}=${value}`)

export class RbdProgram {
  readonly #config: RbdCliConfig
  readonly #place: readonly string[]
  readonly #environment: Record<string, string>

  constructor({ conf, user, keyring, pool, namespace }: RbdSettings, config: RbdCliConfig) {
    this.#config = config
    this.#place = [
      ...(conf === undefined ? [] : ['--conf', conf]), ...(user === undefined ? [] : ['--id', user]),
      ...(keyring === undefined ? [] : ['--keyring', keyring]), '--pool', pool,
      ...(namespace === undefined ? [] : ['--namespace', namespace]),
      ...flagsOf(settingsBeforeConnecting(config)),
    ]
    this.#environment = Object.fromEntries(Object.entries(process.env)
      .filter((entry): entry is [string, string] => entry[1] !== undefined && !LEFT_OUT.test(entry[0])))
  }

  /** What it printed. Throws StorageError; a call whose time is over, or that is stopped, ends the program. */
  async run(what: string, args: readonly string[], { signal, timeoutMs }: Call, options: Readonly<Record<string, string>> = {}):
    Promise<string> {
    const { program } = this.#config
    const ended = await execa(program, [...args, ...this.#place, ...flagsOf(options)], {
      reject: false, stdin: 'ignore', cancelSignal: signal, timeout: timeoutMs, env: this.#environment, extendEnv: false,
      forceKillAfterDelay: 1000,
    })
    if (!ended.failed) return ended.stdout
    if (ended.code === 'ENOENT' || ended.code === 'EACCES') {
      throw new StorageError('unsupported', `the rbd-cli driver needs the program ${program}, which is not there or can't be run: `
        + 'apt install ceph-common, or dnf install ceph-common, or name it by driver_config: program', { detail: 'ENOENT' })
    }
    if (ended.timedOut) throw new StorageError('timeout', `${what}: rbd took longer than ${timeoutMs / 1000} s`, { detail: 'rbd' })
    if (ended.isCanceled) throw new StorageError('cancelled', `${what}: stopped`, { detail: 'rbd' })
    throw errorOfWords(what, ended.stderr, ended.exitCode)
  }

  /** The JSON it printed. Throws StorageError('protocol') for what is none. */
  async json(what: string, args: readonly string[], call: Call, options?: Readonly<Record<string, string>>): Promise<unknown> {
    const printed = await this.run(what, [...args, '--format', 'json'], call, options)
    try {
      return JSON.parse(printed)
    } catch {
      throw new StorageError('protocol', `${what}: rbd printed what is no JSON: ${JSON.stringify(printed.slice(0, 100))}`,
        { detail: 'rbd' })
    }
  }
}

/** `rbd: create error: (17) File exists` and exit code 17: both are the errno; an exit code of 1 is what says nothing. */
export function errorOfWords(what: string, said: string, exitCode: number | undefined): StorageError {
  const lines = said.split('\n').filter((line) => line.startsWith('rbd: ') || line.startsWith('global_init: '))
  const words = (lines.at(-1) ?? said.trim().split('\n').at(-1) ?? '').replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300)
  const named = /\((\d+)\) /.exec(words)?.[1]
  const errno = named === undefined ? exitCode ?? 1 : Number(named)
  if (errno > 1) {
    const error = errorOf(-errno, what)
    return new StorageError(error.code, `${what}: ${words === '' ? error.message : words}`, { detail: error.detail ?? 'rbd' })
  }
  const refused = named === '1' || words.includes('not permitted')
  return new StorageError(refused ? 'denied' : 'other', `${what}: ${words === '' ? `rbd ended with exit code ${exitCode ?? '?'}` : words}`,
    { detail: refused ? 'EPERM' : 'rbd' })
}

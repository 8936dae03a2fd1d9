// `chopsticks serve s3`: a workload's built-in store by itself, until it is told to stop.
import type { ConfigProblem, JsonObject } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { ServeFlags } from './args.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
import { SERVE_FLAGS } from './serve-flags.ts'
import { shellQuoted } from './shell.ts'
import { onSignals } from './signals.ts'
import type { World } from './world.ts'

/** What a run reads from the environment, for each key of the store's configuration. */
const ENVIRONMENT: readonly (readonly [key: string, variable: string])[] = [
  ['endpoint', 'AWS_ENDPOINT_URL'], ['access_key', 'AWS_ACCESS_KEY_ID'], ['secret_key', 'AWS_SECRET_ACCESS_KEY'], ['region', 'AWS_REGION'],
  ['bucket', 'BUCKET_NAME'],
]

/** Serves until SIGINT, SIGTERM or SIGHUP; then everything stored is gone. */
export async function serve(workload: string, flags: ServeFlags, { terminal, exit }: World): Promise<number> {
  const { registry } = await import('../../bindings/index.ts')
  const bindings = registry().filter((binding) => binding.workload?.builtin !== undefined)
  const builtin = await bindings.find(({ name }) => name === workload)?.workload?.builtin?.()
  if (builtin === undefined) {
    throw new Failure(EXIT_USAGE, `serve ${workload}: no such built-in store; there is ${bindings.map(({ name }) => name).join(', ')}`)
  }
  const [problem] = builtin.check(flags)
  if (problem !== undefined) throw new Failure(EXIT_USAGE, toldByFlag(problem))
  const running = await builtin.serve(flags).catch((error: unknown) => { throw refusal(error, flags) })
  terminal.out.write(`${announcement(running.about, running.config)}\n`)
  await new Promise<void>((resolve) => {
    onSignals({ first: () => { resolve() }, again: () => exit(EXIT_CODES.signal) })
  })
  await running.close()
  return EXIT_CODES.passed
}

/** A problem with the flag it is about in the place of the option. */
function toldByFlag({ path: [name = ''], message }: ConfigProblem): string {
  const flag = SERVE_FLAGS.find(({ option }) => option === name)?.flag
  return flag === undefined ? message : `${flag}: ${message.replace(`${String(name)} `, '')}`
}

function refusal(error: unknown, { port = '0', host = '127.0.0.1' }: ServeFlags): Failure {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new Failure(EXIT_CODES.target, `--port: ${port} is taken by another program`, { hint: '--port 0 takes any that is free' })
    case 'EACCES': return new Failure(EXIT_CODES.target, `--port: ${port} may not be used`)
    case 'EADDRNOTAVAIL': case 'ENOTFOUND': case 'EINVAL':
      return new Failure(EXIT_CODES.target, `--host: ${host} is no address of this machine`)
    default: return new Failure(EXIT_USAGE, `serve: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** What to paste into a shell to run against it. */
export function announcement(about: string, config: JsonObject): string {
  const block = ENVIRONMENT.flatMap(([key, variable]) => {
    const value = config[key]
    return typeof value === 'string' ? [`export ${variable}=${shellQuoted(value)}`] : []
  })
  return [`serving an ${about}; it is for trying things out, stop it with Ctrl-C`, '', ...block].join('\n')
}

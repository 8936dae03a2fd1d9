// `chopsticks serve s3`: a workload's built-in store by itself, until it is told to stop.
import type { JsonObject } from '../../bindings/sdk/index.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { ServeFlags } from './args.ts'
import { EXIT_USAGE, Failure } from './failure.ts'
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
  const options = serveOptions(flags)
  const running = await builtin.serve(options).catch((error: unknown) => { throw refusal(error, flags) })
  terminal.out.write(`${announcement(running.about, running.config)}\n`)
  await new Promise<void>((resolve) => {
    onSignals({ first: () => { resolve() }, again: () => exit(EXIT_CODES.signal) })
  })
  await running.close()
  return EXIT_CODES.passed
}

function serveOptions({ port = '0', bucket, accessKey, secretKey }: ServeFlags): JsonObject {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new Failure(EXIT_USAGE, `--port: "${port}" is no port, give 0 to 65535`)
  return { port: Number(port), ...(bucket === undefined ? {} : { buckets: [bucket] }), accessKey, secretKey }
}

function refusal(error: unknown, { port = '0' }: ServeFlags): Failure {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new Failure(EXIT_CODES.target, `--port: ${port} is taken by another program`, { hint: '--port 0 takes any that is free' })
    case 'EACCES': return new Failure(EXIT_CODES.target, `--port: ${port} may not be used`)
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

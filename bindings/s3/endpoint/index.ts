// The S3 endpoint that comes with chopsticks: real HTTP on loopback, objects in memory.
import type { BuiltinTarget } from '../../sdk/index.ts'
import { completeOptions, OPTIONS, readOptions } from './options.ts'
import type { EndpointOptions } from './options.ts'
import { EndpointServer } from './server.ts'
import type { EndpointStats } from './server.ts'

export type { EndpointOptions } from './options.ts'

/** A running endpoint and what is needed to use it. */
export interface RunningEndpoint {
  readonly port: number
  /** `http://host:port`. */
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  readonly region: string
  /** The first of its buckets. */
  readonly bucket: string
  stats(): EndpointStats
  /** Ends all connections at once; what was stored is gone. */
  close(): Promise<void>
}

/**
 * Starts an endpoint in this process.
 * @throws Error when the address cannot be had; S3Error for an impossible bucket name.
 */
export async function serveS3(options: Partial<EndpointOptions> = {}): Promise<RunningEndpoint> {
  const whole = completeOptions(options)
  const { host, accessKey, secretKey, region, buckets } = whole
  const server = new EndpointServer(whole)
  const port = await server.listen(whole.port, host)
  return {
    port, endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, accessKey, secretKey, region, bucket: buckets[0] ?? '',
    stats: () => server.stats(), close: () => server.close(),
  }
}

/** The S3 binding's built-in target. */
export const builtinTarget: BuiltinTarget = {
  options: OPTIONS,
  check: (options) => readOptions(options).problems,
  async serve(json) {
    const { options, problems: [problem] } = readOptions(json)
    if (problem !== undefined) throw new Error(problem.message)
    const running = await serveS3(options)
    const { endpoint, accessKey, secretKey, bucket, region } = running
    return {
      config: { endpoint, access_key: accessKey, secret_key: secretKey, bucket, region },
      about: `in-memory S3 endpoint at ${endpoint}, bucket ${bucket}`,
      close: () => running.close(),
    }
  },
}

// A built-in S3 endpoint served by the command line itself, and a look into its bucket that owes nothing to our own client.
import aws4 from 'aws4'
import { startCli, workspace, type CliResult } from './cli.ts'

export interface ServedStore extends AsyncDisposable {
  readonly endpoint: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** What a command needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>
  /** Every key the bucket holds below the prefix (the first thousand); default: all. */
  keys(prefix?: string): Promise<readonly string[]>
  /** Puts an object as somebody else would. */
  put(key: string, body: string): Promise<void>
  /** Stops it, once; how it ended. */
  stop(): Promise<CliResult>
}

const assigned = (text: string, name: string): string => {
  const value = new RegExp(`^(?:export )?${name}=(.+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`serve s3 did not print ${name}:\n${text}`)
  return value.replace(/^'(.*)'$/, '$1')
}

/** Starts `chopsticks serve s3` and reads the environment block it prints. */
export async function serveStore(args: readonly string[] = []): Promise<ServedStore> {
  const space = workspace()
  const served = startCli(['serve', 's3', '--port', '0', ...args], { cwd: space.folder, tied: true })
  let text = ''
  served.child.stdout?.on('data', (chunk: string) => { text += chunk })
  await served.said(/BUCKET_NAME=.+\n/)
  const endpoint = assigned(text, 'AWS_ENDPOINT_URL')
  const accessKey = assigned(text, 'AWS_ACCESS_KEY_ID')
  const secretKey = assigned(text, 'AWS_SECRET_ACCESS_KEY')
  const region = assigned(text, 'AWS_REGION')
  const bucket = assigned(text, 'BUCKET_NAME')
  const request = async (method: string, path: string, body?: string): Promise<string> => {
    const { host } = new URL(endpoint)
    const signed = aws4.sign(
      { service: 's3', region, method, host, path, ...(body === undefined ? {} : { body }) },
      { accessKeyId: accessKey, secretAccessKey: secretKey },
    )
    const response = await fetch(endpoint + path, {
      method, headers: signed.headers as Record<string, string>, ...(body === undefined ? {} : { body }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`)
    return answer
  }
  const stop = async (): Promise<CliResult> => {
    served.child.kill('SIGTERM')
    const result = await served.result
    space[Symbol.dispose]()
    return result
  }
  return {
    endpoint, bucket, accessKey, secretKey,
    env: {
      AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_REGION: region, BUCKET_NAME: bucket,
    },
    async keys(prefix = '') {
      const answer = await request('GET', `/${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`)
      return [...answer.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key)
    },
    async put(key, body) { await request('PUT', `/${bucket}/${key}`, body) },
    stop,
    [Symbol.asyncDispose]: async () => { await stop() },
  }
}

// @aws-sdk/client-s3 as it comes, pointed at an endpoint: default checksums, retries off so that no failure hides.
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import type { RunningEndpoint } from '../../bindings/s3/endpoint/index.ts'

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'
process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
export const sdk = await import('@aws-sdk/client-s3')

export const sdkClient = (served: RunningEndpoint, options: S3ClientConfig = {}): S3Client => new sdk.S3Client({
  endpoint: served.endpoint, region: served.region, maxAttempts: 1,
  credentials: { accessKeyId: served.accessKey, secretAccessKey: served.secretKey }, ...options,
})

/** What the SDK threw: the status and the name S3 gave it. */
export async function refusal(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(() => undefined, (reason: unknown) => reason)
  if (!(error instanceof sdk.S3ServiceException)) throw new Error(`expected a refusal, got ${String(error)}`)
  return `${error.$metadata.httpStatusCode ?? ''} ${error.name}`
}

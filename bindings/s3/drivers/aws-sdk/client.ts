// The SDK's client as a benchmark wants it: told everything, so that it asks neither environment nor files nor the network.
import { createHash } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import type { Clock } from '../../../sdk/index.ts'
import type { S3Settings } from '../../settings.ts'
import type { AwsSdkConfig } from './config.ts'
import type { Transport } from './transport.ts'

// Read by the SDK when a client is made. Credentials are given, so nothing would ask the instance's metadata: said all the same.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
process.env['AWS_EC2_METADATA_DISABLED'] ??= 'true'

const silent = (): void => { /* What there is to say is in the error. */ }
const LOGGER = { trace: silent, debug: silent, info: silent, warn: silent, error: silent }
const nothing = (): Promise<undefined> => Promise.resolve(undefined)

/** `anonymous`: a client that signs nothing. */
export function clientFor(
  settings: S3Settings, config: AwsSdkConfig, clock: Clock, transport: Transport, anonymous = settings.anonymous,
): S3Client {
  const { endpoint, region, accessKey, secretKey, sessionToken, addressing } = settings
  const checksums = config.checksums === 'when_supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  const client = new S3Client({
    endpoint: endpoint.url, region, forcePathStyle: addressing === 'path',
    credentials: {
      accessKeyId: accessKey, secretAccessKey: secretKey, ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    maxAttempts: config.maxAttempts, retryMode: config.retryMode,
    requestChecksumCalculation: checksums, responseChecksumValidation: checksums,
    requestHandler: transport, logger: LOGGER,
    // All that the SDK looks up in the environment and in ~/.aws when it is not told.
    defaultsMode: 'standard', useDualstackEndpoint: false, useFipsEndpoint: false, useArnRegion: false, disableS3ExpressSessionAuth: true,
    authSchemePreference: ['sigv4'], sigv4aSigningRegionSet: [region], userAgentAppId: nothing,
    disableClockSkewCorrection: true,
  })
  // The bucket's region is the caller's to name: the SDK would put in one where the native driver and RADOS gateways want none.
  client.middlewareStack.remove('locationConstraintMiddleware')
  if (anonymous) client.config.signer = () => Promise.resolve({ sign: (request) => Promise.resolve(request) })
  else signByClock(client, clock)
  addContentMd5(client)
  return client
}

/** Signs with the run's clock, and never with one corrected by what a store says: a skewed clock is to be seen. */
function signByClock(client: S3Client, clock: Clock): void {
  const { config } = client
  const { signer: sdkSigner } = config
  config.signer = async (scheme) => {
    const signer = await sdkSigner(scheme)
    return {
      sign: (request, options) => signer.sign(request, { ...options, signingDate: new Date(clock.epochMs()) }),
    }
  }
}

/** Multi-deletes carry an MD5 beside the SDK's own checksum: gateways of before 2025 refuse them without. */
function addContentMd5(client: S3Client): void {
  client.middlewareStack.add((next, { commandName }) => (args) => {
    const { request } = args
    if (commandName === 'DeleteObjectsCommand' && typeof request === 'object' && request !== null && 'headers' in request &&
      'body' in request && (typeof request.body === 'string' || request.body instanceof Uint8Array)) {
      const headers = request.headers as Record<string, string>
      headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
    }
    return next(args)
  }, { step: 'build', name: 'contentMd5', priority: 'low' })
}

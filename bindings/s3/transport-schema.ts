// The schema of what a section says about connections, signing, retries and limits. Loaded with config-schema.ts only, as zod is.
import { isIP } from 'node:net'
import { z } from 'zod'
import { durationMs } from '../sdk/duration.ts'
import { text } from '../sdk/section-schema.ts'
import { SizeError, parseSize } from '../sdk/size.ts'
import { ALL_OPERATIONS } from './operation-names.ts'
import { ENDPOINT_SELECTIONS, PAYLOAD_SIGNINGS, RETRY_CODES, RETRY_DEFAULTS, parseEndpoint } from './settings.ts'

export const yes = (meaning: string) => z.boolean('must be true or false').optional().describe(meaning)

const list = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`

/** Schema libraries tell of every branch of a union; a reader wants the one he meant. */
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
export const endpoint = z.union([z.string(), z.array(z.string(), 'must be texts').min(1, 'must name at least one')],
  {
    error: ({ input }) => !isList(input) ? 'must be a text: http://host:port or https://host:port'
      : input.length === 0 ? 'must name at least one' : 'must be a list of texts, each http://host:port or https://host:port',
  })
  .superRefine((value, context) => {
    const seen = new Set<string>()
    for (const [index, one] of (typeof value === 'string' ? [value] : value).entries()) {
      const parsed = one === '' ? 'endpoint must not be empty: http://host:port or https://host:port' : parseEndpoint(one)
      const path = typeof value === 'string' ? [] : [index]
      if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed, path })
      else if (seen.has(parsed.url)) context.addIssue({ code: 'custom', message: `endpoint names ${parsed.url} twice`, path })
      else seen.add(parsed.url)
    }
  })
  .describe('Where the store is: http://host:port or https://host:port; a list of them shares the operations out and tells them apart')
export const endpointSelection = z.enum(ENDPOINT_SELECTIONS, `must be ${list(ENDPOINT_SELECTIONS)}`).optional()
  .describe('Of several endpoints: round_robin (default), each in turn; least_in_flight, the one with the fewest operations open; ' +
    'per_vu, each VU keeps to one. One that can\'t be reached is tried once a second until it answers; its failures count')

export const tls = z.strictObject({
  ca: text('a file of PEM certificates').optional().describe('File of PEM certificates to trust instead of the system\'s'),
  insecure: yes('Accept any certificate'),
  servername: text('a host name').optional().describe('Name to ask for and to check, where it isn\'t the endpoint\'s'),
  cert: text('a file with the client\'s certificate').optional()
    .describe('File of the client\'s own certificate (PEM), for stores that ask for one'),
  key: text('a file with the client\'s private key').optional().describe('File of its private key (PEM)'),
  session_reuse: yes('Resume the TLS session of an earlier connection (default true); false: every connection makes a whole handshake'),
}, 'must hold ca, insecure, servername, cert, key or session_reuse')

const isDuration = (value: string | number): boolean => durationMs(value) !== undefined
const duration = (example: string) => z.union([z.string(), z.number()], `must be a duration, such as ${example}`)
  .refine(isDuration, `must be a duration above 0, such as ${example}`)
export const timeout = duration('30s')
const perOperation = Object.fromEntries(ALL_OPERATIONS.map((op) => [op, duration('5s').optional()]))
export const timeouts = z.strictObject(perOperation, 'must hold durations by operation').optional()
  .describe('How long operations of one kind may take, `{ get: 5s, put: 30s }`; a script\'s own timeoutMs comes first')

export const payloadSigning = z.enum(PAYLOAD_SIGNINGS, `must be ${list(PAYLOAD_SIGNINGS)}`).optional()
  .describe('How the bytes of uploads are signed: unsigned (default), not at all; sha256, a hash of each body sent ahead; streaming, ' +
    'chunk by chunk (aws-chunked). Both cost one SHA-256 of every byte; the summary says what that takes on the machine')

const size = z.union([z.string(), z.number()], 'must be a size a second, such as 10MiB').refine((value) => {
  try {
    return parseSize(value) > 0
  } catch (error) {
    if (error instanceof SizeError) return false
    throw error
  }
}, 'must be a size a second above 0, such as 10MiB').optional()
export const bandwidth = z.strictObject({
  per_vu: size.describe('Of each VU'),
  per_run: size.describe('Of the whole run: its shards have equal parts of it'),
}, 'must hold per_vu or per_run').optional()
  .describe('Most bytes of bodies a second, both directions together: `{ per_vu: 10MiB, per_run: 1GiB }`; operations take longer by it')

export const localAddress = text('an address of this machine')
  .refine((value) => isIP(value) !== 0, 'must be an IP address of this machine').optional()
  .describe('The address of this machine that connections come from')

export const retries = z.strictObject({
  max: z.int('must be a whole number').min(1, 'must be from 1 to 100').max(100, 'must be from 1 to 100').optional()
    .describe(`How often at most, beside the first attempt (default ${RETRY_DEFAULTS.max})`),
  on: z.array(z.enum(RETRY_CODES, `must be one of ${RETRY_CODES.join(', ')}`), 'must be a list of codes')
    .min(1, 'must name a code').optional()
    .describe(`Which codes (default ${RETRY_DEFAULTS.on.join(', ')})`),
  backoff: duration('100ms').optional()
    .describe('Wait before the first retry, each further one twice as long, all shortened by up to half by chance (default 100ms)'),
}, 'must hold max, on or backoff').optional()
  .describe('Tries failed operations again; off by default, a benchmark must not hide failures. An operation with its retries is one, ' +
    'with its whole time; `s3_retries` counts them')

// What a bucket is told and tells again: its policy, its lifecycle, its usual encryption. No lifecycle is carried out.
import { receiveText } from '../body/receive.ts'
import { S3Error, type S3Code } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { isPolicy } from '../auth/policy.ts'
import type { Bucket } from '../store/store.ts'
import { childText, readXml, type XmlElement } from '../xml/reader.ts'
import { leaf, node, s3Document } from '../xml/writer.ts'
import type { Operation } from './operation.ts'
import { CONFIGURATION_MAX_BYTES } from './shapes.ts'

/** One sort of configuration: how a body becomes what is kept, and that an answer. */
interface Sort<T> {
  /** S3's names for the three operations. */
  readonly names: readonly [get: string, put: string, remove: string]
  readonly subresource: string
  readonly missing: S3Code
  read(text: string): T
  write(x: Exchange, kept: T): void
  of(bucket: Bucket): T | undefined
  set(bucket: Bucket, kept: T | undefined): void
}

const operationsOf = <T>(sort: Sort<T>, [get, put, remove] = sort.names, { subresource } = sort): readonly Operation[] => [
  {
    name: get, level: 'bucket', method: 'GET', subresource,
    handle(x) {
      const kept = sort.of(x.bucket)
      if (kept === undefined) throw new S3Error(sort.missing, undefined, { BucketName: x.bucket.name })
      sort.write(x, kept)
    },
  },
  {
    name: put, level: 'bucket', method: 'PUT', subresource,
    async handle(x) {
      const { text } = await receiveText(x, CONFIGURATION_MAX_BYTES)
      const kept = sort.read(text)
      sort.set(x.bucket, kept)
      x.reply(200)
    },
  },
  {
    name: remove, level: 'bucket', method: 'DELETE', subresource,
    handle(x) {
      sort.set(x.bucket, undefined)
      x.reply(204)
    },
  },
]

const rulesOf = (text: string, root: string): readonly XmlElement[] => {
  const element = readXml(text)
  const rules = element.children.filter(({ name }) => name === 'Rule')
  if (element.name !== root || rules.length === 0) throw new S3Error('MalformedXML', `The body must be a ${root} document with a Rule.`)
  return rules
}

/** An element as it came, without its attributes. */
const written = ({ name, text, children }: XmlElement): string =>
  children.length === 0 ? leaf(name, text) : node(name, ...children.map(written))

export const configurationOperations: readonly Operation[] = [
  ...operationsOf<string>({
    names: ['GetBucketPolicy', 'PutBucketPolicy', 'DeleteBucketPolicy'], subresource: 'policy', missing: 'NoSuchBucketPolicy',
    read(text) {
      if (!isPolicy(text)) throw new S3Error('MalformedPolicy')
      return text
    },
    write(x, policy) {
      x.head(200, ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(policy))])
      x.response.end(policy)
    },
    of: (bucket) => bucket.policy, set: (bucket, policy) => { bucket.policy = policy },
  }),
  ...operationsOf<string>({
    names: ['GetBucketLifecycleConfiguration', 'PutBucketLifecycleConfiguration', 'DeleteBucketLifecycle'], subresource: 'lifecycle',
    missing: 'NoSuchLifecycleConfiguration',
    read(text) {
      const rules = rulesOf(text, 'LifecycleConfiguration')
      for (const rule of rules) {
        const status = childText(rule, 'Status')
        if (status !== 'Enabled' && status !== 'Disabled') throw new S3Error('MalformedXML', 'The Status of a Rule is Enabled or Disabled.')
      }
      return rules.map(written).join('')
    },
    write: (x, rules) => { x.replyXml(s3Document('LifecycleConfiguration', rules)) },
    of: (bucket) => bucket.lifecycle, set: (bucket, rules) => { bucket.lifecycle = rules },
  }),
  ...operationsOf<NonNullable<Bucket['encryption']>>({
    names: ['GetBucketEncryption', 'PutBucketEncryption', 'DeleteBucketEncryption'], subresource: 'encryption',
    missing: 'ServerSideEncryptionConfigurationNotFoundError',
    read(text) {
      const usual = rulesOf(text, 'ServerSideEncryptionConfiguration')[0]?.children
        .find(({ name }) => name === 'ApplyServerSideEncryptionByDefault')
      const kind = usual && childText(usual, 'SSEAlgorithm')
      if (usual === undefined || (kind !== 'AES256' && kind !== 'aws:kms')) {
        throw new S3Error('MalformedXML', 'The SSEAlgorithm of a Rule is AES256 or aws:kms.')
      }
      return kind === 'AES256' ? { kind } : { kind, keyId: childText(usual, 'KMSMasterKeyID') }
    },
    write(x, usual) {
      x.replyXml(s3Document('ServerSideEncryptionConfiguration', node('Rule', node('ApplyServerSideEncryptionByDefault',
        leaf('SSEAlgorithm', usual.kind), leaf('KMSMasterKeyID', usual.kind === 'aws:kms' ? usual.keyId : undefined)))))
    },
    of: (bucket) => bucket.encryption, set: (bucket, usual) => { bucket.encryption = usual },
  }),
]

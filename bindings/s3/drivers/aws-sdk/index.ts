// The aws-sdk driver: the same operations through AWS's own client, for what it costs and how it behaves.
import {
  AbortMultipartUploadCommand, CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand, GetObjectCommand,
  HeadBucketCommand, HeadObjectCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, ListObjectsV2Command, PutObjectCommand,
  type BucketLocationConstraint, type ObjectIdentifier, type S3Client,
} from '@aws-sdk/client-s3'
import { StorageError, type Call, type Content } from '../../../sdk/index.ts'
import { decodeUrl, locationOf } from '../../documents.ts'
import { opened } from '../../driver-config.ts'
import type {
  DeleteManyFacts, DriverContext, Facts, GetFacts, GetRequest, HeadFacts, ListFacts, ListRequest, ListUploadsFacts, ListUploadsRequest,
  ListVersionsFacts, ListVersionsRequest, ObjectVersion, OpenUpload, PutRequest, S3Driver, VersionName,
} from '../../driver.ts'
import type { ApiFacts, ApiRequest } from '../../operations/api.ts'
import { textIn } from '../../operations/reply.ts'
import { rangeText, sizeOfRange } from '../../ranges.ts'
import { checkHeader, sha256Of } from '../../request-parts.ts'
import type { S3Settings } from '../../settings.ts'
import { UNSIGNED_PAYLOAD } from '../../signer.ts'
import { XmlError } from '../../xml.ts'
import { agentOptionsOf } from '../agents.ts'
import { bodyOf } from '../body.ts'
import type { Operation } from '../http-operation.ts'
import { HttpOperations } from '../http-operations.ts'
import { commandOf, fieldsOf } from './api-commands.ts'
import { clientFor } from './client.ts'
import { awsSdkConfig, type AwsSdkConfig } from './config.ts'
import { errorOf } from './errors.ts'
import { Transport } from './transport.ts'

/** What every answer of the SDK tells. */
interface Output {
  readonly $metadata: { readonly httpStatusCode?: number | undefined; readonly requestId?: string | undefined }
  readonly ETag?: string | undefined
}

interface ListedVersion {
  readonly Key?: string | undefined
  readonly VersionId?: string | undefined
  readonly IsLatest?: boolean | undefined
  readonly LastModified?: Date | undefined
}

/** The SDK gives versions and delete markers apart: together again they stand by key, the newest of a key first. */
const inOrder = (all: readonly (ObjectVersion & { readonly at: number })[]): ObjectVersion[] =>
  all.map((one) => ({ ...one, bytes: Buffer.from(one.key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes) || Number(b.isLatest) - Number(a.isLatest) || b.at - a.at)
    .map(({ key, versionId, isLatest, isDeleteMarker }) => ({ key, versionId, isLatest, isDeleteMarker }))

interface SendOptions { readonly abortSignal: AbortSignal }

const factsOf = ({ $metadata, ETag }: Output, operation: Operation, bytes: number): Facts => ({
  status: $metadata.httpStatusCode ?? 0, bytes, etag: ETag, requestId: $metadata.requestId,
  wireIn: operation.wireIn, wireOut: operation.wireOut,
})

class AwsSdkDriver implements S3Driver {
  readonly showsRequests = true
  readonly #settings: S3Settings
  readonly #config: AwsSdkConfig
  readonly #client: S3Client
  readonly #unsigned: () => S3Client
  #nobody: S3Client | undefined
  readonly #operations: HttpOperations

  constructor({ settings, clock, wireLog }: DriverContext) {
    this.#settings = settings
    this.#operations = new HttpOperations(settings, clock, errorOf)
    this.#config = opened(settings.driverConfig, awsSdkConfig)
    if (settings.payloadSigning === 'sha256' && this.#config.checksums === 'when_supported') {
      throw new StorageError('invalid', 'payload_signing: sha256 and driver_config: checksums: when_supported don\'t go together: ' +
        'the SDK sends a body with its checksum behind it unsigned')
    }
    const transport = new Transport({ ...agentOptionsOf(settings), wireLog })
    this.#client = clientFor(settings, this.#config, clock, transport)
    this.#unsigned = () => this.#nobody ??= clientFor(settings, this.#config, clock, transport, true)
  }

  put({ key, content, contentType, metadata }: PutRequest, call: Call): Promise<Facts> {
    return this.#run(`PUT ${key}`, call, async (operation, options) => {
      operation.content = content
      if (contentType !== undefined) checkHeader('content-type', contentType)
      for (const [name, value] of Object.entries(metadata ?? {})) checkHeader(`x-amz-meta-${name}`, value)
      const command = new PutObjectCommand({
        Bucket: this.#settings.bucket, Key: key, Body: bodyOf(content), ContentLength: content.sizeBytes,
        ...(contentType === undefined ? {} : { ContentType: contentType }),
        ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
      })
      if (this.#config.checksums === 'when_required') this.#hashPayload(command, content)
      return factsOf(await this.#client.send(command, options), operation, content.sizeBytes)
    })
  }

  /** Has a body signed as the target says, and not as the SDK would by itself. */
  #hashPayload(command: PutObjectCommand, content: Content): void {
    const hash = this.#settings.payloadSigning === 'sha256' ? sha256Of(content) : UNSIGNED_PAYLOAD
    command.middlewareStack.add((next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] = hash
      return next(args)
    }, { step: 'build', name: 'payloadHash' })
  }

  perform(request: ApiRequest, call: Call): Promise<ApiFacts> {
    const { api, key, content, checksum, sink, onFields, signature } = request
    const client = signature === 'anonymous' ? this.#unsigned() : this.#client
    return this.#run(`${api} ${key ?? request.bucket ?? this.#settings.bucket}`, call, async (operation, options) => {
      operation.content = content
      const command = commandOf(request, this.#settings.bucket)
      if (command === undefined) throw new StorageError('unsupported', `${api}: the SDK has no command for it`, { detail: api })
      if (content !== undefined && checksum === undefined && this.#config.checksums === 'when_required') this.#hashPayload(command, content)
      const output: Output & Readonly<Record<string, unknown>> = { ...await client.send(command, options) }
      const fields = fieldsOf(api, output)
      onFields?.(fields)
      if (api === 'GetObject') await operation.receive(output['Body'], sink)
      const facts = factsOf(output, operation, content?.sizeBytes ?? operation.bodyBytes)
      return {
        ...facts, etag: textIn(fields, 'ETag') || undefined, fields, metadata: (output['Metadata'] ?? {}) as Record<string, string>,
        contentLength: output['ContentLength'] as number | undefined,
      }
    })
  }

  get({ key, range, sink }: GetRequest, call: Call): Promise<GetFacts> {
    return this.#run(`GET ${key}`, call, async (operation, options) => {
      const output = await this.#client.send(new GetObjectCommand({
        Bucket: this.#settings.bucket, Key: key, ...(range === undefined ? {} : { Range: rangeText(range) }),
      }), options)
      await operation.receive(output.Body, sink)
      const { $metadata: { httpStatusCode }, ContentRange, ContentLength } = output
      const sizeBytes = httpStatusCode === 206 ? sizeOfRange(ContentRange) : ContentLength
      return { ...factsOf(output, operation, operation.bodyBytes), sizeBytes }
    })
  }

  head(key: string, call: Call): Promise<HeadFacts> {
    return this.#run(`HEAD ${key}`, call, async (operation, options) => {
      const output = await this.#client.send(new HeadObjectCommand({ Bucket: this.#settings.bucket, Key: key }), options)
      return {
        ...factsOf(output, operation, 0), sizeBytes: output.ContentLength, contentType: output.ContentType,
        lastModified: output.LastModified?.toUTCString(), metadata: output.Metadata ?? {},
      }
    })
  }

  delete(key: string, call: Call): Promise<Facts> {
    return this.#run(`DELETE ${key}`, call, async (operation, options) =>
      factsOf(await this.#client.send(new DeleteObjectCommand({ Bucket: this.#settings.bucket, Key: key }), options), operation, 0))
  }

  deleteMany(keys: readonly string[], call: Call): Promise<DeleteManyFacts> {
    return this.#deleteAll(`multi-delete of ${keys.length} keys`, keys.map((Key) => ({ Key })), call)
  }

  deleteVersions(versions: readonly VersionName[], call: Call): Promise<DeleteManyFacts> {
    const objects = versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }))
    return this.#deleteAll(`multi-delete of ${versions.length} versions`, objects, call)
  }

  #deleteAll(what: string, objects: ObjectIdentifier[], call: Call): Promise<DeleteManyFacts> {
    return this.#run(what, call, async (operation, options) => {
      const output = await this.#client.send(new DeleteObjectsCommand({
        Bucket: this.#settings.bucket, Delete: { Quiet: true, Objects: objects },
      }), options)
      const failed = (output.Errors ?? []).map(({ Key: name = '', Code: detail = 'unknown', Message: message = '' }) =>
        ({ key: name, detail, message }))
      return { ...factsOf(output, operation, 0), failed }
    })
  }

  list({ prefix, maxKeys, startAfter, continuationToken, delimiter }: ListRequest, call: Call): Promise<ListFacts> {
    return this.#run(prefix === '' ? 'list' : `list of ${prefix}`, call, async (operation, options) => {
      const output = await this.#client.send(new ListObjectsV2Command({
        Bucket: this.#settings.bucket, Prefix: prefix, EncodingType: 'url', MaxKeys: maxKeys, StartAfter: startAfter,
        ContinuationToken: continuationToken, Delimiter: delimiter,
      }), options)
      const { IsTruncated, NextContinuationToken, EncodingType } = output
      if (IsTruncated === undefined) throw new XmlError('a listing without <IsTruncated>')
      const plain = EncodingType === 'url' ? decodeUrl : (text: string) => text
      const objects = (output.Contents ?? []).map(({ Key, Size, ETag = '', LastModified }) => {
        if (Key === undefined || Size === undefined) throw new XmlError('<Contents> without <Key> or <Size>')
        return { key: plain(Key), sizeBytes: Size, etag: ETag, lastModified: LastModified?.toISOString() ?? '' }
      })
      const commonPrefixes = (output.CommonPrefixes ?? []).map(({ Prefix = '' }) => plain(Prefix))
      if (IsTruncated && (NextContinuationToken ?? '') === '') throw new XmlError('a truncated listing without <NextContinuationToken>')
      return {
        ...factsOf(output, operation, 0), objects, commonPrefixes,
        ...(IsTruncated && NextContinuationToken !== undefined ? { continuationToken: NextContinuationToken } : {}),
      }
    })
  }

  listVersions({ prefix, maxKeys, after }: ListVersionsRequest, call: Call): Promise<ListVersionsFacts> {
    return this.#run(`list of versions of ${prefix}`, call, async (operation, options) => {
      const output = await this.#client.send(new ListObjectVersionsCommand({
        Bucket: this.#settings.bucket, Prefix: prefix, EncodingType: 'url', MaxKeys: maxKeys, KeyMarker: after?.key,
        VersionIdMarker: after?.versionId,
      }), options)
      const plain = output.EncodingType === 'url' ? decodeUrl : (text: string) => text
      const read = (isDeleteMarker: boolean) => ({ Key, VersionId, IsLatest, LastModified }: ListedVersion) => {
        if (Key === undefined || VersionId === undefined) throw new XmlError('a version without <Key> or <VersionId>')
        return { at: LastModified?.getTime() ?? 0, key: plain(Key), versionId: VersionId, isLatest: IsLatest === true, isDeleteMarker }
      }
      const { NextKeyMarker, NextVersionIdMarker } = output
      return {
        ...factsOf(output, operation, 0),
        versions: inOrder([...(output.Versions ?? []).map(read(false)), ...(output.DeleteMarkers ?? []).map(read(true))]),
        ...(output.IsTruncated !== true || NextKeyMarker === undefined ? {}
          : { next: { key: plain(NextKeyMarker), ...(NextVersionIdMarker === undefined ? {} : { versionId: NextVersionIdMarker }) } }),
      }
    })
  }

  listUploads({ prefix, maxUploads, after }: ListUploadsRequest, call: Call): Promise<ListUploadsFacts> {
    return this.#run(`list of uploads to ${prefix}`, call, async (operation, options) => {
      // Not asked to encode keys: some RADOS gateways (16.2) then do so without saying it.
      const output = await this.#client.send(new ListMultipartUploadsCommand({
        Bucket: this.#settings.bucket, Prefix: prefix, MaxUploads: maxUploads, KeyMarker: after?.key, UploadIdMarker: after?.uploadId,
      }), options)
      const uploads = (output.Uploads ?? []).map(({ Key, UploadId }) => {
        if (Key === undefined || UploadId === undefined) throw new XmlError('an <Upload> without <Key> or <UploadId>')
        return { key: Key, uploadId: UploadId }
      })
      const { NextKeyMarker, NextUploadIdMarker } = output
      return {
        ...factsOf(output, operation, 0), uploads,
        ...(output.IsTruncated !== true || NextKeyMarker === undefined ? {}
          : { next: { key: NextKeyMarker, ...(NextUploadIdMarker === undefined ? {} : { uploadId: NextUploadIdMarker }) } }),
      }
    })
  }

  abortUpload({ key, uploadId }: OpenUpload, call: Call): Promise<Facts> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.#settings.bucket, Key: key, UploadId: uploadId })
    return this.#run(`DELETE upload of ${key}`, call, async (operation, options) =>
      factsOf(await this.#client.send(command, options), operation, 0))
  }

  headBucket(call: Call): Promise<Facts> {
    return this.#run(this.#bucketName('HEAD'), call, async (operation, options) =>
      factsOf(await this.#client.send(new HeadBucketCommand({ Bucket: this.#settings.bucket }), options), operation, 0))
  }

  createBucket(call: Call): Promise<Facts> {
    const { bucket, region } = this.#settings
    const place = locationOf(region)
    const command = new CreateBucketCommand({
      Bucket: bucket,
      ...(place === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint: place as BucketLocationConstraint } }),
    })
    return this.#run(this.#bucketName('PUT'), call, async (operation, options) =>
      factsOf(await this.#client.send(command, options), operation, 0))
  }

  deleteBucket(call: Call): Promise<Facts> {
    return this.#run(this.#bucketName('DELETE'), call, async (operation, options) =>
      factsOf(await this.#client.send(new DeleteBucketCommand({ Bucket: this.#settings.bucket }), options), operation, 0))
  }

  close(): Promise<void> {
    this.#operations.close()
    this.#client.destroy()
    return Promise.resolve()
  }

  #bucketName(method: string): string { return `${method} bucket ${this.#settings.bucket}` }

  #run<T>(what: string, call: Call, send: (operation: Operation, options: SendOptions) => Promise<T>): Promise<T> {
    return this.#operations.run(what, call, (operation) => send(operation, { abortSignal: operation.signal }))
  }
}

/** Opens the driver; connects when first used. Throws StorageError('invalid') for a wrong driver_config or an unreadable CA file. */
export const openDriver = (context: DriverContext): S3Driver => new AwsSdkDriver(context)

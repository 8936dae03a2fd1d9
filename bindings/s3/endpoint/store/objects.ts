// What the endpoint stores: objects, the delete markers that hide them, parts of uploads.
import type { Checksum } from '../checksum/declared.ts'
import type { ByteString } from '../http/byte-string.ts'
import type { CannedAcl, Encryption, Extras, Retention } from './extras.ts'

/** A moment in whole seconds, as S3 keeps it. */
export interface Moment {
  readonly epochMs: number
  /** As in Last-Modified. */
  readonly httpDate: string
}

export interface Tag { readonly key: string; readonly value: string }

interface VersionFacts {
  readonly key: ByteString
  readonly modified: Moment
  /** `null` where versioning was not on. */
  readonly versionId: string
  /** Versions of a key that came later have a greater one. */
  readonly order: number
}

/** One version of an object. */
export interface StoredObject extends VersionFacts {
  readonly isMarker: false
  readonly pieces: readonly Buffer[]
  readonly sizeBytes: number
  /** With its quotes. */
  readonly etag: string
  /** What GET and HEAD repeat of the upload's headers (Content-Type, x-amz-meta-*, …): names and values in turn. */
  readonly headers: readonly string[]
  readonly checksum: Checksum | undefined
  /** How often it was appended to; undefined of objects that were put whole, which nothing can be appended to. */
  readonly appends?: number | undefined
  readonly encryption: Encryption | undefined
  // What changes about a version once it is there.
  tags: readonly Tag[]
  acl: CannedAcl
  retention: Retention | undefined
  legalHold: boolean
}

/** A version that says the key was deleted. */
export interface DeleteMarker extends VersionFacts { readonly isMarker: true }

export type Version = StoredObject | DeleteMarker

/** What whoever stores an object knows of it; its version is the bucket's to give. */
export type NewObject = Omit<StoredObject, 'isMarker' | 'versionId' | 'order'>

/** One part of a multipart upload. */
export interface Part {
  readonly number: number
  readonly pieces: readonly Buffer[]
  readonly sizeBytes: number
  readonly etag: string
  readonly modified: Moment
  readonly checksum: Checksum | undefined
}

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly id: string
  readonly key: ByteString
  readonly initiated: Moment
  readonly headers: readonly string[]
  readonly tags: readonly Tag[]
  readonly extras: Extras
  readonly checksum: Pick<Checksum, 'name' | 'type'> | undefined
  readonly parts: Map<number, Part>
}

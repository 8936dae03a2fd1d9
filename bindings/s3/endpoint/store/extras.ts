// What buckets and objects can have beside their bytes: who may read them, how long they are kept, by which key.
export const CANNED_ACLS = [
  'private', 'public-read', 'public-read-write', 'authenticated-read', 'bucket-owner-read', 'bucket-owner-full-control',
] as const
export type CannedAcl = (typeof CANNED_ACLS)[number]

export interface Retention { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly untilMs: number }

/** By whose key an object is said to be encrypted; nothing in memory is. A customer's key is known by its MD5 alone. */
export type Encryption =
  | { readonly kind: 'AES256' }
  | { readonly kind: 'aws:kms'; readonly keyId: string | undefined }
  | { readonly kind: 'customer'; readonly keyMd5: string }

/** What an upload says of the object to be. */
export interface Extras {
  readonly acl: CannedAcl
  readonly retention: Retention | undefined
  readonly legalHold: boolean
  readonly encryption: Encryption | undefined
}

// Every way the endpoint can say no: S3's own codes and statuses, with sentences of ours.

/** Code -> [HTTP status, what is said when nothing more precise is known]. */
const ERRORS = {
  AccessDenied: [403, 'The request is not allowed: it carries no signature, or one that does not cover what it asks for.'],
  AuthorizationHeaderMalformed: [400, 'Authorization must be AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=… (64 hex digits).'],
  AuthorizationQueryParametersError: [400, 'The X-Amz-* query parameters of a presigned URL are incomplete or wrong.'],
  BadDigest: [400, 'The digest or checksum sent with the body is not the one of the bytes that arrived.'],
  BadRequest: [400, 'The request could not be read as HTTP/1.1.'],
  BucketAlreadyOwnedByYou: [409, 'The bucket exists already and is yours.'],
  BucketNotEmpty: [409, 'The bucket still holds objects; delete them first.'],
  EntityTooLarge: [400, 'The object is larger than the endpoint takes.'],
  EntityTooSmall: [400, 'Every part of a multipart upload but the last must be at least 5 MiB.'],
  IllegalLocationConstraintException: [400, 'The location constraint names another region than the endpoint\'s.'],
  IncompleteBody: [400, 'The body ended before, or went on after, the length its headers declare.'],
  InternalError: [500, 'The endpoint failed; this is a bug in it.'],
  InvalidAccessKeyId: [403, 'The access key is not one the endpoint knows.'],
  InvalidArgument: [400, 'A parameter has a value it cannot take.'],
  InvalidBucketState: [409, 'The bucket is in a state that does not allow this.'],
  InvalidBucketName: [400, 'Bucket names are 3 to 63 lower-case letters, digits, dots and hyphens; a letter or digit at both ends.'],
  InvalidDigest: [400, 'Content-MD5 must be the base64 form of 16 bytes.'],
  InvalidPart: [400, 'A part named in the list was never uploaded, or has another ETag.'],
  InvalidPartOrder: [400, 'The parts must be listed by rising part number, each once.'],
  InvalidRange: [416, 'The range begins beyond the end of the object.'],
  InvalidRequest: [400, 'The request contradicts itself.'],
  InvalidTag: [400, 'A tag is not one that S3 takes.'],
  InvalidToken: [400, 'The endpoint issues no session tokens; send its access and secret key alone.'],
  InvalidURI: [400, 'The path or query is not properly percent-encoded UTF-8.'],
  KeyTooLongError: [400, 'Keys have at most 1024 bytes of UTF-8.'],
  MalformedPolicy: [400, 'The policy must be JSON with statements that allow or deny.'],
  MalformedXML: [400, 'The XML of the body is not well-formed, or not what this operation takes.'],
  MaxMessageLengthExceeded: [400, 'The XML of the body is too long.'],
  MetadataTooLarge: [400, 'User metadata may take at most 2 KiB, names and values together.'],
  MethodNotAllowed: [405, 'This method cannot be used on this resource.'],
  MissingContentLength: [411, 'Content-Length or Transfer-Encoding: chunked is needed.'],
  MissingSecurityHeader: [400, 'An ACL is needed: in x-amz-acl, or as the body.'],
  NoSuchBucket: [404, 'There is no bucket of this name.'],
  NoSuchBucketPolicy: [404, 'The bucket has no policy.'],
  NoSuchKey: [404, 'There is no object under this key.'],
  NoSuchLifecycleConfiguration: [404, 'The bucket has no lifecycle configuration.'],
  NoSuchObjectLockConfiguration: [404, 'The object is not kept by any retention.'],
  NoSuchTagSet: [404, 'The bucket has no tags.'],
  NoSuchUpload: [404, 'There is no multipart upload of this id; it may have been completed or aborted.'],
  NoSuchVersion: [404, 'There is no version of this id under this key.'],
  NotImplemented: [501, 'The built-in endpoint does not offer this operation.'],
  ObjectLockConfigurationNotFoundError: [404, 'The bucket was not made with object lock.'],
  ObjectNotAppendable: [409, 'The object was put whole; nothing can be appended to it.'],
  PositionNotEqualToLength: [409, 'The position is not where the object ends.'],
  PreconditionFailed: [412, 'A condition in the If-* headers does not hold.'],
  QuotaExceeded: [507, 'The endpoint\'s memory limit is reached; delete objects, or start it with a larger max_bytes.'],
  RequestHeaderSectionTooLarge: [400, 'The request head is too long.'],
  RequestTimeout: [400, 'The request did not arrive in time.'],
  RequestTimeTooSkewed: [403, 'The request\'s date and the endpoint\'s clock are more than 15 minutes apart.'],
  ServerSideEncryptionConfigurationNotFoundError: [404, 'The bucket has no encryption of its own.'],
  ServiceUnavailable: [503, 'The endpoint cannot answer now.'],
  SignatureDoesNotMatch: [403, 'The signature is not the one the endpoint computes; compare CanonicalRequest with what you signed.'],
  SlowDown: [503, 'Requests come faster than the endpoint wants them.'],
  XAmzContentSHA256Mismatch: [400, 'The body\'s SHA-256 is not the one in x-amz-content-sha256.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type S3Code = keyof typeof ERRORS
export const isS3Code = (text: string): text is S3Code => Object.hasOwn(ERRORS, text)

/** The request is refused. Becomes an S3 error document; any other error thrown by a handler is a bug. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly code: S3Code
  readonly status: number
  /** Further elements of the error document, by name. */
  readonly details: Readonly<Record<string, string>>
  /** Further headers of the answer, names and values in turn. */
  readonly headers: readonly string[]
  constructor(code: S3Code, message?: string, details: Readonly<Record<string, string>> = {}, headers: readonly string[] = []) {
    const [status, sentence] = ERRORS[code]
    super(message ?? sentence)
    this.code = code
    this.status = status
    this.details = details
    this.headers = headers
  }
}

/** The client went away before its request was complete: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

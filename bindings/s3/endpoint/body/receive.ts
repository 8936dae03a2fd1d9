// Takes in the body of a request: decodes, counts, digests and checks it, and keeps the pieces as they came.
import { AwsChunkedDecoder } from './aws-chunked.ts'
import { CryptoDigest, checksumDigest } from '../../checksum/digest.ts'
import type { Digest } from '../../checksum/digest.ts'
import { checkedValue, declaredChecksum, headerOf } from '../checksum/declared.ts'
import type { Checksum, DeclaredChecksum } from '../checksum/declared.ts'
import { ClientGone, S3Error } from '../errors.ts'
import { declaresBody } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Lease } from '../store/capacity.ts'

export interface Body {
  readonly pieces: readonly Buffer[]
  readonly sizeBytes: number
  /** Undefined when it was neither wanted nor sent. */
  readonly md5: Buffer | undefined
  /** The checksum that was declared, now verified. */
  readonly checksum: Checksum | undefined
}

interface BodyRules {
  readonly maxBytes: number
  /** What is said of a longer one. */
  readonly tooLong: 'EntityTooLarge' | 'MaxMessageLengthExceeded'
  /** Room for the payload is taken from it. */
  readonly lease?: Lease
  readonly md5?: boolean
  /** True when checksum headers speak of something else than the body. */
  readonly foreignChecksum?: boolean
}

/** Pieces smaller than this on average are copied into one: each costs some 200 bytes beside its own. */
const PIECE_MIN_BYTES = 4096

function compacted(pieces: readonly Buffer[], sizeBytes: number): readonly Buffer[] {
  if (pieces.length < 2 || sizeBytes / pieces.length >= PIECE_MIN_BYTES) return pieces
  const whole = Buffer.allocUnsafeSlow(sizeBytes)
  let at = 0
  for (const piece of pieces) at += piece.copy(whole, at)
  return [whole]
}

/** The payload's length as the head declares it; undefined when only the end of the body will tell. */
function declaredBytes(x: Exchange): number | undefined {
  const length = x.header('content-length')
  if (x.grant.kind !== 'chunked') return length === undefined ? undefined : Number(length)
  const decoded = x.header('x-amz-decoded-content-length')
  if (decoded === undefined) {
    if (length === undefined) return undefined
    throw new S3Error('MissingContentLength', 'An aws-chunked body needs x-amz-decoded-content-length.')
  }
  if (!/^\d{1,15}$/.test(decoded)) throw new S3Error('InvalidArgument', 'x-amz-decoded-content-length must be a whole number.')
  return Number(decoded)
}

function contentMd5(x: Exchange): Buffer | undefined {
  const value = x.header('content-md5')
  if (value === undefined) return undefined
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== 16 || bytes.toString('base64') !== value) throw new S3Error('InvalidDigest', undefined, { 'Content-MD5': value })
  return bytes
}

/** One body on its way in. */
class Intake {
  readonly #x: Exchange
  readonly #rules: BodyRules
  readonly #expectedBytes: number | undefined
  readonly #expectedMd5: Buffer | undefined
  readonly #declared: DeclaredChecksum | undefined
  readonly #decoder: AwsChunkedDecoder | undefined
  readonly #md5: Digest | undefined
  readonly #sha256: Digest | undefined
  readonly #checksum: Digest | undefined
  readonly #pieces: Buffer[] = []
  #sizeBytes = 0

  constructor(x: Exchange, rules: BodyRules) {
    this.#x = x
    this.#rules = rules
    this.#expectedBytes = declaredBytes(x)
    if (this.#expectedBytes !== undefined) this.#admit(this.#expectedBytes)
    if (this.#expectedBytes !== undefined) rules.lease?.grow(this.#expectedBytes)
    this.#expectedMd5 = contentMd5(x)
    this.#declared = rules.foreignChecksum === true ? undefined : declaredChecksum(x.request.headers)
    this.#md5 = rules.md5 === true || this.#expectedMd5 !== undefined ? new CryptoDigest('md5') : undefined
    this.#sha256 = x.grant.kind === 'hashed' ? new CryptoDigest('sha256') : undefined
    this.#checksum = this.#declared && checksumDigest(this.#declared.name)
    if (x.grant.kind === 'chunked') {
      this.#decoder = new AwsChunkedDecoder(x.grant.signatures, x.grant.trailer, (bytes) => { this.#takePayload(bytes) })
    }
  }

  take(bytes: Buffer): void {
    if (this.#decoder === undefined) this.#takePayload(bytes)
    else this.#decoder.push(bytes)
  }

  /** True once half of what was declared, or anything of a body of unknown length, has come. */
  get isHalfWay(): boolean { return this.#sizeBytes * 2 >= (this.#expectedBytes ?? 0) }

  /** Checks all that was promised of the body. */
  close(): Body {
    const trailers = this.#decoder?.end()
    if (this.#expectedBytes !== undefined && this.#sizeBytes !== this.#expectedBytes) {
      throw new S3Error('IncompleteBody', `The head declares ${this.#expectedBytes} bytes of payload; ${this.#sizeBytes} arrived.`)
    }
    const sha256 = this.#sha256?.digest().toString('hex')
    if (this.#x.grant.kind === 'hashed' && sha256 !== this.#x.grant.sha256) {
      throw new S3Error('XAmzContentSHA256Mismatch', undefined,
        { ClientComputedContentSHA256: this.#x.grant.sha256, S3ComputedContentSHA256: sha256 ?? '' })
    }
    const md5 = this.#md5?.digest()
    if (this.#expectedMd5 !== undefined && md5?.equals(this.#expectedMd5) !== true) {
      throw new S3Error('BadDigest', 'Content-MD5 is not the MD5 of the body that arrived.',
        { ExpectedDigest: this.#expectedMd5.toString('hex'), CalculatedDigest: md5?.toString('hex') ?? '' })
    }
    this.#x.service.traffic.bytesIn += this.#sizeBytes
    return { pieces: compacted(this.#pieces, this.#sizeBytes), sizeBytes: this.#sizeBytes, md5, checksum: this.#checkedChecksum(trailers) }
  }

  #checkedChecksum(trailers: ReadonlyMap<string, string> | undefined): Checksum | undefined {
    if (this.#declared === undefined || this.#checksum === undefined) return undefined
    const { name } = this.#declared
    const sent = this.#declared.value ?? trailers?.get(headerOf(name))
    if (sent === undefined) {
      throw new S3Error('InvalidRequest', `x-amz-trailer announces ${headerOf(name)}, but the body has no such trailer.`)
    }
    const value = this.#checksum.digest().toString('base64')
    if (checkedValue(name, sent) !== value) {
      throw new S3Error('BadDigest', `${headerOf(name)} is ${sent}; the body that arrived has ${value}.`)
    }
    return { name, value, type: 'FULL_OBJECT' }
  }

  #takePayload(bytes: Buffer): void {
    this.#sizeBytes += bytes.length
    if (this.#expectedBytes === undefined) {
      this.#admit(this.#sizeBytes)
      this.#rules.lease?.grow(bytes.length)
    } else if (this.#sizeBytes > this.#expectedBytes) {
      throw new S3Error('IncompleteBody', `The head declares ${this.#expectedBytes} bytes of payload; more arrived.`)
    }
    this.#md5?.update(bytes)
    this.#sha256?.update(bytes)
    this.#checksum?.update(bytes)
    this.#pieces.push(bytes)
  }

  #admit(bytes: number): void {
    if (bytes > this.#rules.maxBytes) throw new S3Error(this.#rules.tooLong, undefined, { MaxSizeAllowed: String(this.#rules.maxBytes) })
  }
}

/**
 * Receives the whole body.
 * @throws S3Error for everything wrong with it; ClientGone when the connection ends first.
 */
export async function receive(x: Exchange, rules: BodyRules): Promise<Body> {
  const intake = new Intake(x, rules)
  if (!declaresBody(x.request)) return intake.close()
  // It may have left while the answer was delayed: then no event is to come.
  if (x.request.destroyed) throw new ClientGone()
  const outcome = await new Promise<() => Body>((resolve) => {
    const { request } = x
    const settle = (end: () => Body): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      resolve(end)
    }
    const onData = (bytes: Buffer): void => {
      try {
        intake.take(bytes)
        if (x.fault?.cutsUpload === true && intake.isHalfWay) {
          x.cut()
          throw new ClientGone()
        }
      } catch (error) { settle(() => { throw error }) }
    }
    const onEnd = (): void => { settle(() => intake.close()) }
    const onGone = (): void => { settle(() => { throw new ClientGone() }) }
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
    x.welcomeBody()
  })
  return outcome()
}

/** Receives a body of XML, as text. @throws S3Error MaxMessageLengthExceeded when it is longer than `maxBytes`. */
export async function receiveText(
  x: Exchange, maxBytes: number, rules: Pick<BodyRules, 'foreignChecksum'> = {},
): Promise<{ readonly text: string; readonly body: Body }> {
  const body = await receive(x, { ...rules, maxBytes, tooLong: 'MaxMessageLengthExceeded' })
  return { text: Buffer.concat(body.pieces).toString('utf8'), body }
}

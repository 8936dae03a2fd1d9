// The TLS of an endpoint: what is spoken, who the certificate is for, who vouches for it and for how long.
import { isIP } from 'node:net'
import { checkServerIdentity, connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Finding } from '../../sdk/index.ts'
import { adviceForConnect } from '../errors.ts'
import { failed, msText, ok, warning } from './figures.ts'
import type { Way } from './network.ts'

const HANDSHAKE_MS = 5000
const DAY_MS = 86_400_000
const EXPIRES_SOON_DAYS = 14

interface Handshake {
  readonly tookMs: number
  readonly protocol: string
  readonly cipher: string
  readonly certificate: PeerCertificate
  /** Why the certificate is not trusted; undefined when it is. */
  readonly untrusted: string | undefined
}

/** Shakes hands whatever the certificate, as what is wrong with it is what is looked for. */
function handshake({ host, port, clock, signal }: Way, options: ConnectionOptions): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const startMs = clock.now()
    // The name is looked at apart from trust.
    const socket: TLSSocket = connect({ ...options, host, port, rejectUnauthorized: false, checkServerIdentity: () => undefined }, () => {
      const { authorizationError } = socket
      resolve({
        tookMs: clock.now() - startMs, protocol: socket.getProtocol() ?? 'unknown', cipher: socket.getCipher().name,
        certificate: socket.getPeerCertificate(),
        untrusted: socket.authorized ? undefined : reasonOf(authorizationError),
      })
      socket.destroy()
    })
    const stop = (): void => { socket.destroy(Object.assign(new Error('no handshake in time'), { code: 'ETIMEDOUT' })) }
    AbortSignal.any([signal, AbortSignal.timeout(HANDSHAKE_MS)]).addEventListener('abort', stop, { once: true })
    socket.once('error', reject)
  })
}

/** Typed as an Error, and a code as a text in fact. */
const reasonOf = (error: unknown): string => typeof error === 'string' ? error : error instanceof Error ? error.message : 'unknown'

const nameOf = (subject: PeerCertificate['subject'] | undefined): string =>
  subject === undefined ? 'nobody' : [subject.CN ?? subject.O ?? 'unnamed'].flat().join(' ')

/** Findings of the handshake and of the certificate; `options` are those the driver connects with. */
export async function checkTls(way: Way, options: ConnectionOptions, insecure: boolean): Promise<readonly Finding[]> {
  let shaken: Handshake
  try {
    shaken = await handshake(way, options)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return [failed('TLS', `no handshake: ${code}`, adviceForConnect(error))]
  }
  const { tookMs, protocol, cipher, certificate } = shaken
  const spoken = ok('TLS', `${protocol}, ${cipher}, handshake ${msText(tookMs)}`)
  const name = options.servername ?? way.host
  return [spoken, certificateFinding({
    certificate, name, insecure, nowMs: way.clock.epochMs(), untrusted: shaken.untrusted,
    wrongName: checkServerIdentity(name, certificate) !== undefined,
  })]
}

export interface CertificateFacts {
  readonly certificate: Pick<PeerCertificate, 'subject' | 'issuer' | 'valid_from' | 'valid_to' | 'subjectaltname'>
  /** The name it should be for. */
  readonly name: string
  readonly insecure: boolean
  readonly nowMs: number
  readonly untrusted: string | undefined
  readonly wrongName: boolean
}

/** What a certificate is, and what is wrong with it first. */
export function certificateFinding({ certificate, name, insecure, nowMs, untrusted, wrongName }: CertificateFacts): Finding {
  const days = Math.floor((Date.parse(certificate.valid_to) - nowMs) / DAY_MS)
  const until = days < 0 ? `expired on ${certificate.valid_to}` : `good for ${days} days`
  const value = `of ${nameOf(certificate.subject)}, by ${nameOf(certificate.issuer)}, ${until}`
  const problem = problemOf()
  if (problem === undefined) {
    return days < EXPIRES_SOON_DAYS ? warning('certificate', value, 'renew it before it expires') : ok('certificate', value)
  }
  const [what, remedy] = problem
  return insecure ? warning('certificate', `${value}; ${what}: accepted, as tls.insecure is set`, remedy)
    : failed('certificate', `${value}; ${what}`, remedy)

  function problemOf(): readonly [what: string, remedy: string] | undefined {
    if (days < 0) return ['it has expired', 'renew it, or for a test set tls.insecure: true']
    if (Date.parse(certificate.valid_from) > nowMs) {
      return [`it is good from ${certificate.valid_from} on`, 'is this machine\'s clock right?']
    }
    if (untrusted !== undefined) {
      return [`not trusted (${untrusted})`, 'name the PEM file of the CA that issued it in tls.ca, or for a test set tls.insecure: true']
    }
    if (!wrongName) return undefined
    const names = certificate.subjectaltname ?? 'no name at all'
    const remedy = isIP(name) === 0 ? 'use one of these names in the endpoint, or set tls.servername to it'
      : 'use one of these in the endpoint instead of the address, or set tls.servername to it'
    return [`not for ${name} but for ${names}`, remedy]
  }
}

// The way to an endpoint, step by step: its name, its addresses, TCP, and the clock behind it.
import { lookup } from 'node:dns/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect, isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Clock, Finding } from '../../sdk/index.ts'
import { adviceForConnect } from '../errors.ts'
import { failed, median, msText, ok, warning } from './figures.ts'

/** What the checks of the way need. */
export interface Way {
  /** Name or address a socket connects to. */
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly authority: string
  /** Name to ask for by TLS, where it isn't the host's. */
  readonly servername?: string | undefined
  /** The certificate to show, where the store asks for one. */
  readonly secureContext?: SecureContext | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

const STEP_MS = 5000
const CONNECTIONS = 10
/** More of them are not tried one by one. */
const ADDRESSES_MAX = 8
/** A name that takes longer makes every new connection wait. */
const SLOW_NAME_MS = 100
/** From here on what is measured is mostly distance. */
const FAR_MS = 50
const JITTER = { times: 10, ms: 5 } as const

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : error instanceof Error ? error.message : String(error)
}

/** The addresses of the endpoint's name, as connections find them. */
export async function checkName({ host, clock }: Way): Promise<{ readonly finding: Finding; readonly addresses: readonly string[] }> {
  if (isIP(host) !== 0) return { finding: ok('DNS', `${host} is an address, there is no name to look up`), addresses: [host] }
  const startMs = clock.now()
  try {
    const found = await lookup(host, { all: true })
    const tookMs = clock.now() - startMs
    const addresses = [...new Set(found.map(({ address }) => address))]
    const value = `${host} is ${addresses.join(', ')} (${msText(tookMs)})`
    const remedy = 'every new connection waits for it: use a caching resolver on this machine, or the address itself'
    return { finding: tookMs > SLOW_NAME_MS ? warning('DNS', value, remedy) : ok('DNS', value), addresses }
  } catch (error) {
    const value = `${host} is unknown (${codeOf(error)}, ${msText(clock.now() - startMs)})`
    return { finding: failed('DNS', value, `${adviceForConnect(error)} (or add it to /etc/hosts)`), addresses: [] }
  }
}

/** The time until a connection stands: one round trip. Rejects with the reason why it does not. */
function connectMs(address: string, { port, clock, signal }: Way): Promise<number> {
  return new Promise((resolve, reject) => {
    const startMs = clock.now()
    const socket = connect({ host: address, port, noDelay: true, signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]) })
    socket.once('connect', () => { resolve(clock.now() - startMs); socket.destroy() })
    socket.once('error', (error) => { reject(error.name === 'AbortError' ? Object.assign(error, { code: 'ETIMEDOUT' }) : error) })
  })
}

/** Connects to every address, and often to those that answer. */
export async function checkTcp(way: Way, addresses: readonly string[]): Promise<Finding> {
  const timesMs: number[] = []
  const answering: string[] = []
  const refused: { readonly address: string; readonly error: unknown }[] = []
  for (const address of addresses.slice(0, ADDRESSES_MAX)) {
    try {
      timesMs.push(await connectMs(address, way))
      answering.push(address)
    } catch (error) { refused.push({ address, error }) }
  }
  const [first] = refused
  if (answering.length === 0) {
    const value = refused.map(({ address, error }) => `${address} port ${way.port}: ${codeOf(error)}`).join(', ')
    return failed('TCP', value, adviceForConnect(first?.error))
  }
  try {
    while (timesMs.length < CONNECTIONS) timesMs.push(await connectMs(answering[timesMs.length % answering.length] ?? '', way))
  } catch (error) {
    return warning('TCP', `${timesMs.length} connections stood, then one did not: ${codeOf(error)}`, adviceForConnect(error))
  }
  const minMs = Math.min(...timesMs)
  const middleMs = median(timesMs)
  const value = `round trip min ${msText(minMs)}, median ${msText(middleMs)} over ${timesMs.length} connections`
  if (first !== undefined) {
    const dead = refused.map(({ address, error }) => `${address} (${codeOf(error)})`).join(', ')
    return warning('TCP', `${value}; no answer from ${dead}`, 'take it out of DNS, or start the gateway there')
  }
  if (minMs >= FAR_MS) return warning('TCP', value, 'the store is far away: run nearer to it, or take the figures for the network\'s')
  const jitters = middleMs > JITTER.ms && middleMs > JITTER.times * minMs
  if (jitters) return warning('TCP', value, 'the network or one of the machines is busy: look at their load before measuring')
  return ok('TCP', value)
}

/** A clock's difference that is still worth nothing; signatures are refused from `refusedMs` on. */
const SKEW = { warnMs: 60_000, refusedMs: 15 * 60_000 } as const
/** A Date header says seconds. */
const DATE_ERROR_MS = 500

/** What the store's clock is ahead of ours by, going by a Date header that came between two moments; all in ms. */
export const skewMs = (date: string, sentMs: number, gotMs: number): number => Date.parse(date) + DATE_ERROR_MS - (sentMs + gotMs) / 2

/** A clock's difference as a finding. */
export function clockFinding(aheadMs: number): Finding {
  const size = Math.abs(aheadMs)
  const side = aheadMs > 0 ? 'behind' : 'ahead of'
  const difference = size < 2 * DATE_ERROR_MS ? 'within a second of the store\'s' : `${Math.round(size / 1000)} s ${side} the store's`
  const remedy = 'set this machine\'s clock by NTP (chronyc makestep, timedatectl set-ntp true), or the store\'s'
  if (size > SKEW.refusedMs) return failed('clock', `this machine is ${difference}: requests are refused (RequestTimeTooSkewed)`, remedy)
  return size > SKEW.warnMs ? warning('clock', `this machine is ${difference}`, remedy) : ok('clock', `this machine is ${difference}`)
}

/** Asks the endpoint for anything at all, unsigned: whether it speaks HTTP, and what its clock says. */
export async function checkHttp(way: Way): Promise<Finding> {
  const { clock } = way
  const sentMs = clock.epochMs()
  try {
    const { status, date } = await plainRequest(way)
    if (date === undefined || Number.isNaN(Date.parse(date))) {
      const remedy = 'compare the clocks by hand: requests are refused from 15 min on'
      return warning('clock', `the store answers (${status}) without a Date header`, remedy)
    }
    return clockFinding(skewMs(date, sentMs, clock.epochMs()))
  } catch (error) {
    const spoken = way.secure ? 'https' : 'http'
    return failed('HTTP', `no answer to a plain request: ${codeOf(error)}`,
      `is it an S3 endpoint, and does it speak ${spoken}? Look at the gateway's log`)
  }
}

function plainRequest(
  { host, port, secure, authority, servername, secureContext, signal }: Way,
): Promise<{ readonly status: number; readonly date: string | undefined }> {
  return new Promise((resolve, reject) => {
    const send = secure ? requestHttps : requestHttp
    // Whether its certificate is good was looked at before.
    const request = send({
      host, port, method: 'GET', path: '/', agent: false, rejectUnauthorized: false, headers: { host: authority },
      ...servername === undefined ? {} : { servername },
      ...secureContext === undefined ? {} : { secureContext },
      signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]),
    }, (response) => {
      response.resume()
      response.once('end', () => { resolve({ status: response.statusCode ?? 0, date: response.headers.date }) })
      response.once('error', reject)
    })
    request.once('error', reject)
    request.end()
  })
}

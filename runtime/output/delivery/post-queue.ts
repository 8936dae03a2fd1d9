// Bodies on their way to a receiver by HTTP: one at a time, tried again while the receiver is not there, bounded in memory.
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** What may wait for a receiver. The oldest is given up for the newest. */
const BATCHES_MAX = 120
const BYTES_MAX = 32 * 1024 ** 2
const TIMEOUT_MS = 10_000
const BACKOFF_MAX_MS = 10_000
/** What of an answer is read, to tell why it refuses. */
const ANSWER_MAX = 300

export interface PostOptions {
  /** Without user and password: these go into `headers`. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Told once, at the first failure; the text says why. */
  readonly warn: (text: string) => void
  readonly batchesMax?: number
  readonly firstBackoffMs?: number
}

interface Answer { readonly status: number; readonly text: string }
type Outcome = { readonly ok: true } | { readonly ok: false; readonly again: boolean; readonly reason: string }

/** 429 and 5xx are a matter of time, anything else is not. */
const outcomeOf = ({ status, text }: Answer): Outcome => {
  if (status >= 200 && status < 300) return { ok: true }
  const said = text.trim().split('\n')[0] ?? ''
  return { ok: false, again: status === 429 || status >= 500, reason: `it answered ${status}${said === '' ? '' : `: ${said}`}` }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused', ECONNRESET: 'the connection was cut', ENOTFOUND: 'there is no such host',
  EHOSTUNREACH: 'the host can\'t be reached', ETIMEDOUT: 'the connection timed out', EAI_AGAIN: 'the host\'s name can\'t be resolved now',
}

export class PostQueue {
  readonly #o: PostOptions
  readonly #waiting: (string | Uint8Array)[] = []
  #waitingBytes = 0
  #pumping: Promise<void> | undefined
  #stop: AbortController | undefined
  #closing = false
  #wake: () => void = () => { return }
  delivered = 0
  lost = 0
  /** Why the first one was lost, or the last try failed. */
  reason: string | undefined

  constructor(options: PostOptions) { this.#o = options }

  push(body: string | Uint8Array): void {
    if (this.#closing) return
    this.#waiting.push(body)
    this.#waitingBytes += body.length
    // The one under way is not here: it was taken out.
    while (this.#waiting.length > (this.#o.batchesMax ?? BATCHES_MAX) || (this.#waitingBytes > BYTES_MAX && this.#waiting.length > 1)) {
      this.#take()
      this.#lose('it takes them too slowly')
    }
    this.#pumping ??= this.#pump().finally(() => { this.#pumping = undefined })
  }

  /** Delivers the rest, or gives it up: what can't be delivered at once, or not within so many ms. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true
    this.#wake()
    const timer = setTimeout(() => { this.#stop?.abort() }, withinMs)
    await this.#pumping
    clearTimeout(timer)
    for (; this.#waiting.length > 0; this.#take()) this.#lose('it was not there')
  }

  #take(): string | Uint8Array | undefined {
    const body = this.#waiting.shift()
    this.#waitingBytes -= body?.length ?? 0
    return body
  }

  #lose(reason: string): void {
    this.lost++
    this.reason ??= reason
  }

  async #pump(): Promise<void> {
    for (let body = this.#take(); body !== undefined; body = this.#take()) {
      if (!await this.#deliver(body)) return
    }
  }

  /** False when there is no use in trying the others. */
  async #deliver(body: string | Uint8Array): Promise<boolean> {
    for (let backoffMs = this.#o.firstBackoffMs ?? 1000; ; backoffMs = Math.min(BACKOFF_MAX_MS, backoffMs * 2)) {
      const last = this.#closing
      const outcome = await this.#post(body)
      if (outcome.ok) {
        this.delivered++
        return true
      }
      if (this.reason === undefined) this.#o.warn(`${outcome.reason}; the run goes on`)
      this.reason ??= outcome.reason
      if (!outcome.again || last) {
        this.#lose(outcome.reason)
        return !outcome.again
      }
      await this.#pause(backoffMs)
      // What waits may be more than may wait: this one is the oldest of them.
      if (this.#waiting.length >= (this.#o.batchesMax ?? BATCHES_MAX)) {
        this.#lose(outcome.reason)
        return true
      }
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => { clearTimeout(timer); resolve() }
    })
  }

  #post(body: string | Uint8Array): Promise<Outcome> {
    const { url, headers } = this.#o
    const stop = this.#stop = new AbortController()
    const options: RequestOptions = {
      method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) }, timeout: TIMEOUT_MS, signal: stop.signal,
    }
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        const reason = stop.signal.aborted ? 'it did not answer in time' : WORDS[error.code ?? ''] ?? error.message
        resolve({ ok: false, again: true, reason })
      }
      const asked = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
        answerOf(response).then((answer) => { resolve(outcomeOf(answer)) }, failed)
      })
      asked.on('timeout', () => { asked.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })) }).on('error', failed).end(body)
    })
  }
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  let text = ''
  for await (const chunk of response) if (text.length < ANSWER_MAX) text += String(chunk)
  return { status: response.statusCode ?? 0, text: text.slice(0, ANSWER_MAX) }
}

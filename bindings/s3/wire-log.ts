// Shows requests and answers to whoever debugs them, up to a number of requests.
import type { Content, RequestLog } from '../sdk/index.ts'
import { BODY_SHOWN_BYTES, bodyLines, hiding, signedTexts } from './wire-text.ts'

/** Requests of one session that are shown: a run makes more than anybody reads. */
export const REQUESTS_SHOWN = 1000

/** A request whose answer is to be shown. */
export interface ShownRequest {
  /** Shows the answer: its head with the status line, and what there is of its body, of `total` bytes. */
  answered(head: string, body: Uint8Array, total: number): void
  /** Shows why there was none. */
  failed(error: unknown): void
}

const indented = (text: string, mark: string): string => text.split('\n').map((line) => `  ${mark}${line}`.trimEnd()).join('\n')

export class WireLog {
  readonly #log: RequestLog
  #count = 0

  constructor(log: RequestLog) { this.#log = log }

  /** True when bodies are shown as well. */
  get bodies(): boolean { return this.#log.bodies }

  /** Shows a request with its head as it is sent; undefined once enough were shown. `what` names it. */
  request(what: string, head: string, body: Content | undefined): ShownRequest | undefined {
    const number = this.#next()
    if (number === undefined) return undefined
    const hide = hiding(head)
    const signed = signedTexts(head)
    this.#write(hide, [
      `s3 request ${number}: ${what}`,
      ...signed === undefined ? [] : [
        '  canonical request:', indented(signed.canonicalRequest, '  '), '  string to sign:', indented(signed.stringToSign, '  '),
      ],
      indented(head.replace(/(\r\n)+$/, '').replaceAll('\r\n', '\n'), '> '),
      ...this.#body(startOf(body), body?.sizeBytes ?? 0, '> '),
    ])
    return {
      answered: (answer, bytes, total) => {
        const lines = indented(answer.replaceAll('\r\n', '\n'), '< ')
        this.#write(hide, [`s3 answer ${number}: ${what}`, lines, ...this.#body(bytes, total, '< ')])
      },
      failed: (error) => {
        this.#write(hide, [`s3 request ${number} failed: ${error instanceof Error ? error.message : String(error)}`])
      },
    }
  }

  /** Shows that an operation begins, of a driver whose requests can't be seen; what to call with how it ended. */
  operation(what: string): ((outcome: string) => void) | undefined {
    const number = this.#next()
    if (number === undefined) return undefined
    this.#log.write(`s3 operation ${number}: ${what}`)
    return (outcome) => { this.#log.write(`s3 operation ${number}: ${outcome}`) }
  }

  /** Says something about what is shown. */
  note(text: string): void { this.#log.write(text) }

  #next(): number | undefined {
    if (this.#count > REQUESTS_SHOWN) return undefined
    this.#count++
    if (this.#count <= REQUESTS_SHOWN) return this.#count
    this.#log.write(`${REQUESTS_SHOWN} requests were shown: no more are`)
    return undefined
  }

  #body(bytes: Uint8Array, total: number, mark: string): readonly string[] {
    return this.#log.bodies && total > 0 ? bodyLines(bytes, total).map((line) => indented(line, mark)) : []
  }

  #write(hide: (text: string) => string, lines: readonly string[]): void { this.#log.write(hide(lines.join('\n'))) }
}

const NOTHING = new Uint8Array(0)

/** The beginning of a body that can be read. */
function startOf(body: Content | undefined): Uint8Array {
  if (body === undefined || body.sizeBytes === 0) return NOTHING
  const start = new BodyStart()
  while (start.wanted > 0 && start.length < body.sizeBytes) start.push(body.chunk(start.length, start.wanted))
  return start.bytes
}

/** Keeps the beginning of a body that passes by, as much as is shown. */
export class BodyStart {
  readonly #chunks: Buffer[] = []
  length = 0
  get wanted(): number { return BODY_SHOWN_BYTES.text - this.length }
  get bytes(): Uint8Array { return Buffer.concat(this.#chunks) }
  push(chunk: Uint8Array): void {
    if (this.wanted <= 0) return
    const kept = Buffer.from(chunk.subarray(0, this.wanted))
    this.#chunks.push(kept)
    this.length += kept.length
  }
}

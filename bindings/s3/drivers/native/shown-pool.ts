// A pool whose requests and answers are shown. The driver chooses between it and the pool itself once, when it is opened.
import type { Call } from '../../../sdk/index.ts'
import { BodyStart, type WireLog } from '../../wire-log.ts'
import type { Answer, ExchangeRequest } from './exchange.ts'
import type { Pool } from './pool.ts'

/** What the driver needs of a pool. */
export type Sender = Pick<Pool, 'request' | 'close'>

/** Shows each request when it is sent and its answer when it is whole. */
export function shownPool(pool: Sender, log: WireLog): Sender {
  return {
    close: () => { pool.close() },
    async request(request: ExchangeRequest, call: Call): Promise<Answer> {
      const shown = log.request(request.what, request.head, request.body)
      if (shown === undefined) return await pool.request(request, call)
      const start = new BodyStart()
      const kept: ExchangeRequest = log.bodies && request.collect !== true
        ? { ...request, sink: (chunk) => { start.push(chunk); request.sink?.(chunk) } } : request
      try {
        const answer = await pool.request(kept, call)
        const { head, text, bodyBytes } = answer
        shown.answered(head.text, text === '' ? start.bytes : Buffer.from(text), bodyBytes)
        return answer
      } catch (error) {
        shown.failed(error)
        throw error
      }
    },
  }
}

// Hands the next part of a body to a socket: as much as may wait in the system at once.
import type { Socket } from 'node:net'
import type { Content } from '../../../sdk/index.ts'
import type { Exchange } from './exchange.ts'

/**
 * Body bytes handed to the socket before waiting for it to be drained: what one large operation holds at most. What is lent is one window:
 * many operations at once then go through memory that is still in the cache.
 */
const BURST_BYTES = 256 * 1024

/** Bodies from this size on are lent: a lent window is longer, and is made anew where the one before it is still being sent. */
const LENT_BYTES = 64 * 1024

/** Sends from where the exchange is; what is not sent at once is returned to the body when the socket is drained. */
export function sendBurst(socket: Socket, exchange: Exchange, body: Content): void {
  const end = Math.min(body.sizeBytes, exchange.sentBytes + BURST_BYTES)
  const lends = body.sizeBytes >= LENT_BYTES
  socket.cork()
  while (exchange.sentBytes < end) {
    const left = end - exchange.sentBytes
    const chunk = (lends ? body.lend?.(exchange.sentBytes, left) : undefined) ?? body.chunk(exchange.sentBytes, left)
    exchange.sentBytes += chunk.length
    socket.write(chunk)
  }
  socket.uncork()
  // The system took all of it at once: what comes next can use the same memory, which is still in the cache.
  if (socket.writableLength === 0) body.returned?.()
}

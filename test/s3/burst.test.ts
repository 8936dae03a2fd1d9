// What a body is lent for sending: windows for large ones alone, for a window is made anew while the one before it is being sent.
import { expect } from 'chai'
import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { sendBurst } from '../../bindings/s3/drivers/native/burst.ts'
import { Exchange } from '../../bindings/s3/drivers/native/exchange.ts'
import { bytesContent, type Content } from '../../bindings/sdk/index.ts'
import { callOf } from '../contract/s3-driver.ts'

describe('a burst of a body', () => {
  for (const [sizeBytes, lent] of [[1, 0], [4096, 0], [60_000, 0], [64 * 1024, 1], [200_000, 1]] as const) {
    it(`of ${sizeBytes} bytes is ${lent === 0 ? 'not lent' : 'lent'}, and sent whole`, () => {
      const bytes = Buffer.alloc(sizeBytes, 'bytes')
      const content = bytesContent(bytes)
      let times = 0
      const body: Content = {
        sizeBytes, chunk: (offset, length) => content.chunk(offset, length),
        lend: (offset, length) => { times++; return content.chunk(offset, length) },
      }
      const socket = new PassThrough({ highWaterMark: 1024 ** 2 })
      sendBurst(socket as unknown as Socket, new Exchange({ what: 'PUT k', head: '', body }, callOf(), Infinity), body)
      expect((socket.read() as Buffer).equals(bytes)).to.equal(true)
      expect(times).to.equal(lent)
    })
  }
})

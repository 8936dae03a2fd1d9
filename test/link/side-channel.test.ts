// What an agent's watchdog says beside its link: read in pieces, and dropped where it is no message.
import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import fc from 'fast-check'
import { hearAside, readAside } from '../../runtime/link/side-channel.ts'

const BUSY = { kind: 'busy', vu: 3, what: 'default() of s.js', forMs: 1200 } as const

describe('what is said aside', () => {
  it('is heard in order, in whatever pieces it comes', () => {
    fc.assert(fc.property(fc.array(fc.nat(20), { maxLength: 30 }), (cuts) => {
      const heard: unknown[] = []
      const stream = new PassThrough()
      hearAside(stream, (message) => { heard.push(message) })
      let text = `${JSON.stringify(BUSY)}\n{"kind":"heartbeat"}\n${JSON.stringify(BUSY)}\n`
      for (const cut of cuts) {
        stream.emit('data', text.slice(0, cut))
        text = text.slice(cut)
      }
      stream.emit('data', text)
      expect(heard).to.deep.equal([BUSY, { kind: 'heartbeat' }, BUSY])
    }))
  })

  it('is dropped when it is no message', () => {
    for (const line of ['', '{', 'null', '1', '[]', '{}', '{"kind":"loaded"}',
      '{"kind":"busy"}', '{"kind":"busy","vu":"1","what":"x","forMs":1}']) {
      expect(readAside(line), line).to.equal(undefined)
    }
    fc.assert(fc.property(fc.string(), fc.jsonValue(), (text, value) => {
      readAside(text)
      readAside(JSON.stringify(value))
    }))
  })
})

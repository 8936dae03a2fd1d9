// Waiting for a moment, which a signal may end: what pauses between retries, and a script's sleep, stand on.
import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import { until } from '../../bindings/sdk/index.ts'
import { HandClock } from './kit.ts'

describe('waiting for a moment', () => {
  it('ends with the moment, and listens to its signal no more', async () => {
    const clock = new HandClock()
    const { signal } = new AbortController()
    const waiting = until(clock, 10, signal)
    clock.move(10)
    await waiting
    expect(getEventListeners(signal, 'abort')).to.deep.equal([])
  })

  it('ends with its signal, and leaves no timer', async () => {
    const clock = new HandClock()
    const abort = new AbortController()
    const waiting = until(clock, 10, abort.signal)
    expect(clock.waiting).to.equal(1)
    abort.abort()
    await waiting
    expect(clock.waiting).to.equal(0)
  })

  it('does not begin with a signal that was aborted before', async () => {
    const clock = new HandClock()
    await until(clock, 10, AbortSignal.abort())
    expect(clock.waiting).to.equal(0)
  })
})

// Work that must end: what a deadline waits for, and that one which is over waits for nothing.
import { expect } from 'chai'
import { Deadline, GaveUp } from '../../runtime/agent/deadline.ts'
import { VirtualClock } from '../kit/virtual-clock.ts'

describe('a deadline', () => {
  it('gives up work that heeds no signal, a moment after it was ended', async () => {
    const clock = new VirtualClock()
    using deadline = new Deadline(clock, 60_000)
    const waiting = deadline.orGiveUp(new Promise<never>(() => { return })).catch((error: unknown) => error)
    deadline.end()
    expect(deadline.signal.aborted).to.equal(true)
    expect(clock.advance()).to.equal(true)
    expect(await waiting).to.be.instanceOf(GaveUp)
    expect(clock.now()).to.equal(1000)
    expect(deadline.passed).to.equal(false)
  })
  it('passes by itself', () => {
    const clock = new VirtualClock()
    using deadline = new Deadline(clock, 60_000)
    clock.advance()
    expect(clock.now()).to.equal(60_000)
    expect([deadline.passed, deadline.signal.aborted]).to.deep.equal([true, true])
  })
  it('waits for nothing once it is disposed of, also when it is ended after that', () => {
    const clock = new VirtualClock()
    const deadline = new Deadline(clock, 60_000)
    deadline[Symbol.dispose]()
    deadline.end()
    expect(deadline.signal.aborted).to.equal(false)
    expect(clock.advance()).to.equal(false)
  })
})

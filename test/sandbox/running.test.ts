// When an entry counts as too long: by the time that passed, and by whether the VU can have been what took it.
import { expect } from 'chai'
import { isOverdue } from '../../runtime/sandbox/running.ts'

describe('an entry into a VU', () => {
  for (const [what, passedMs, cpuMs, overdue] of [
    ['is in time up to its limit', 250, 250, false],
    ['is overdue beyond it', 251, 251, true],
    ['is overdue where it has half a core', 260, 130, true],
    ['is not to blame for a machine that gave its process hardly any time', 3000, 100, false],
    ['is to blame in the end, however slow the machine', 3000, 125, true],
  ] as const) it(what, () => { expect(isOverdue(passedMs, () => cpuMs, 250)).to.equal(overdue) })

  it('asks for CPU time only when its time is over', () => {
    expect(isOverdue(10, () => { throw new Error('asked') }, 250)).to.equal(false)
  })
})

// The watchdog: who is blamed for a silent agent, and who is not; and how broken VUs are kept from taking their neighbours' time.
import { expect } from 'chai'
import { Rebuilds } from '../../runtime/agent/rebuilds.ts'
import { LOOK_MS, Watch } from '../../runtime/agent/watch.ts'
import { INIT, Running, RUNNING } from '../../runtime/sandbox/running.ts'

type Said = ReturnType<Watch['look']>

class Scene {
  readonly running = new Running()
  readonly watch = new Watch({
    words: this.running.words, functions: ['default', 'setup'], script: 's.js', sliceLimitMs: 250, initLimitMs: 2000,
  })
  nowMs = 0
  cpuMs = 0

  /** Looks for so long, the process having the given share of a core; what was said. */
  pass(durationMs: number, cpuShare: number): readonly NonNullable<Said>[] {
    const said: NonNullable<Said>[] = []
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs;) {
      this.nowMs += LOOK_MS
      this.cpuMs += LOOK_MS * cpuShare
      const one = this.watch.look(this.nowMs, this.cpuMs)
      if (one !== undefined) said.push(one)
    }
    return said
  }
  get marked(): boolean { return this.running.words[RUNNING.over] === this.running.words[RUNNING.entry] }
}

describe('a watchdog', () => {
  it('names the VU and the function whose visit does not end, again and again, and says that it lasts', () => {
    const scene = new Scene()
    scene.running.enter(7, 0)
    const said = scene.pass(3000, 1).filter(({ kind }) => kind === 'busy')
    expect(said.length).to.be.within(3, 6)
    expect(said[0]).to.include({ kind: 'busy', vu: 7, what: 'default() of s.js' })
    const [first, last] = [said[0], said.at(-1)]
    expect(first?.kind === 'busy' && last?.kind === 'busy' && last.forMs > first.forMs).to.equal(true)
  })

  it('names nobody while VUs are entered and left, and says that the agent lives', () => {
    const scene = new Scene()
    const said: Said[] = []
    for (let visit = 0; visit < 30; visit++) {
      scene.running.enter(visit, 0)
      said.push(...scene.pass(200, 1))
      scene.running.leave()
    }
    expect(new Set(said.map((one) => one?.kind))).to.deep.equal(new Set(['heartbeat']))
    expect(said.length).to.be.within(4, 7)
  })

  it('says nothing of an idle agent', () => {
    const scene = new Scene()
    scene.running.enter(1, 0)
    scene.running.leave()
    scene.pass(200, 0)
    expect(scene.pass(10_000, 0)).to.deep.equal([])
  })

  it('blames nobody for a process that waits for the machine, nor for one that stood still', () => {
    const starved = new Scene()
    starved.running.enter(1, 0)
    expect(starved.pass(6000, 0.02).filter(({ kind }) => kind === 'busy')).to.deep.equal([])
    const halted = new Scene()
    halted.running.enter(1, 0)
    halted.pass(500, 1)
    halted.nowMs += 60_000
    expect(halted.pass(800, 1).filter(({ kind }) => kind === 'busy')).to.deep.equal([])
    for (const one of halted.pass(1000, 1)) expect(one.kind === 'busy' && one.forMs < 2000).to.equal(true)
  })

  it('marks a visit that is over its time, and only that one', () => {
    const scene = new Scene()
    scene.running.enter(1, 1)
    scene.pass(200, 1)
    expect(scene.marked).to.equal(false)
    scene.pass(300, 1)
    expect(scene.marked).to.equal(true)
    expect(scene.running.leave()).to.equal(true)
    scene.running.enter(2, 1)
    expect(scene.running.leave()).to.equal(false)
  })

  it('does not mark a visit during which the machine had no time for the process', () => {
    const scene = new Scene()
    scene.running.enter(1, 1)
    scene.pass(2000, 0.05)
    expect(scene.marked).to.equal(false)
    scene.pass(500, 1)
    expect(scene.marked).to.equal(true)
  })

  it('gives init code its own time', () => {
    const scene = new Scene()
    scene.running.enter(1, INIT)
    expect(scene.pass(1900, 1).at(-1)).to.include({ what: 'init code of s.js' })
    expect(scene.marked).to.equal(false)
    scene.pass(400, 1)
    expect(scene.marked).to.equal(true)
  })
})

describe('VUs that broke', () => {
  it('wait longer each time, up to a limit', () => {
    const rebuilds = new Rebuilds()
    const pauses = Array.from({ length: 12 }, (_, breaks) => rebuilds.pauseMs(breaks * 60_000, breaks, 250))
    expect(pauses.slice(0, 4)).to.deep.equal([10, 20, 40, 80])
    expect(pauses.at(-1)).to.equal(5000)
  })

  it('leave their neighbours three quarters of the time, however many they are', () => {
    for (const spinners of [1, 10, 100]) {
      const rebuilds = new Rebuilds()
      const spinMs = 250
      const wakes = Array.from({ length: spinners }, () => ({ atMs: 0, breaks: 0 }))
      let nowMs = 0
      let spentMs = 0
      while (nowMs < 600_000) {
        const next = wakes.reduce((a, b) => a.atMs <= b.atMs ? a : b)
        nowMs = Math.max(nowMs, next.atMs) + spinMs
        spentMs += spinMs
        next.atMs = nowMs + rebuilds.pauseMs(nowMs, next.breaks++, spinMs)
      }
      // The first spin of each can't be foreseen.
      expect((spentMs - spinners * spinMs) / nowMs, `${String(spinners)} VUs`).to.be.at.most(0.26)
    }
  })
})

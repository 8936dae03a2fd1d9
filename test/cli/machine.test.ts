// What a machine has, read from a system's files and judged against a load.
import { expect } from 'chai'
import { machineFindings, readMachine, type MachineFacts } from '../../runtime/cli/machine.ts'

const GIB = 1024 ** 3
const good: MachineFacts = {
  nodeVersion: '20.20.2', cores: 8, cpuQuota: undefined, freeBytes: 16 * GIB, groupFreeBytes: undefined, openFiles: 65536,
  portRange: [32768, 60999], timeWait: 100,
}
const odd = (facts: Partial<MachineFacts>, vus?: number, shards = 4): Record<string, string> => Object.fromEntries(
  machineFindings({ ...good, ...facts }, vus, shards).filter(({ status }) => status !== 'ok').map(({ check, value, remedy }) =>
    [check, `${value} -> ${remedy ?? ''}`]))

describe('a machine before a load', () => {
  it('is well when it has what a run needs', () => {
    expect(odd({})).to.deep.equal({})
    expect(odd({}, 10_000)).to.deep.equal({})
    expect(machineFindings(good, undefined, 4).map(({ check }) => check))
      .to.deep.equal(['Node', 'CPU', 'memory', 'open files', 'local ports'])
  })

  for (const [what, facts, vus, check, text] of [
    ['a control group allows less CPU than there are shards', { cpuQuota: 1.5 }, undefined, 'CPU', /allows 1\.5; 4 shards.*--shards 1$/],
    ['it has one core', { cores: 1 }, undefined, 'CPU', /1 core; .*--shards 1$/],
    ['memory is too little for the VUs', { freeBytes: 1 * GIB }, 10_000, 'memory', /fewer VUs than 10000/],
    ['a control group leaves too little', { groupFreeBytes: 300 * 1024 ** 2 }, undefined, 'memory', /control group leaves.*about 0 VUs/],
    ['few files may be open', { openFiles: 256 }, undefined, 'open files', /256 a process.*ulimit -n 65536/],
    ['fewer files than connections', { openFiles: 20_000 }, 200_000, 'open files', /ulimit -n 100000/],
    ['most ports are waiting to expire', { timeWait: 28_000 }, undefined, 'local ports', /232 of 28232 free.*tcp_tw_reuse/],
  ] as const) {
    it(`is warned of when ${what}`, () => {
      const found = odd(facts, vus)
      expect(found).to.have.property(check).that.matches(text)
    })
  }

  it('is never in the way of a run: what it lacks is a warning', () => {
    const findings = machineFindings({ ...good, cores: 1, freeBytes: 0, openFiles: 10, timeWait: 28_232 }, 1e6, 8)
    expect(findings.map(({ status }) => status)).not.to.include('failed')
  })
})

describe('reading a machine', () => {
  const FILES: Readonly<Record<string, string>> = {
    '/proc/meminfo': 'MemTotal: 16000000 kB\nMemAvailable:    8388608 kB\n',
    '/proc/self/limits': 'Limit  Soft  Hard\nMax open files            1024                 524288               files\n',
    '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
    '/proc/net/sockstat': 'sockets: used 9\nTCP: inuse 5 orphan 0 tw 77 alloc 9 mem 1\n',
  }
  const from = (more: Readonly<Record<string, string>>) => readMachine((path) => {
    const text = { ...FILES, ...more }[path]
    if (text === undefined) throw new Error('ENOENT')
    return text
  })

  it('takes memory, files, ports and waiting connections from /proc', () => {
    expect(from({})).to.deep.include({
      freeBytes: 8 * GIB, openFiles: 1024, portRange: [32768, 60999], timeWait: 77, cpuQuota: undefined, groupFreeBytes: undefined,
    })
  })

  it('takes limits from control groups of both versions, and none where there are none', () => {
    const group = '/sys/fs/cgroup'
    expect(from({ [`${group}/cpu.max`]: '150000 100000\n', [`${group}/memory.max`]: '1000\n', [`${group}/memory.current`]: '400\n' }))
      .to.deep.include({ cpuQuota: 1.5, groupFreeBytes: 600 })
    expect(from({
      '/proc/self/cgroup': '0::/system.slice/a.service\n', '/sys/fs/cgroup/system.slice/a.service/cpu.max': '50000 100000',
      '/sys/fs/cgroup/system.slice/a.service/memory.max': 'max\n',
    })).to.deep.include({ cpuQuota: 0.5, groupFreeBytes: undefined })
    expect(from({
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    })).to.deep.include({ cpuQuota: 2, groupFreeBytes: undefined })
    expect(from({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' }).cpuQuota)
      .to.equal(undefined)
    expect(from({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }).cpuQuota).to.equal(undefined)
  })

  it('makes do where the system tells nothing', () => {
    const facts = readMachine(() => { throw new Error('ENOENT') })
    expect(facts).to.include({ openFiles: undefined, portRange: undefined, timeWait: undefined })
    expect(facts.freeBytes).to.be.above(0)
    expect(machineFindings(facts, 5, 1).map(({ check }) => check)).to.deep.equal(['Node', 'CPU', 'memory'])
  })
})

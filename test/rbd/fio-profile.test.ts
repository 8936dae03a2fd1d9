// fio's job files as loops of I/Os: what their keys become, and that what can't be done is refused by file, line and name.
import { expect } from 'chai'
import { ioPlan } from '../../bindings/rbd/io/plan.ts'
import { fioJobs, type FioJob } from '../../scripts/fio/job-file.ts'
import { FioValueError, fioBytes, fioMs, fioSided } from '../../scripts/fio/values.ts'

const MIB = 1024 ** 2
const read = (text: string, variables: Readonly<Record<string, string>> = {}) => fioJobs('job.fio', text, variables, 64 * MIB)
const one = (keys: string): FioJob => {
  const [job] = read(`[one]\n${keys.split('; ').join('\n')}\n`).jobs
  if (job === undefined) throw new Error('there is no job')
  return job
}
const loopOf = (keys: string) => one(keys).loops[0]

/** As such files are written: a database beside its log, after a first fill. */
const DATABASE = `
# OLTP beside its log
[global]
ioengine=rbd
clientname=admin
pool=rbd
rbdname=\${IMAGE}
direct=1
size=32m
runtime=60
time_based
ramp_time=5s
group_reporting=1

[tables]
rw=randrw
rwmixread=70
bssplit=4k/60:16k/30:64k/10
random_distribution=zipf:1.2
iodepth=32
numjobs=2
randseed=7

; redo log
[log]
rw=write
bs=8k
fdatasync=4
offset=50%
rate_iops=500
`

describe('rbd-fio-profile', () => {
  it('reads a job file as it is written', () => {
    const { jobs, notes } = read(DATABASE, { IMAGE: 'db' })
    expect(notes).to.deep.equal([])
    const [tables, log] = jobs
    expect(tables).to.deep.include({ name: 'tables', image: 'db', imageBytes: 32 * MIB, rampMs: 5000, startMs: 0, reads: true })
    expect(tables?.loops).to.have.length(2)
    expect(tables?.loops[1]).to.deep.equal({
      pattern: 'zipf(1.2)', mix: { read: 70, write: 30 }, blockSize: '4096:60,16384:30,65536:10', queueDepth: 32, duration: 60_000,
      randomMap: false, syncEvery: 0, syncAtEnd: false, tags: { job: 'tables' }, region: { offset: 0, length: 32 * MIB }, seed: 8,
    })
    expect(log?.loops).to.deep.equal([{
      pattern: 'sequential', mix: 'write', blockSize: '8192', queueDepth: 1, duration: 60_000, iops: 500, randomMap: false, syncEvery: 4,
      syncAtEnd: false, tags: { job: 'log' }, region: { offset: 32 * MIB, length: 32 * MIB },
    }])
  })

  const BECOMES: Readonly<Record<string, object>> = {
    'rw=randread': { pattern: 'random', randomMap: true, bytes: 64 * MIB, blockSize: '4096' },
    'rw=randread; norandommap': { randomMap: false },
    'rw=randwrite; bsrange=4k-16k': { blockSize: '4096-16384', randomMap: false, mix: 'write' },
    'rw=randtrim; bs=64k': { mix: 'discard', blockSize: '65536' },
    'rw=rw; rwmixwrite=10': { pattern: 'sequential', mix: { read: 90, write: 10 } },
    'rw=write; bs=4k,1m,2m': { blockSize: String(MIB) },
    'rw=randrw; bssplit=4k/50:8k/:16k/': { blockSize: '4096:50,8192:25,16384:25' },
    'rw=read; io_size=1g; size=25%': { bytes: 1024 ** 3, region: { offset: 0, length: 16 * MIB } },
    'rw=read; runtime=2m': { bytes: 64 * MIB, duration: 120_000 },
    'rw=read; number_ios=10': { count: 10 },
    'rw=randread; rate=10m,0': { bytesPerSecond: 10 * MIB },
    'rw=randread; ioengine=psync; iodepth=64': { queueDepth: 1 },
    'rw=randread; random_distribution=zoned:60/10:40/90': { pattern: 'zoned(60/10:40/90)' },
    'rw=randread; random_distribution=pareto:0.2': { pattern: 'pareto(0.2)' },
    'rw=randwrite; fsync=32; end_fsync=1; blockalign=8k': { syncEvery: 32, syncAtEnd: true, align: 8192, randomMap: false },
  }
  for (const [keys, options] of Object.entries(BECOMES)) {
    it(`${keys} becomes what a loop takes`, () => {
      const loop = loopOf(keys)
      expect(loop).to.deep.include(options)
      const { tags: _tags, ...own } = loop ?? {}
      expect(() => ioPlan(own, { sizeBytes: one(keys).imageBytes, alignmentBytes: 512, own: true, verify: true })).not.to.throw()
    })
  }

  it('gives each of numjobs its place, and jobs without a named image one of their own', () => {
    const { loops, image, imageBytes } = one('rw=randread; size=4m; offset_increment=4m; numjobs=3')
    expect(loops.map(({ region }) => region)).to.deep.equal([0, 4, 8].map((at) => ({ offset: at * MIB, length: 4 * MIB })))
    expect([image, imageBytes]).to.deep.equal([undefined, 12 * MIB])
    expect(one('filename=/dev/vdb').image).to.equal('vdb')
  })

  it('lets a stonewall begin when the times of all before it are over', () => {
    const { jobs } = read('[global]\nruntime=10\n[a]\n[b]\nruntime=20\n[c]\nstonewall\n[d]\nstartdelay=1\n')
    expect(jobs.map(({ startMs }) => startMs)).to.deep.equal([0, 0, 20_000, 21_000])
  })

  it('says where it does otherwise than fio', () => {
    const { notes } = read('[a]\nrw=randread\nbsrange=4k-8k\n[b]\nrw=rw\n')
    expect(notes).to.have.length(2)
    expect(notes.join()).to.match(/a: .*norandommap.*b: .*together/)
  })

  const REFUSED: Readonly<Record<string, RegExp>> = {
    'verify=crc32c': /^job\.fio:2: verify can't be done$/,
    'rw=randread; iodepth_batch=4; hipri': /^job\.fio:3: iodepth_batch can't be done; job\.fio:4: hipri can't be done$/,
    'rw=randtrimwrite': /^job\.fio:2: rw: randtrimwrite can't be done, only read, /,
    'rw=read:8': /rw: read:8 can't be done/,
    'ioengine=http': /^job\.fio:2: ioengine=http can't be done/,
    'loops=3': /loops=3 can't be done, only loops=1/,
    'rw=randrw; bs=4k,8k': /^job\.fio:3: bs: "4k,8k" has reads and writes differ/,
    'rw=randrw; rate_iops=100': /rate_iops: fio limits reads and writes of a mixed job apart/,
    'bs=four': /bs: "four" is no size: write 4k/,
    'bssplit=4k/60:16k/30': /bssplit: the shares of .* are 90 %, not 100 %/,
    'runtime=soon': /runtime: "soon" is no time/,
    'iodepth=0': /iodepth: "0" is no whole number from 1 on/,
    'rw=randread; random_distribution=zipf:1.2:0.5': /random_distribution: zipf:1\.2:0\.5 can't be done/,
    'size=${MUCH}': /size: \$\{MUCH\} is not known: give it by -e MUCH=/,
    'size=120%': /size: 120% is more than there is/,
  }
  for (const [keys, says] of Object.entries(REFUSED)) {
    it(`refuses ${keys} with file, line and key`, () => { expect(() => one(keys)).to.throw(Error, says) })
  }
  it('refuses files without a job, keys before any section, and a stonewall it can\'t time', () => {
    expect(() => read('[global]\nbs=4k\n')).to.throw(Error, /^job\.fio:1: there is no job/)
    expect(() => read('bs=4k\n[a]\n')).to.throw(Error, /^job\.fio:1: a key before the first/)
    expect(() => read('[a]\n[b]\nstonewall\n')).to.throw(Error, /^job\.fio:3: stonewall can't be done after jobs without runtime/)
    const ramped = '[a]\nruntime=1\n[b]\nstonewall\nramp_time=1\n'
    expect(() => read(ramped)).to.throw(Error, /^job\.fio:4: stonewall can't be done with ramp_time/)
  })

  it('counts as fio does: sizes in 1024s, times in seconds', () => {
    expect(['512', '4k', '4KB', '1.5m', '2g'].map(fioBytes)).to.deep.equal([512, 4096, 4096, 1.5 * MIB, 2 * 1024 ** 3])
    expect(['30', '500ms', '2h'].map(fioMs)).to.deep.equal([30_000, 500, 7_200_000])
    expect([fioSided('1,2', ['read']), fioSided('1,2', ['trim']), fioSided('1', ['read', 'write'])]).to.deep.equal(['1', '2', '1'])
    expect(() => fioBytes('4ki')).to.throw(FioValueError)
  })
})

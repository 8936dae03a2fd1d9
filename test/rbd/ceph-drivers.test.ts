// What the drivers that reach a cluster read and say, without one: options, errno values, what the rbd program prints.
import { expect } from 'chai'
import { errorOf, succeeded } from '../../bindings/rbd/drivers/errno.ts'
import { librbdConfig } from '../../bindings/rbd/drivers/librbd/config.ts'
import { bitsOfFeatures, namesOfFeatures } from '../../bindings/rbd/drivers/librbd/features.ts'
import { infoIn, namesIn, optionsIn, snapshotsIn } from '../../bindings/rbd/drivers/rbd-cli/answers.ts'
import { benchArguments, benchFacts } from '../../bindings/rbd/drivers/rbd-cli/bench-output.ts'
import { rbdCliConfig } from '../../bindings/rbd/drivers/rbd-cli/config.ts'
import { errorOfWords } from '../../bindings/rbd/drivers/rbd-cli/program.ts'
import { DriverConfigError, StorageError, type JsonObject, type StorageCode } from '../../bindings/sdk/index.ts'

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('rbd: the errno values of Ceph', () => {
  const cases: readonly [number, StorageCode, string][] = [
    [-2, 'not_found', 'ENOENT'], [-1, 'denied', 'EPERM'], [-13, 'denied', 'EACCES'], [-16, 'busy', 'EBUSY'], [-17, 'conflict', 'EEXIST'],
    [-22, 'invalid', 'EINVAL'], [-28, 'no_space', 'ENOSPC'], [-30, 'denied', 'EROFS'], [-39, 'busy', 'ENOTEMPTY'],
    [-84, 'precondition', 'EILSEQ'], [-95, 'unsupported', 'EOPNOTSUPP'], [-108, 'blocklisted', 'EBLOCKLISTED'],
    [-110, 'timeout', 'ETIMEDOUT'], [-111, 'unreachable', 'ECONNREFUSED'], [-122, 'no_space', 'EDQUOT'], [-5, 'other', 'EIO'],
    [-4000, 'other', 'errno 4000'],
  ]
  for (const [returned, code, detail] of cases) {
    it(`${returned} is ${code}`, () => { expect(errorOf(returned, 'write')).to.include({ code, detail }) })
  }
  it('what did not fail is what it returned', () => {
    expect(succeeded(4096, 'read')).to.equal(4096)
    expect(thrownBy(() => succeeded(-2, 'opening a'))).to.be.instanceOf(StorageError).with.property('message', 'opening a: ENOENT')
  })
})

describe('rbd: driver_config of the drivers that reach a cluster', () => {
  it('librbd: what it can say, and what stands where it says nothing', () => {
    expect(librbdConfig({})).to.deep.equal({ connection: 'process', connectTimeoutMs: 10_000, options: {} })
    const options = { 'rbd cache': false, rbd_cache_size: 1024, 'debug-ms': '0' }
    expect(librbdConfig({ connection: 'vu', connect_timeout: '3s', options }))
      .to.deep.equal({ connection: 'vu', connectTimeoutMs: 3000, options: { rbd_cache: 'false', rbd_cache_size: '1024', debug_ms: '0' } })
  })
  it('rbd-cli: the program, and the same options', () => {
    expect(rbdCliConfig({ program: '/opt/rbd' })).to.deep.equal({ program: '/opt/rbd', connectTimeoutMs: 10_000, options: {} })
  })
  const wrong: readonly [(config: JsonObject) => unknown, JsonObject, string][] = [
    [librbdConfig, { conection: 'vu' }, 'conection'], [librbdConfig, { connection: 'shard' }, 'connection'],
    [librbdConfig, { connect_timeout: 0 }, 'connect_timeout'], [librbdConfig, { options: ['rbd_cache'] }, 'options'],
    [librbdConfig, { options: { rbd_cache: null } }, 'options'], [rbdCliConfig, { connection: 'vu' }, 'connection'],
    [rbdCliConfig, { program: '' }, 'program'],
  ]
  for (const [read, config, key] of wrong) {
    it(`refuses ${JSON.stringify(config)}`, () => {
      expect(thrownBy(() => read(config))).to.be.instanceOf(DriverConfigError).with.property('key', key)
    })
  }
})

describe('rbd: features of images', () => {
  it('are bits with names', () => {
    expect(bitsOfFeatures(['layering', 'exclusive-lock', 'object-map', 'fast-diff', 'deep-flatten'])).to.equal(0b111101)
    expect(namesOfFeatures(0b1000_0001)).to.deep.equal(['layering', 'data-pool'])
    expect(thrownBy(() => bitsOfFeatures(['layring']))).to.be.instanceOf(StorageError).with.property('code', 'invalid')
  })
})

describe('rbd: what the rbd program says', () => {
  const bench = { kind: 'mixed', pattern: 'random', ioBytes: 4096, queueDepth: 16, totalBytes: 8_388_608, readPercent: 70 } as const

  it('of a bench', () => {
    const printed = 'bench  type readwrite read:write=70:30 io_size 4096 io_threads 16 bytes 8388608 pattern random\n'
      + '  SEC       OPS   OPS/SEC   BYTES/SEC\nelapsed: 2   ops: 2048   ops/sec: 1024.5   bytes/sec: 4 MiB/s\n'
      + 'read_ops: 1431   read_ops/sec: 7611.7   read_bytes/sec: 30 MiB/s\n'
    expect(benchArguments(bench).join(' ')).to.equal('bench --io-type rw --io-pattern rand --io-size 4096B --io-threads 16 '
      + '--io-total 8388608B --rw-mix-read 70')
    expect(benchFacts(printed, bench)).to.deep.equal({ ios: 2048, bytes: 8_388_608, seconds: 2048 / 1024.5 })
    expect(benchFacts(printed.replace('1024.5', '1.02e+03'), bench).seconds).to.equal(2048 / 1020)
    expect(thrownBy(() => benchFacts('killed', bench))).to.be.instanceOf(StorageError).with.property('code', 'protocol')
  })

  it('of images, snapshots and options', () => {
    expect(namesIn(['b', 'a', 7])).to.deep.equal(['a', 'b'])
    expect(namesIn({})).to.deep.equal([])
    expect(infoIn({ size: 4096, object_size: 1024, features: ['layering'], stripe_unit: 512, stripe_count: 2, data_pool: 'ec',
      parent: { image: 'gold', snapshot: 'a' } })).to.deep.equal({ sizeBytes: 4096, objectBytes: 1024, features: ['layering'],
      stripeUnitBytes: 512, stripeCount: 2, dataPool: 'ec', parent: { image: 'gold', snapshot: 'a' } })
    expect(snapshotsIn([{ id: 4, name: 'a', size: 512, protected: 'true' }, { id: 5, name: 'b', size: 512, protected: 'false' }]))
      .to.deep.equal([{ name: 'a', sizeBytes: 512, protected: true }, { name: 'b', sizeBytes: 512, protected: false }])
    expect(optionsIn([{ name: 'rbd_cache', value: 'true', source: 'config' }, { name: 'x', value: '1' }], new Set(['rbd_cache'])))
      .to.deep.equal({ rbd_cache: 'true' })
  })

  const failures: readonly [string, number | undefined, StorageCode, string][] = [
    ['rbd: error opening image nope: (2) No such file or directory\n', 2, 'not_found', 'ENOENT'],
    ['2026-12-01 -1 librbd: rbd image exp2 already exists\n\nrbd: create error: (17) File exists\n', 17, 'conflict', 'EEXIST'],
    ['rbd: snapshot \'a\' is protected from removal.\n', 16, 'busy', 'EBUSY'],
    ['rbd: couldn\'t connect to the cluster!\nrbd: listing images failed: (13) Permission denied\n', 13, 'denied', 'EACCES'],
    ['rbd: listing images failed: (1) Operation not permitted\n', 1, 'denied', 'EPERM'],
    ['global_init: unable to open config file from search list /nope\n', 1, 'other', 'rbd'],
    ['', undefined, 'other', 'rbd'],
  ]
  for (const [said, exitCode, code, detail] of failures) {
    it(`of a failure: ${said.trim().split('\n').at(-1) ?? ''}`, () => {
      const error = errorOfWords('removing a', said, exitCode)
      expect(error).to.include({ code, detail })
      expect(error.message).to.match(/^removing a: .+/).and.not.contain('\n')
    })
  }
})

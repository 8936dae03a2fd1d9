// `chopsticks/metrics`, `chopsticks/execution` and `chopsticks/data`, as scripts see them.
import { expect } from 'chai'
import fc from 'fast-check'
import type * as dataModule from '../../bindings/data/guest.ts'
import type * as executionModule from '../../bindings/execution/guest.ts'
import type * as metricsModule from '../../bindings/metrics/guest.ts'
import { openWorld, type World } from './world.ts'

type Metrics = typeof metricsModule
type Execution = typeof executionModule
type Data = typeof dataModule

describe('the modules a script imports', () => {
  let world: World
  beforeEach(async () => { world = await openWorld() })
  afterEach(() => world.close())

  describe('the module chopsticks/metrics', () => {
    let metrics: Metrics
    beforeEach(async () => { metrics = await world.load<Metrics>('metrics/guest') })

    it('declares each type', () => {
      new metrics.Counter('c1')
      new metrics.Gauge('g1')
      new metrics.Rate('r1')
      expect(new metrics.Trend('t1', true).name).to.equal('t1')
      const declared = { c1: 'counter default', g1: 'gauge default', r1: 'rate default', t1: 'trend time' }
      expect(Object.fromEntries(world.host.declared)).to.deep.equal(declared)
    })

    it('takes the same declaration again, and no other', () => {
      new metrics.Trend('t1', true)
      new metrics.Trend('t1', true)
      expect(() => new metrics.Trend('t1')).to.throw("'t1'")
      expect(() => new metrics.Counter('t1')).to.throw("'t1'")
    })

    it('refuses names that k6 refuses', () => {
      const names = ['bad name', 'a', '1a', 'ä1', '', 'x'.repeat(130)]
      for (const name of names) expect(() => new metrics.Counter(name), name).to.throw('metric name')
      expect(new metrics.Counter('x'.repeat(129)).name).to.have.length(129)
    })

    it('refuses declarations outside init code, on both sides of the border', () => {
      world.enter('iteration')
      expect(() => new metrics.Counter('abc')).to.throw('init code')
      expect(() => world.post('metrics.declare', 'abc', 'counter', 'default')).to.throw('init code')
    })

    it('adds numbers, booleans and strings that read as numbers', () => {
      const counter = new metrics.Counter('c1')
      expect([counter.add(-1), counter.add('5'), counter.add(true), counter.add(false)]).to.deep.equal([true, true, true, true])
      expect(world.host.added.map(({ value }) => value)).to.deep.equal([-1, 5, 1, 0])
    })

    it('leaves other values out with a warning', () => {
      const counter = new metrics.Counter('c1')
      const values = [NaN, 'x', '', undefined, null, {}, [], Infinity] as number[]
      expect(values.map((value) => counter.add(value))).to.deep.equal(values.map(() => false))
      expect(world.host.added).to.deep.equal([])
      expect(world.host.logged[0]).to.equal("warn metric 'c1': NaN is no number, it was left out")
      expect(world.host.logged).to.have.length(values.length)
    })

    it('turns tags into strings, and throws at tags that are no plain value', () => {
      const trend = new metrics.Trend('t1', true)
      trend.add(1, { a: 1, b: true, c: 'x' })
      trend.add(1, null)
      expect(world.host.added.map(({ tags }) => tags)).to.deep.equal([{ a: '1', b: 'true', c: 'x' }, {}])
      expect(() => trend.add(1, { a: {} as string })).to.throw("metric 't1', tag 'a'")
    })

    it('has a host that refuses forged values', () => {
      expect(() => world.post('metrics.add', 'c1', 'NaN', {})).to.throw('finite')
      expect(() => world.post('metrics.add', 'c1', 1, { a: null })).to.throw("tag 'a'")
      expect(() => world.post('metrics.declare', 'c1', 'sum', 'default')).to.throw('type')
    })
  })

  describe('the module chopsticks/execution', () => {
    let exec: Execution
    beforeEach(async () => { exec = await world.load<Execution>('execution/guest') })

    const enterIteration = (): void => {
      world.enter('iteration')
      Object.assign(world.state, {
        vu: 12,
        iteration: 3,
        info: {
          scenario: 'sc', executor: 'per-vu-iterations', scenarioStartEpochMs: 1_795_468_319_026, progress: 0.25,
          iterationInInstance: 1, iterationInTest: 5, vuInInstance: 2, vusActive: 2, vusInitialized: 3, iterationsCompleted: 1,
          iterationsInterrupted: 0, elapsedMs: 9.5, options: { vus: 3 },
        },
      })
    }

    it('tells where the iteration is, also as JSON', () => {
      enterIteration()
      expect(JSON.parse(JSON.stringify(exec.default.scenario))).to.deep.equal({
        name: 'sc', executor: 'per-vu-iterations', startTime: 1_795_468_319_026, progress: 0.25, iterationInInstance: 1, iterationInTest: 5,
      })
      expect(JSON.parse(JSON.stringify(exec.instance))).to.deep.equal({
        vusActive: 2, vusInitialized: 3, iterationsCompleted: 1, iterationsInterrupted: 0, currentTestRunDuration: 9.5,
      })
      expect(exec.vu).to.include({ idInInstance: 2, idInTest: 12, iterationInInstance: 3, iterationInScenario: 3 })
      expect(exec.test.options).to.deep.equal({ vus: 3 })
    })

    it('refuses outside iterations, and says where that is', () => {
      expect(() => exec.scenario.name).to.throw('exec.scenario').and.match(/init/)
      expect(exec.vu.idInInstance).to.equal(0)
    })

    it('tags everything the VU emits', () => {
      enterIteration()
      world.state.tags = { group: '::a' }
      exec.vu.tags.mine = 4
      exec.vu.metrics.tags.other = 'x'
      expect(world.host.tags).to.deep.equal({ group: '::a', mine: '4', other: 'x' })
      expect(exec.vu.tags.mine).to.equal('4')
      expect({ ...exec.vu.tags }).to.deep.equal({ group: '::a', mine: '4', other: 'x' })
      delete exec.vu.tags.mine
      expect('mine' in exec.vu.tags).to.equal(false)
      expect(world.host.tags).to.deep.equal({ group: '::a', other: 'x' })
      expect(() => { exec.vu.tags.bad = {} as string }).to.throw("tag 'bad'")
    })

    it('aborts by throwing, and marks as failed without', () => {
      expect(() => exec.test.abort('enough')).to.throw('enough')
      exec.test.fail()
      expect(world.host.ended).to.deep.equal(['abort enough', 'fail test.fail() was called'])
      expect(() => world.post('execution.end', 'stop', '', '')).to.throw('abort')
    })
  })

  describe('the module chopsticks/data', () => {
    let data: Data
    beforeEach(async () => { data = await world.load<Data>('data/guest') })

    it('makes an array once, and gives frozen elements', () => {
      let made = 0
      const make = (): { n: number; deep: { x: number }[] }[] => { made += 1; return [{ n: 1, deep: [{ x: 1 }] }, { n: 2, deep: [] }] }
      const first = new data.SharedArray('u', make)
      const second = new data.SharedArray('u', make)
      expect([made, first.length, second[1]?.n, first[0]]).to.deep.equal([1, 2, 2, { n: 1, deep: [{ x: 1 }] }])
      expect(first[0]).to.be.frozen
      expect(first[0]?.deep[0]).to.be.frozen
    })

    it('works as an array', () => {
      const array = new data.SharedArray('u', () => [3, 1, 2])
      expect(Array.isArray(array)).to.equal(true)
      expect(array).to.be.instanceOf(data.SharedArray)
      expect([...array]).to.deep.equal([3, 1, 2])
      expect(array.map((n) => n * 2)).to.deep.equal([6, 2, 4])
      expect(array.map((n) => n)).to.not.be.instanceOf(data.SharedArray)
      expect(array.filter((n) => n > 1).concat(array.slice(0, 1))).to.deep.equal([3, 2, 3])
      expect(array.toSorted()).to.deep.equal([1, 2, 3])
      expect([array.at(-1), array.indexOf(1), array.includes(9), array[7]]).to.deep.equal([2, 1, false, undefined])
      expect([1 in array, 3 in array]).to.deep.equal([true, false])
      expect(Object.entries(array)).to.deep.equal([['0', 3], ['1', 1], ['2', 2]])
      expect(JSON.stringify(array)).to.equal('[3,1,2]')
    })

    it('can not be changed', () => {
      const array = new data.SharedArray('u', () => [2, 1])
      const changes = [
        () => array.push(2), () => { array[0] = 2 }, () => array.pop(), () => array.sort(), () => { array.length = 0 },
        () => delete array[0],
      ]
      for (const change of changes) {
        expect(change).to.throw(TypeError, 'SharedArray can not be changed')
      }
    })

    it('refuses what is no array, no JSON, no name, or is made too late', () => {
      expect(() => new data.SharedArray('u', () => ({ length: 1 }) as never)).to.throw('must return an array')
      expect(() => new data.SharedArray('u', (() => Promise.resolve([])) as never)).to.throw('a promise')
      expect(() => new data.SharedArray('u', () => [1, () => 2])).to.throw('element 1')
      expect(() => new data.SharedArray('', () => [])).to.throw('name')
      world.enter('iteration')
      expect(() => new data.SharedArray('u', () => [])).to.throw('init code')
      expect(() => world.post('data.share', 'u', [])).to.throw('init code')
      expect(() => world.post('data.item', 'u', 0.5)).to.throw('whole number')
      expect(() => world.post('data.item', 'u', 0)).to.throw('no element 0')
    })

    describe('parseCsv', () => {
      it('reads quotes, both line ends, and empty fields', () => {
        const text = '\ufeffa,b\r\n"x ""y"" , z",\n\n1,"two\nlines"'
        expect(data.parseCsv(text)).to.deep.equal([['a', 'b'], ['x "y" , z', ''], ['1', 'two\nlines']])
        expect(data.parseCsv('')).to.deep.equal([])
        expect(data.parseCsv('a;b,c\t', { delimiter: ';' })).to.deep.equal([['a', 'b,c\t']])
      })

      it('makes objects of rows under a header', () => {
        expect(data.parseCsv('key,size\na,1\nb,2\n', { header: true })).to.deep.equal([{ key: 'a', size: '1' }, { key: 'b', size: '2' }])
        expect(() => data.parseCsv('key,size\na\n', { header: true })).to.throw('row 2 has 1 fields, the header has 2')
      })

      it('names the row of what is wrong', () => {
        expect(() => data.parseCsv('a\n"b')).to.throw('row 2: a quote is not closed')
        expect(() => data.parseCsv('a\n"b"c')).to.throw('row 2: text after a closing quote')
        expect(() => data.parseCsv('a', { delimiter: '"' })).to.throw('delimiter')
      })

      it('reads back whatever is written', () => {
        const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '\\', 't'), maxLength: 6 })
        const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 })
        fc.assert(fc.property(rows, fc.constantFrom(',', '\t', '|', '^', ']', 't', ';'), (table, delimiter) => {
          const text = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter)).join('\r\n')
          expect(data.parseCsv(text, { delimiter })).to.deep.equal(table)
        }))
      })
    })
  })
})

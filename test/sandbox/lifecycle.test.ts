// What a VU runs and what comes back: functions, data, globals.
import { expect } from 'chai'
import type { IterationInfo } from '../../bindings/sdk/guest.ts'
import { openError } from '../../runtime/sandbox/sandbox.ts'
import { errorOf, openSandbox, openScript, request, TestHost, valueOf, vuOptions } from './kit.ts'

const info = (scenario: string): IterationInfo => ({
  scenario, executor: 'constant-vus', exec: 'default', scenarioStartEpochMs: 0, iterationInTest: 7, iterationInInstance: 7, vuInInstance: 1,
  vusActive: 1, vusInitialized: 1, iterationsCompleted: 0, iterationsInterrupted: 0, elapsedMs: 0, progress: 0.5,
})

describe('A VU', () => {
  it('shows its functions and options', async () => {
    using script = await openScript(`export const options = { vus: 3 }; export const notOne = 4
      export function setup() {} export default async () => {}`)
    expect([...script.vu.functions].sort()).to.deep.equal(['default', 'setup'])
    expect(script.vu.options).to.deep.equal({ vus: 3 })
  })

  it('has null options when the script has none', async () => {
    using script = await openScript('export default function () {}')
    expect(script.vu.options).to.equal(null)
  })

  it('refuses options that are no plain data', async () => {
    using sandbox = await openSandbox('const a: any = {}; a.a = a; export const options = a; export default function () {}')
    const error = openError(await sandbox.openVu(vuOptions, new TestHost()).catch((thrown: unknown) => thrown))
    expect(error?.message).to.match(/^options must be plain data: .*circular/)
  })

  it('passes data in and a value out', async () => {
    using script = await openScript('export default (data: any) => ({ got: data.list.length, when: new Date(0) })')
    expect(await valueOf(script.vu, { argText: '{"list":[1,2,3]}' })).to.deep.equal({ got: 3, when: '1970-01-01T00:00:00.000Z' })
  })

  it('passes other data when it is other, and none when there is none', async () => {
    using script = await openScript('export default (data: any) => data === undefined ? "none" : data')
    expect(await valueOf(script.vu, { argText: '1' })).to.equal(1)
    expect(await valueOf(script.vu, { argText: '2' })).to.equal(2)
    expect(await valueOf(script.vu)).to.equal('none')
    expect(await valueOf(script.vu, { argText: '2' })).to.equal(2)
  })

  it('gives no value unless asked', async () => {
    using script = await openScript('export default () => 5')
    expect(await script.vu.run(request({ wantValue: false }))).to.deep.equal({ ok: true, valueText: undefined, lateErrors: [] })
  })

  it('says when the value is not what JSON can say', async () => {
    using script = await openScript('export default () => 5n')
    expect(errorOf(await script.vu.run(request()))).to.match(/^throw TypeError: default\(\) returned what can't be written as JSON/)
    expect(await valueOf(script.vu, { wantValue: false })).to.equal(undefined)
  })

  it('knows a function that is missing', async () => {
    using script = await openScript('export default () => 5')
    expect(errorOf(await script.vu.run(request({ fn: 'other' })))).to.equal('throw TypeError: the script exports no function "other"')
  })

  it('has __VU, __ITER and __ENV, and a scenario\'s own variables over them', async () => {
    using sandbox = await openSandbox('const first = typeof __ITER; export default () => [__VU, __ITER, first, __ENV]')
    const vu = await sandbox.openVu({ ...vuOptions, id: 12, env: { A: '1', B: '1' } }, new TestHost())
    expect(await valueOf(vu, { iteration: 4 })).to.deep.equal([12, 4, 'undefined', { A: '1', B: '1' }])
    expect(await valueOf(vu, { env: { B: '2' } })).to.deep.equal([12, 0, 'undefined', { A: '1', B: '2' }])
    expect(await valueOf(vu, { iteration: -1 })).to.deep.equal([12, null, 'undefined', { A: '1', B: '1' }])
  })

  it('fetches what the host says about the iteration only in iterations', async () => {
    using script = await openScript(`import { infoNow, phaseNow } from 'kernel';
      export default () => [phaseNow(), infoNow()?.iterationInTest ?? null]`)
    expect(await valueOf(script.vu, { info: () => info('a') })).to.deep.equal(['iteration', 7])
    expect(await valueOf(script.vu, { phase: 'setup', iteration: -1 })).to.deep.equal(['setup', null])
  })

  it('starts each run with no tags, and tells the host of those it sets', async () => {
    const host = new TestHost()
    host.answers['core.tags'] = () => undefined
    using script = await openScript(
      `import { state, setTags } from 'kernel'; export default () => { const before = [state.group, state.tags];
        setTags({ group: '::a', x: '1' }); return [before, state.group] }`,
      {}, host)
    expect(await valueOf(script.vu)).to.deep.equal([['', {}], '::a'])
    expect(await valueOf(script.vu)).to.deep.equal([['', {}], '::a'])
    expect(host.told.map(({ args }) => args)).to.deep.equal([[{ group: '::a', x: '1' }], [{ group: '::a', x: '1' }]])
  })

  it('may await in init code', async () => {
    using script = await openScript(`import { call } from 'kernel'; const got = await call('test.echo', ['late']);
      await new Promise(r => setTimeout(r, 5)); export default () => got`)
    expect(await valueOf(script.vu)).to.equal('late')
  })

  it('runs two hundred at once', async () => {
    using sandbox = await openSandbox(`import { call } from 'kernel'; let n = 0;
      export default async () => { n += await call<number>('test.echo', [__VU]); return n }`)
    const host = new TestHost()
    const vus = await Promise.all(Array.from({ length: 200 }, (_, index) => sandbox.openVu({ ...vuOptions, id: index + 1 }, host)))
    for (let round = 1; round <= 3; round++) {
      expect(await Promise.all(vus.map((vu) => valueOf(vu)))).to.deep.equal(vus.map((_, index) => (index + 1) * round))
    }
    expect(sandbox.moduleCount).to.equal(1)
  })
})

// `--driver`: which stores are used with it, and with which options.
import { expect } from 'chai'
import type { BindingConfig } from '../../bindings/sdk/index.ts'
import { BINDINGS, problemsOf, settingsOf, storesIn } from './kit.ts'

/** Takes every section as it is. */
const anyConfig: BindingConfig = {
  parse: (section) => Promise.resolve({ ok: true, config: section }), fromEnvironment: () => undefined, secrets: [],
  describe: () => 'any', jsonSchema: () => Promise.resolve({}),
}

describe('stores of a target', () => {
  it('are used with the driver that is named, those of them that have it, and with its own options', async () => {
    const drivers = BINDINGS.map((binding) => binding.name !== 's3' || binding.workload === undefined ? binding
      : { ...binding, workload: { ...binding.workload, drivers: ['native', 'other'], config: () => Promise.resolve(anyConfig) } })
    const yaml = 's3: { endpoint: e, driver_config: { a: 1 }, drivers: { other: { b: 2 } } }\nrbd: { endpoint: r }\n'
    const settings = await settingsOf({ yaml, driverName: 'other', bindings: drivers })
    expect(storesIn(settings)).to.deep.equal({
      s3: { endpoint: 'e', driver: 'other', drivers: { other: { b: 2 } }, driver_config: { b: 2 } },
      rbd: { driver: 'native', endpoint: 'r' },
    })
    const same = await settingsOf({ yaml, driverName: 'native', bindings: drivers })
    expect(storesIn(same)['s3']).to.include({ driver: 'native' }).and.to.have.nested.property('driver_config.a', 1)
    expect(await problemsOf({ yaml, driverName: 'othr', bindings: drivers }))
      .to.deep.equal(['--driver: there is no driver \'othr\': there are native, other (did you mean \'other\'?)'])
  })
})

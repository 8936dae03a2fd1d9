// What a VU carries: the guest modules with a small script must stay small, for every VU holds and evaluates its own copy.
import { expect } from 'chai'
import { scriptModules } from '../../bindings/index.ts'
import { bundleScript, type Bundled } from '../../runtime/bundle/bundle.ts'

const SCRIPT = `
import s3 from 'chopsticks/s3'
import { check, sleep, payload } from 'chopsticks'

export const options = {
  scenarios: { mixed: { executor: 'constant-vus', vus: 20, duration: '1m' } },
  thresholds: { 's3_req_duration{op:get}': ['p(99)<200'], s3_req_failed: ['rate<0.001'] },
}

export async function setupVU() { await s3.put(\`obj-\${__VU}\`, payload('1MiB')) }
export default async function () {
  const got = await s3.get(\`obj-\${__VU}\`)
  check(got, { whole: (r) => r.bytes === 1048576 })
  await sleep(1)
}
`

const bundle = (text: string): Promise<Bundled> => bundleScript({ entry: { kind: 'text', text, folder: '.' }, ...scriptModules() })
const bytesOf = ({ bundle: { code } }: Bundled): number => Buffer.byteLength(code)

/** What has been reached, within the design's 7 KB: this limit may only fall. */
const REACHED_BYTES = 6970

describe('the size of a bundle', () => {
  it(`is at most ${REACHED_BYTES} bytes for a small script with chopsticks and chopsticks/s3`, async () => {
    const bundled = await bundle(SCRIPT)
    expect(bytesOf(bundled)).to.be.at.most(REACHED_BYTES)
    expect(bundled.imports).to.deep.equal(['chopsticks', 'chopsticks/s3'])
    expect(bundled.inputs).to.deep.equal([])
  })

  it('does not grow by globals that no script names', async () => {
    const { bundle: { code } } = await bundle(SCRIPT)
    const traces = ['is not a valid URL', 'TextDecoder', 'structuredClone', 'atob:', 'getRandomValues']
    for (const trace of traces) expect(code).to.not.include(trace)
    const withUrl = await bundle(`${SCRIPT}\nexport const url = () => new URL('http://a')`)
    expect(bytesOf(withUrl)).to.be.greaterThan(Buffer.byteLength(code) + 4000)
  })

  it('holds of the distributions those that a script uses, and little for each', async () => {
    const using = async (names: string): Promise<number> => bytesOf(await bundle(
      `import { ${names} } from 'chopsticks/data'\n${SCRIPT}\nexport const drawn = () => [${names}].map((draw) => draw('4KiB:7,1MiB:3'))`))
    const none = bytesOf(await bundle(SCRIPT))
    expect(await using('sizes') - none).to.be.within(100, 600)
    expect(await using('popularity') - none).to.be.within(100, 900)
    expect(await using('keys') - none).to.be.within(100, 800)
    const { bundle: { code } } = await bundle(`import { parseCsv } from 'chopsticks/data'\nexport default () => parseCsv('a')`)
    for (const trace of ['data.sizes', 'data.popularity', 'data.csv', 'expm1']) expect(code).to.not.include(trace)
  })

  it('holds every module of the registry under every name', async () => {
    for (const specifier of scriptModules().modules.keys()) {
      const { bundle: { code } } = await bundle(`import * as module from '${specifier}'\nexport default () => Object.keys(module)`)
      expect(code, specifier).to.match(/throw new/)
    }
  })

  it('holds every global beyond the language', async () => {
    const without = bytesOf(await bundle('export default () => 1'))
    for (const name of scriptModules().inject.flatMap(({ names }) => names)) {
      expect(bytesOf(await bundle(`export default () => ${name}`)), name).to.be.greaterThan(without + 20)
    }
  })
})

// Whatever is wrong: one clear line, the right exit code, no stack of ours, no process and no object left.
import { expect } from 'chai'
import { runCli, workspace, type CliResult } from '../kit/cli.ts'
import { GOOD_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

interface BadInput {
  readonly what: string
  readonly script?: string
  readonly args?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  /** The error line, whole or in part. */
  readonly line: RegExp
}

const good = (options: string): string => `export const options = ${options}\nexport default function () {}`

const CASES: readonly BadInput[] = [
  { what: 'a syntax error', script: 'export default function () {\n  const x = ;\n}', code: 107, line: /^error: script\.js:2:13: / },
  {
    what: 'an unknown module of ours', code: 107, line: /^error: script\.js:1:\d+: .*chopsticks\/nope.*chopsticks\/s3/s,
    script: 'import x from "chopsticks/nope"\nexport default function () {}',
  },
  {
    what: 'a missing local module', code: 107, line: /^error: script\.js:1:\d+: .*nope\.js/,
    script: 'import x from "./nope.js"\nexport default function () { x() }',
  },
  {
    what: 'a missing package', code: 107, line: /^error: script\.js:1:\d+: .*no-such-package/,
    script: 'import x from "no-such-package"\nexport default function () { x() }',
  },
  {
    what: 'init code that throws', code: 107, line: /^error: script\.js:2:\d+: .*in init/,
    script: 'const a = 1\nthrow new Error("in init")\nexport default function () {}',
  },
  {
    what: 'setup that throws', code: 107, line: /^error: script\.js:2:\d+: .*in setup/,
    script: 'export function setup() {\n  throw new Error("in setup")\n}\nexport default function () {}',
  },
  {
    what: 'setupVU that throws', code: 107, line: /^error: script\.js:2:\d+: .*in hook/,
    script: 'export function setupVU() {\n  throw new Error("in hook")\n}\nexport default function () {}',
  },
  {
    what: 'teardown that throws', code: 107, line: /^error: script\.js:3:\d+: .*in teardown/,
    script: 'export default function () {}\nexport async function teardown() {\n  throw new Error("in teardown")\n}',
  },
  {
    what: 'handleSummary that throws', code: 107, line: /^error: script\.js:3:\d+: .*in summary/,
    script: 'export default function () {}\nexport function handleSummary() {\n  throw new Error("in summary")\n}',
  },
  {
    what: 'setup that never ends', code: 100, line: /^error: .*setup/,
    script: 'export function setup() { return new Promise(() => { setTimeout(() => {}, 60000) }) }\nexport default function () {}',
    args: ['--setup-timeout', '200ms'],
  },
  {
    what: 'teardown that never ends', code: 101, line: /^error: .*teardown/,
    script: 'export default function () {}\nexport function teardown() { return new Promise(() => { setTimeout(() => {}, 60000) }) }',
    args: ['--teardown-timeout', '200ms'],
  },
  {
    what: 'init code that never ends', code: 107, line: /^error: script\.js:1:\d+: /,
    script: 'for (;;) {}\nexport default function () {}',
  },
  { what: 'a script without a default function', script: 'export const a = 1', code: 104, line: /^error: .*default/ },
  {
    what: 'a scenario whose function is missing', code: 104, line: /^error: .*nope/,
    script: good('{ scenarios: { a: { executor: "constant-vus", duration: "1s", exec: "nope" } } }'),
  },
  { what: 'an unknown executor', script: good('{ scenarios: { a: { executor: "nope" } } }'), code: 104, line: /^error: .*nope/ },
  {
    what: 'an unknown key in a scenario', code: 104, line: /^error: .*bogus/,
    script: good('{ scenarios: { a: { executor: "constant-vus", duration: "1s", bogus: 3 } } }'),
  },
  { what: 'a bad duration in options', script: good('{ vus: 1, duration: "1w" }'), code: 104, line: /^error: .*1w/ },
  { what: 'a duration that is no number', script: good('{ duration: NaN }'), code: 104, line: /^error: .*options\.duration: "NaN"/ },
  { what: 'an endless duration', script: good('{ duration: Infinity }'), code: 104, line: /^error: .*options\.duration: "Infinity"/ },
  { what: 'a bad threshold', script: good('{ thresholds: { checks: ["rate~1"] } }'), code: 104, line: /^error: .*rate~1/ },
  { what: 'a threshold on an unknown metric', script: good('{ thresholds: { nope: ["rate<1"] } }'), code: 104, line: /^error: .*nope/ },
  {
    what: 'a threshold its metric can\'t have', code: 104, line: /^error: .*checks.*p\(/,
    script: good('{ thresholds: { checks: ["p(95)<1"] } }'),
  },
  { what: 'conflicting shortcuts', script: good('{}'), args: ['-i', '5', '-s', '10s:5'], code: 104, line: /^error: .*iterations.*stages/ },
  { what: 'zero VUs', script: good('{}'), args: ['-u', '0'], code: 104, line: /^error: .*vus/i },
  { what: 'a missing script', args: ['nope.js'], code: 255, line: /^error: .*nope\.js/ },
  { what: 'an unknown flag', script: good('{}'), args: ['--vuss', '5'], code: 255, line: /^error: .*--vuss.*--vus/s },
  { what: 'a bad value of a flag', script: good('{}'), args: ['-d', '5'], code: 255, line: /^error: .*-d.*5/ },
  {
    what: 'a bad value of a flag\'s environment twin', code: 104, line: /^error: .*CHOPSTICKS_VUS.*many/,
    script: good('{}'), env: { CHOPSTICKS_VUS: 'many' },
  },
  { what: 'a bad -e', script: good('{}'), args: ['-e', '=x'], code: 255, line: /^error: .*-e/ },
  { what: 'a bad log format', script: good('{}'), args: ['--log-format', 'xml'], code: 255, line: /^error: .*xml/ },
  { what: 'a bad summary mode', script: good('{}'), args: ['--summary-mode', 'loud'], code: 255, line: /^error: .*loud/ },
  { what: 'a config file that is missing', script: good('{}'), args: ['-c', 'nope.yaml'], code: 104, line: /^error: .*nope\.yaml/ },
  {
    what: 'a config file that is no YAML', code: 104, line: /^error: bad\.yaml:\d+:\d+: /,
    script: good('{}'), args: ['-c', 'bad.yaml'], files: { 'bad.yaml': 's3:\n  endpoint: [1\n' },
  },
  {
    what: 'a wrong key in a config file', code: 104, line: /^error: bad\.yaml:1:1: [^]*bad\.yaml:2:\d+: .*endpiont/,
    script: good('{}'), args: ['-c', 'bad.yaml'], files: { 'bad.yaml': 's3:\n  endpiont: http://127.0.0.1:1\n' },
  },
  {
    what: 'an unknown driver', code: 104, line: /^error: bad\.yaml:6:\d+: s3\.driver: /,
    script: GOOD_SCRIPT, args: ['-c', 'bad.yaml'],
    files: { 'bad.yaml': 's3:\n  endpoint: http://127.0.0.1:1\n  access_key: abcd\n  secret_key: efgh\n  bucket: bench\n  driver: nope\n' },
  },
  {
    what: 'an option the driver does not have', code: 104,
    line: /^error: bad\.yaml:8:\d+: s3\.driver_config\.max_atempts: .*it has max_attempts/,
    script: GOOD_SCRIPT, args: ['-c', 'bad.yaml'],
    files: { 'bad.yaml': 's3:\n  endpoint: http://127.0.0.1:1\n  access_key: abcd\n  secret_key: efgh\n  bucket: bench\n' +
      '  driver: aws-sdk\n  driver_config:\n    max_atempts: 3\n' },
  },
  { what: 'an unknown target', script: GOOD_SCRIPT, args: ['--target', 'nope'], code: 104, line: /^error: .*nope/ },
  {
    what: 'an endpoint nobody answers at', script: GOOD_SCRIPT, code: 111, line: /^error: .*127\.0\.0\.1:1\b/,
    env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: 'abcd', AWS_SECRET_ACCESS_KEY: 'efgh', BUCKET_NAME: 'bench' },
  },
]

/** What must be true of every failed command. */
function expectClean(result: CliResult, { code, line }: Pick<BadInput, 'code' | 'line'>): void {
  const { stdout, stderr } = result
  expect(result.code, stderr + stdout).to.equal(code)
  const from = stderr.indexOf('error: ')
  expect(from, `no error line in:\n${stderr}`).to.be.at.least(0)
  expect(stderr.slice(from)).to.match(line)
  expect(stderr.match(/^error: /gm), stderr).to.have.length(1)
  expect(stderr + stdout).not.to.match(/^\s+at .*(node:|\/dist\/|\.js:\d+:\d+\)$)/m)
  expect(result.orphans).to.deep.equal([])
}

describe('bad input', () => {
  for (const { what, script, args = [], files = {}, env = {}, code, line } of CASES) {
    it(`${what}: exit code ${code}`, async () => {
      using space = workspace({ ...(script === undefined ? {} : { 'script.js': script }), ...files })
      const result = await runCli([...(script === undefined ? [] : ['script.js']), ...args], { cwd: space.folder, env })
      expectClean(result, { code, line })
    })
  }
})

describe('a store that refuses', () => {
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })

  const run = async (env: Readonly<Record<string, string>>): Promise<CliResult> => {
    using space = workspace({ 'script.js': GOOD_SCRIPT })
    return await runCli(['script.js'], { cwd: space.folder, env: { ...store.env, ...env } })
  }

  it('an unknown access key ends with 111, names the endpoint and shows no key', async () => {
    const result = await run({ AWS_ACCESS_KEY_ID: 'unknown-access-key', AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' })
    expectClean(result, { code: 111, line: /^error: .*127\.0\.0\.1/ })
    expect(result.stderr + result.stdout).not.to.include('wrong-secret-key')
  })

  it('a wrong secret key ends with 111', async () => {
    expectClean(await run({ AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' }), { code: 111, line: /^error: .*127\.0\.0\.1/ })
  })

  it('a bucket that is missing ends with 111 and is named', async () => {
    expectClean(await run({ BUCKET_NAME: 'no-such-bucket' }), { code: 111, line: /^error: .*no-such-bucket/ })
  })

  it('a bucket that is not named ends with 104 and says which variable names it', async () => {
    expectClean(await run({ BUCKET_NAME: '' }), { code: 104, line: /^error: .*bucket is missing; set BUCKET_NAME/ })
  })

  it('nothing was left in the bucket by any of it', async () => {
    expect(await store.keys()).to.deep.equal([])
  })
})

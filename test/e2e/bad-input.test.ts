// Wrong command lines, options, config files and stores: each gets one clear line and the right exit code.
import { GOOD_SCRIPT } from '../kit/scripts.ts'
import { expect } from 'chai'
import { expectClean, testAll, type BadInput } from '../kit/bad-input.ts'
import { runCli, workspace, type CliResult } from '../kit/cli.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

const good = (options: string): string => `export const options = ${options}\nexport default function () {}`

const CASES: readonly BadInput[] = [
  {
    what: 'an operation the driver lacks, behind a condition', args: ['-i', '1', '--driver', 'minio'], code: 0,
    script: 'import { S3 } from "chopsticks/s3"\nconst store = new S3()\n' +
      'export default async () => { await store.put("a", "x"); if (__ITER > 5) await store.putTags("a", {}) }',
    said: /script\.js:3:\d+: the minio driver has no putTags, .*native, aws-sdk and memory have it/,
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
  {
    what: 'a config file that is a folder', script: good('{}'), args: ['-c', 'there'], files: { 'there/x': '' },
    code: 104, line: /^error: .*there\b.*EISDIR/,
  },
  {
    what: 'a config file whose error is not joined by what the environment lacks', code: 104,
    line: /^error: bad\.yaml:2:\d+: s3\.endpoint\b(?![^]*environment)/,
    script: GOOD_SCRIPT, args: ['-c', 'bad.yaml'], env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    files: { 'bad.yaml': 's3:\n  endpoint: nowhere\n  access_key: abcd\n  secret_key: efgh\n  bucket: bench\n' },
  },
  {
    what: 'an op log\'s folder that is a file', script: GOOD_SCRIPT, args: ['--op-log', 'script.js'], code: 104,
    line: /^error: --op-log script\.js: it is a file/,
  },
  {
    what: 'an export that is a folder', script: GOOD_SCRIPT, args: ['--summary-export', '.'], code: 104,
    line: /^error: --summary-export \.: it is a folder/,
  },
]

describe('bad input', () => { testAll(CASES) })

describe('a limit of open files that is too low', () => {
  const run = async (files: number): Promise<CliResult> => {
    using space = workspace({ 'script.js': GOOD_SCRIPT })
    return await runCli(['script.js'], { cwd: space.folder, first: `ulimit -n ${files}` })
  }

  it('to run at all ends with 104 and says how to raise it', async () => {
    expectClean(await run(30), { code: 104, line: /^error: this process may open 30 files.*ulimit -n 4096/ })
  })

  it('for nothing but a small run is enough for that', async () => {
    expect((await run(64)).code).to.equal(0)
  })
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
    expectClean(await run({ BUCKET_NAME: 'no-such-bucket' }), { code: 111, line: /^error: .*no-such-bucket.*create_bucket: true/ })
  })

  it('a bucket that is not named ends with 104 and says which variable names it', async () => {
    expectClean(await run({ BUCKET_NAME: '' }), { code: 104, line: /^error: .*bucket is missing; set BUCKET_NAME/ })
  })

  it('nothing was left in the bucket by any of it', async () => {
    expect(await store.keys()).to.deep.equal([])
  })
})

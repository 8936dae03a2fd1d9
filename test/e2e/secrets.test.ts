// Nothing a command prints or writes holds a secret: not when it goes well, not when it goes wrong, not when it is debugged.
import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, startCli, workspace, type CliResult, type Workspace } from '../kit/cli.ts'
import { GOOD_SCRIPT, LONG_SCRIPT } from '../kit/scripts.ts'
import { serveStore, type ServedStore } from '../kit/served-store.ts'

/** Every secret there is here. Odd characters, as JSON, URLs and shells write them differently. */
const SECRET_KEY = 'S3cret/Key+with=odd"signs'
const WRONG_KEY = 'wr0ng/Key+with=odd"signs'
const TOKEN = 'FwoGZXIvYXdz//session+token=='
const FROM_FILE = 'f1le-content$with\\signs'
const PEM = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEG\nCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----'
const SECRETS = [SECRET_KEY, WRONG_KEY, TOKEN, FROM_FILE, ...PEM.split('\n').slice(1, 3)]
const FORMS = SECRETS.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
const SIGNATURE = /Signature=[0-9a-f]{16}/

/** Files the user wrote; all others are ours. */
const INPUTS = new Set(['s.js', 'chopsticks.yaml', 'key.txt', 'pem.txt'])

/** A script that says all it can get hold of, everywhere it can say something. */
const TELLTALE = `
import s3 from 'chopsticks/s3'
import { check, group } from 'chopsticks'
import { Counter } from 'chopsticks/metrics'
const counter = new Counter('counted')
const all = JSON.stringify(__ENV)
export const options = { thresholds: { ['counted{env:' + 'x}']: [{ threshold: 'count<0', allowEmpty: true }] } }
export function setup() { console.log('setup', __ENV); return { env: __ENV } }
export default async function () {
  console.warn(all, __ENV.PEM)
  counter.add(1, { env: __ENV.FILE })
  check(null, { [__ENV.FILE]: () => false })
  await group(__ENV.FILE, async () => { await s3.put('key-' + __ENV.FILE, __ENV.FILE) })
  throw new Error(__ENV.FILE + ' ' + __ENV.PEM)
}
export function handleSummary(data) { return { stdout: JSON.stringify(data), 'own.txt': all + __ENV.PEM, stderr: __ENV.PEM + '\\n' } }
`

const WRONG_VALUE = 'a secret given as'

interface Case {
  readonly what: string
  readonly args: readonly string[]
  readonly script?: string
  readonly yaml?: string
  readonly env?: Readonly<Record<string, string>>
  /** What it ends with, and something it says: that it came as far as it should. */
  readonly code: number
  readonly says: RegExp
}

describe('secrets', function () {
  this.timeout(60_000)
  let store: ServedStore
  before(async () => { store = await serveStore(['--access-key', 'the-access-key', '--secret-key', SECRET_KEY]) })
  after(async () => { await store.stop() })

  const section = (more = '', secret = '"${SECRET}"'): string =>
    `s3: { endpoint: "${store.endpoint}", access_key: ${store.accessKey}, secret_key: ${secret}, bucket: ${store.bucket}${more} }\n`
  const ENV = 'env: { FILE: "${file:key.txt}", PEM: "${file:pem.txt}", KEY: "${SECRET}" }\n'
  const FULL = ['-v', '--summary-mode', 'full', '--summary-export', 'export.json', '--debug-requests=full']

  const write = ({ script = GOOD_SCRIPT, yaml }: Case): Workspace => workspace({
    's.js': script, 'chopsticks.yaml': yaml ?? section() + ENV, 'key.txt': `${FROM_FILE}\n`, 'pem.txt': `${PEM}\n`, 'tmp/.keep': '',
  })

  /** Everything a command left below a folder, with the names of the files. */
  const written = (folder: string): string => readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !INPUTS.has(entry.name))
    .map((entry) => `${entry.name}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`).join('\n')

  function expectNone(text: string): void {
    for (const form of FORMS) {
      const at = text.indexOf(form)
      expect(at, `…${text.slice(Math.max(0, at - 200), at)}[${form}]`).to.equal(-1)
    }
    expect(text).not.to.match(SIGNATURE)
  }

  async function run(one: Case): Promise<CliResult> {
    using space = write(one)
    const env = { CHOPSTICKS_RESULTS: 'kept', SECRET: SECRET_KEY, WRONG: WRONG_KEY, TOKEN, TMPDIR: join(space.folder, 'tmp'), ...one.env }
    const result = await runCli(one.args, { cwd: space.folder, env })
    const all = `${result.stdout}\n${result.stderr}\n${written(space.folder)}`
    expectNone(all)
    expect(result.code, all).to.equal(one.code)
    expect(all).to.match(one.says)
    return result
  }

  const named = (more: Readonly<Record<string, string>>) => (): Readonly<Record<string, string>> => ({ ...store.env, ...more })
  const cases = (): readonly Case[] => [
    { what: 'a run that tells all it can', args: ['s.js', ...FULL, '-i', '2'], script: GOOD_SCRIPT, code: 0, says: /string to sign/ },
    { what: 'its log as JSON in a file', args: ['s.js', ...FULL, '--log-format', 'json', '--log-output', 'file=a.log'], code: 0,
      says: /canonical request/ },
    { what: 'a script that says all it knows', args: ['s.js', ...FULL, '-i', '1'], script: TELLTALE, code: 99, says: /own\.txt/ },
    { what: 'the same in its own summary', args: ['s.js', '-i', '1', '--log-format', 'json'],
      script: TELLTALE.replace(/export function handleSummary.*/, ''), code: 99, says: /\*\*\*/ },
    { what: 'a run in this process', args: ['s.js', ...FULL, '--shards', '0', '-i', '1'], code: 0, says: /string to sign/ },
    { what: 'inspect', args: ['inspect', 's.js', '-v'], script: TELLTALE, code: 0, says: /"runId"/ },
    { what: 'a wrong key', args: ['s.js', ...FULL], yaml: section('', '"${WRONG}"'), code: 111, says: /SignatureDoesNotMatch/ },
    { what: 'a key that is not the file\'s own', args: ['s.js'], yaml: section('', '"${file:key.txt}"'), code: 111, says: /403/ },
    { what: 'a session token', args: ['s.js', ...FULL], yaml: section(', session_token: "${TOKEN}"'), code: 111,
      says: /x-amz-security-token/ },
    { what: 'doctor', args: ['doctor', '-v', '--debug-requests=full'], code: 0, says: /left behind/ },
    { what: 'doctor with a wrong key', args: ['doctor', '--debug-requests=full'], yaml: section('', '"${WRONG}"'), code: 111,
      says: /SignatureDoesNotMatch/ },
    { what: 'doctor as JSON', args: ['doctor', '--json'], yaml: section(', session_token: "${TOKEN}"'), code: 111, says: /"keys"/ },
    { what: 'cleanup', args: ['cleanup', 'abc', '-v'], code: 0, says: /deleted 0/ },
    { what: 'cleanup with a wrong key', args: ['cleanup', 'abc', '-v'], yaml: section('', '"${WRONG}"'), code: 111, says: /error: / },
    { what: 'the environment\'s keys', args: ['s.js', ...FULL, '-i', '1'], yaml: ENV, env: named({})(), code: 0, says: /string to sign/ },
    { what: 'an endpoint with a password in it', args: ['s.js'], yaml: ENV, code: 104, says: /must not hold a user or password/,
      env: named({ AWS_ENDPOINT_URL: `http://me:${encodeURIComponent(WRONG_KEY)}@127.0.0.1:1` })() },
    ...wrongValues(),
  ]

  /** A secret where it does not belong: what is said of it must not quote it. */
  function wrongValues(): readonly Case[] {
    const inFile = JSON.stringify(SECRET_KEY)
    return [
      ['a list', section('', `[${inFile}]`)], ['an object', section('', `{ a: ${inFile} }`)],
      ['a bucket', section().replace(/bucket: \S+/, 'bucket: "${SECRET}"')], ['a driver', section(', driver: "${SECRET}"')],
      ['a time-out', section(', timeout: "${SECRET}"')], ['an addressing', section(', addressing: "${file:key.txt}"')],
      ['an endpoint', section().replace(/endpoint: "[^"]*"/, 'endpoint: "${file:key.txt}"')],
      ['a number of VUs', `${section()}options: { vus: "\${file:key.txt}" }\n`],
      ['a duration', `${section()}options: { duration: "\${SECRET}" }\n`],
      ['a prefix', `${section()}options: { prefix: "\${file:key.txt}/" }\n`],
      ['a section', `targets: { west: { s3: ${inFile} } }\n`], ['an option of TLS', section(', tls: { insecure: "${SECRET}" }')],
      ['an unclosed text', `${section()}env: { A: "${SECRET_KEY.replaceAll('"', '')}\n`],
      ['a text after a text', `s3:\n  secret_key: "a" ${SECRET_KEY}\n`],
      ['two keys of one name', `s3:\n  secret_key: ${SECRET_KEY}\n  secret_key: b\n`],
      ['an alias', `s3:\n  secret_key: *${SECRET_KEY.replace(/[^\w]/g, '')}\n`],
    ].map(([what = '', yaml = '']) => ({ what: `${WRONG_VALUE} ${what}`, args: ['s.js'], yaml, code: 104, says: /^error: /m }))
  }

  // The cases name the store's address, which is known once it serves: each is looked up by its number then.
  const NAMES = [
    'a run that tells all it can', 'its log as JSON in a file', 'a script that says all it knows', 'the same in its own summary',
    'a run in this process', 'inspect', 'a wrong key', 'a key that is not the file\'s own', 'a session token', 'doctor',
    'doctor with a wrong key', 'doctor as JSON', 'cleanup', 'cleanup with a wrong key', 'the environment\'s keys',
    'an endpoint with a password in it',
  ]
  for (const name of NAMES) {
    it(`are not in anything printed or written: ${name}`, async () => {
      const one = cases().find(({ what }) => what === name)
      if (one === undefined) throw new Error(`no case is called ${name}`)
      await run(one)
    })
  }

  it('are all looked for: no case is left out', () => {
    expect(cases().map(({ what }) => what).filter((what) => !what.startsWith(WRONG_VALUE))).to.deep.equal(NAMES)
  })

  it('are not quoted where they are given in the wrong place', async () => {
    for (const one of wrongValues()) await run(one)
  })

  it('stand in no command line and, when they come from a file, in no environment of a process of ours', async () => {
    const yaml = section('', '"${file:real.txt}"') + ENV.replace(/, KEY: .* }/, ' }')
    using space = write({ what: '', args: [], script: LONG_SCRIPT, yaml, code: 0, says: /./ })
    space.write({ 'real.txt': `${SECRET_KEY}\n` })
    using running = startCli(['s.js', '--shards', '2'], { cwd: space.folder })
    await running.said('iterating')
    const processes = running.processes('')
    expect(processes.length).to.be.at.least(3)
    for (const pid of processes) {
      for (const file of ['cmdline', 'environ']) expectNone(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
    }
    running.child.kill('SIGINT')
    const { stdout, stderr } = await running.result
    expectNone(stdout + stderr)
  })
})

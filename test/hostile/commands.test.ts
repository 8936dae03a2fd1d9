// Hostile scripts through the real command line: one clear line with its place, the right exit code, nothing reached, nothing left.
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, workspace, type CliResult } from '../kit/cli.ts'

const SECRET = 'a-very-secret-key-of-the-store'
const STORE_ENV = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: `id-${SECRET}`, AWS_SECRET_ACCESS_KEY: SECRET, BUCKET_NAME: 'bench',
  DATABASE_PASSWORD: SECRET,
}
const IDLE = '\nexport default function () {}'

interface HostileCommand {
  readonly what: string
  readonly script: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly code: number
  /** The error line, from its beginning; undefined for a run that passes. */
  readonly line?: RegExp
  /** What stands anywhere in what was said. */
  readonly says?: RegExp
  readonly also?: (folder: string, result: CliResult) => void
}

const COMMANDS: readonly HostileCommand[] = [
  {
    what: 'init code that spins, labelled', code: 107, line: /^error: script\.js:[12]:\d+: SliceError: init code ran/,
    script: `a:\nfor (;;) { continue a }${IDLE}`,
  },
  {
    what: 'init code that takes all memory', code: 107, line: /^error: script\.js:1:\d+: MemoryError: init code needed/,
    script: `const all = []; for (;;) all.push(new Uint8Array(1e6))${IDLE}`,
  },
  {
    what: 'init code that recurses', code: 107, line: /^error: script\.js:1:\d+: InternalError: stack overflow/,
    script: `const deep = () => deep() + 1; deep()${IDLE}`,
  },
  {
    what: 'init code that evaluates nested brackets', code: 107, line: /^error: .*(stack overflow|SyntaxError)/,
    script: `(0, eval)('['.repeat(1e5))${IDLE}`,
  },
  {
    what: 'init code that sleeps for long', code: 102, line: /^error: init code took longer than 0\.3 s; allow more with --setup-timeout/,
    script: `await new Promise((go) => setTimeout(go, 1e8))${IDLE}`, args: ['--setup-timeout', '300ms'],
  },
  {
    what: 'init code that never settles', code: 107, line: /^error: .*StuckError: init code awaits/,
    script: `await new Promise(() => {})${IDLE}`,
  },
  {
    what: 'init code that throws a revoked proxy', code: 107, line: /^error: .*a value that is no Error was thrown/,
    script: `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy${IDLE}`,
  },
  {
    what: 'options whose getter spins', code: 107, line: /^error: script\.js:1:\d+: SliceError: init code ran/,
    script: `export const options = { get vus() { for (;;); } }${IDLE}`,
  },
  {
    what: 'options that are a circle', code: 107, line: /^error: .*options must be plain data/,
    script: `const o = {}; o.o = o; export const options = o${IDLE}`,
  },
  {
    what: 'options with thousands of keys nobody knows', code: 0,
    says: /options\.key19: no such option, ignored[^]*and 2980 more of that kind/,
    script: `export const options = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => ['key' + n, n]))${IDLE}`,
  },
  {
    what: 'setup that spins', code: 107, line: /^error: script\.js:1:\d+: setup: SliceError: setup\(\) ran/,
    script: `export function setup() { for (;;); }${IDLE}`,
  },
  {
    what: 'setup that returns what spins', code: 107, line: /^error: .*setup: .*(SliceError|setup\(\))/,
    script: `export function setup() { return { toJSON() { for (;;); } } }${IDLE}`,
  },
  {
    what: 'setupVU that takes all memory', code: 107, line: /^error: script\.js:1:\d+: setupVU: MemoryError/,
    script: `export function setupVU() { const all = []; for (;;) all.push('x'.repeat(1e5) + all.length) }${IDLE}`,
  },
  {
    what: 'teardown that spins', code: 107, line: /^error: script\.js:2:\d+: teardown: SliceError/,
    script: `export default function () {}\nexport function teardown() { for (;;); }`,
  },
  {
    what: 'handleSummary that spins', code: 107, line: /^error: script\.js:2:\d+: handleSummary: SliceError/,
    script: `export default function () {}\nexport function handleSummary() { for (;;); }`,
  },
  {
    what: 'handleSummary that returns more than it may have', code: 107, line: /^error: .*handleSummary: .*MemoryError/,
    script: `${IDLE}\nexport function handleSummary() { return { stdout: 'x'.repeat(5e7) + 'y'.repeat(5e7) } }`,
  },
  {
    what: 'handleSummary that writes elsewhere', code: 107,
    line: /^error: handleSummary: "\.\.\/out\.txt" was not written: it is outside the working folder/,
    script: `${IDLE}\nexport function handleSummary() { return {
      '../out.txt': 'x', '/tmp/chopsticks-must-not-exist': 'x', 'up/out.txt': 'x', 'pipe': 'x', 'in.txt': 'here' } }`,
    says: /"\/tmp\/chopsticks-must-not-exist" was not written[^]*"up\/out\.txt" was not[^]*"pipe" was not written: it is no ordinary file/,
    also: (folder) => {
      expect(existsSync(join(folder, '..', 'out.txt'))).to.equal(false)
      expect(existsSync('/tmp/chopsticks-must-not-exist')).to.equal(false)
      expect(readFileSync(join(folder, 'in.txt'), 'utf8')).to.equal('here')
    },
  },
  {
    what: 'open() of what is elsewhere, or no file', code: 0,
    script: `for (const path of ['/etc/passwd', '../../../../../../etc/passwd', '/proc/self/environ', '/dev/zero', 'up/kept.txt',
      'pipe', '.', 'chopsticks.yaml']) {
      try { console.log('REACHED ' + path + open(path)) } catch (error) { console.log('refused ' + error.message.slice(0, 60)) } }${IDLE}`,
    also: (_, { stderr }) => {
      expect(stderr).not.to.include('REACHED')
      const refused = stderr.match(/refused open\(.{2,40}: (it is outside|it is no ordinary file|it is a folder|the settings)/g)
      expect(refused, stderr).to.have.length(8)
    },
  },
  {
    what: 'open() of the targets file', code: 107,
    line: /^error: script\.js:1:\d+: Error: open\("chopsticks\.yaml"\): the settings of the stores came from it/,
    script: `const text = open('chopsticks.yaml'); console.log(text)${IDLE}`,
  },
  {
    what: 'a search for credentials and the environment', code: 0, env: STORE_ENV,
    script: `const seen = [], look = (one, depth) => {
      if (Object(one) !== one || depth > 4) { try { seen.push(String(one)) } catch {} return }
      for (const key of Reflect.ownKeys(one)) { seen.push(String(key)); let value
      try { value = one[key] } catch {} look(value, depth + 1) } }
      look(globalThis, 0)
      export default function () { if (/secret|AWS_|DATABASE|PATH/.test(seen.join())) throw new Error('REACHED')
        console.log('env ' + JSON.stringify(__ENV)) }`,
    says: /env \{\}|env \{\\"/,
  },
  {
    what: 'a dynamic import', code: 99, says: /TypeError: import\('node:fs'\): modules can't be loaded while a script runs/,
    script: "export default async function () { const name = 'node:fs'; await import(name) }",
  },
  {
    what: 'a static import of the host', code: 107, line: /^error: script\.js:1:\d+: /,
    script: `import fs from 'node:fs'\nexport default function () { fs.readFileSync('/etc/passwd') }`,
  },
  {
    what: 'a flood of console output', code: 0, args: ['--vu-slice-limit', '10s'],
    says: /the script prints more than 1000 lines or 1 MiB a second: the rest is left out/,
    script: "export default async function () { for (let n = 0; n < 20000; n++) { console.log('flood'); if (n % 200 === 0) await 0 } }",
    also: (_, { stderr }) => { expect(stderr.split('\n').filter((text) => text.includes('flood')).length).to.be.below(6000) },
  },
  {
    what: 'a flood of series', code: 0, says: /10,?000 series|series/,
    script: `import { Counter } from 'chopsticks/metrics'\nconst own = new Counter('own')
      export default async function () { for (let n = 0; n < 11000; n++) {
        own.add(1, { n: 'n' + n }); if (n % 500 === 0) await new Promise((go) => setTimeout(go, 1)) } }`,
    args: ['--no-thresholds'],
  },
  {
    what: 'iterations that all break', code: 99, says: /MemoryError: default\(\) needed more than the 64 MiB/,
    script: 'export default function () { const all = []; for (;;) all.push(new ArrayBuffer(1e6)) }', args: ['-u', '2', '-i', '4'],
  },
]

describe('a hostile script', function () {
  this.timeout(120_000)

  for (const { what, script, args = [], env = {}, code, line, says, also } of COMMANDS) {
    it(`${what}: exit code ${String(code)}`, async () => {
      const settings = `env: { OF_THE_FILE: "1" }\n#  key: ${SECRET}\n`
      using outer = workspace({ 'kept.txt': 'x', 'out/script.js': script, 'out/chopsticks.yaml': settings })
      const folder = join(outer.folder, 'out')
      symlinkSync('..', join(folder, 'up'))
      execFileSync('mkfifo', [join(folder, 'pipe')])
      const result = await runCli(['script.js', '-i', '1', '--shards', '1', ...args], { cwd: folder, env })
      const { stdout, stderr } = result
      const all = stderr + stdout
      expect(result.code, all).to.equal(code)
      const from = stderr.indexOf('error: ')
      if (line !== undefined) expect(stderr.slice(Math.max(0, from))).to.match(line)
      if (says !== undefined) expect(all).to.match(says)
      expect(all).not.to.match(/^\s+at .*(node:|\/dist\/|\.js:\d+:\d+\)$)/m)
      expect(all).not.to.include(SECRET)
      expect(result.orphans).to.deep.equal([])
      also?.(folder, result)
    })
  }
})

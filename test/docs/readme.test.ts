// The README files say what is so: their scripts run, their commands are accepted, their YAML is read, their links lead somewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect } from 'chai'
import { projectRoot, runCli, workspace } from '../kit/cli.ts'

const FOLDERS = ['.', 'scripts', 'bindings', 'config']
const pages = [...FOLDERS.map((folder) => join(projectRoot, folder, 'README.md')), join(projectRoot, 'config/outputs.md')]

interface Block { readonly page: string; readonly language: string; readonly text: string }

const blocksOf = (page: string): readonly Block[] =>
  [...readFileSync(page, 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .map(([, language = '', text = '']) => ({ page: relative(projectRoot, page), language, text }))

const blocks = pages.flatMap(blocksOf)
/** Commands of the tool, without what a shell does to them. */
const commands = blocks.filter(({ language }) => language === 'sh').flatMap(({ page, text }) =>
  text.split('\n').flatMap((line) => {
    const command = /(?:^|\s)(?:npx )?chopsticks (.+?)\s*(?:#.*)?$/.exec(line)?.[1]
    if (command === undefined || command.includes('|')) return []
    return [{ page, args: command.trim().split(/\s+/).map((word) => word.replace(/^'(.*)'$/, '$1')) }]
  }))

/** What commands name as examples: a store that is only named, a script that does nothing. */
const FILES = {
  'scenario.ts': 'export default function () {}\n',
  'script.js': 'export default function () {}\n',
  'targets.yaml': 's3: { endpoint: "http://127.0.0.1:9", access_key: a, secret_key: b, bucket: bench }\ntargets: { west: { s3: { endpoint: "http://127.0.0.1:9" } } }\n',
  'chopsticks.yaml': 's3: { endpoint: "http://127.0.0.1:9", access_key: a, secret_key: b, bucket: bench }\ntargets: { west: { s3: { endpoint: "http://127.0.0.1:9" } } }\n',
}
/** Commands that do their work at once are run as they are; the others are looked at by `inspect`, which reads everything a run reads. */
const asTried = ([first = '', ...rest]: readonly string[]): readonly string[] => {
  switch (first) {
    case 'new': case 'version': case 'inspect': return [first, ...rest]
    case 'scenarios': return [first, ...rest]
    case 'serve': case 'cleanup': case 'doctor': case 'completion': return [first, '--help']
    case 'run': return ['inspect', ...rest]
    default: return first.startsWith('-') ? [first, ...rest] : ['inspect', first, ...rest]
  }
}

describe('the README files', function () {
  this.timeout(60_000)

  it('are there, and every relative link and folder they name exists', () => {
    for (const page of pages) {
      for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(existsSync(join(dirname(page), target)), `${relative(projectRoot, page)} -> ${target}`).to.equal(true)
      }
    }
  })

  it('begin, in the project\'s own, with the two commands a newcomer runs', () => {
    const [first] = blocksOf(join(projectRoot, 'README.md'))
    const bare = first?.text.split('\n').map((line) => line.replace(/\s*#.*/, '')).filter((line) => line !== '')
    expect(bare).to.deep.equal(['npm ci && npm start', 'npm ci && npm test'])
  })

  it('name every script of scripts/', () => {
    const page = readFileSync(join(projectRoot, 'scripts/README.md'), 'utf8')
    for (const name of readdirSync(join(projectRoot, 'scripts')).filter((file) => file.endsWith('.ts'))) expect(page).to.contain(name)
  })

  const scripts = blocks.filter(({ language, text }) => ['ts', 'js'].includes(language) && text.includes('export default'))
  scripts.forEach(({ page, text }, index) => {
    it(`have scripts that run: ${page}, script ${String(index + 1)}`, async () => {
      using space = workspace({ 'block.ts': text })
      const command = ['run', 'block.ts', '--vus', '2', '--iterations', '4', '--shards', '1']
      const { code, stdout, stderr } = await runCli(command, { cwd: space.folder })
      expect(code, stdout + stderr).to.equal(0)
    })
  })

  for (const { page, args } of commands) {
    const tried = asTried(args)
    it(`have commands that are accepted: ${page}, chopsticks ${args.join(' ')}`, async () => {
      using space = workspace(tried[0] === 'new' ? {} : FILES)
      const inRepo = args.some((word) => word.startsWith('scripts/'))
      const { code, stderr } = await runCli(tried, { cwd: inRepo ? projectRoot : space.folder })
      expect(code, stderr).to.equal(0)
    })
  }

  const yamls = blocks.filter(({ language }) => language === 'yaml')
  yamls.forEach(({ page, text }, index) => {
    it(`have YAML that is read: ${page}, block ${String(index + 1)}`, async () => {
      using space = workspace({ ...FILES, 'block.yaml': text })
      const secrets = Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'x']))
      const { code, stderr } = await runCli(['inspect', 'scenario.ts', '--config', 'block.yaml'], { cwd: space.folder, env: secrets })
      expect(code, stderr).to.equal(0)
    })
  })
})

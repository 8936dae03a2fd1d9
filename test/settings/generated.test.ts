// The generated files of config/ are current, and the example is one that works.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { registry } from '../../bindings/index.ts'
import { readSettings } from '../../runtime/cli/settings.ts'
import { generatedFiles } from '../../runtime/cli/targets-generated.ts'
import { makePlan } from '../../runtime/plan/make-plan.ts'
import { BINDINGS, storesIn } from './kit.ts'

describe('generated files', () => {
  it('are what the code makes; else run node dist/runtime/cli/generate-config.js', async () => {
    const files = await generatedFiles(registry())
    expect([...files.keys()]).to.deep.equal([
      'config/defaults.yaml', 'config/targets.schema.json', 'config/record.schema.json', 'config/README.md',
    ])
    for (const [path, text] of files) expect(readFileSync(path, 'utf8'), path).to.equal(text)
  })

  it('hold a schema in which every reference leads somewhere', async () => {
    for (const bindings of [registry(), BINDINGS]) {
      const text = (await generatedFiles(bindings)).get('config/targets.schema.json') ?? ''
      const { $defs } = JSON.parse(text) as { readonly $defs: Readonly<Record<string, unknown>> }
      const references = [...text.matchAll(/"\$ref": "#\/\$defs\/([^"]+)"/g)].map(([, name = '']) => name)
      expect(references).not.to.be.empty
      for (const name of references) expect($defs).to.have.property(name)
      expect(text).not.to.match(/"\$schema"[^]*"\$schema"/)
    }
  })
})

describe('config/targets.example.yaml', () => {
  const text = readFileSync('config/targets.example.yaml', 'utf8')
  const read = (targetName: string | undefined, env: Record<string, string>): ReturnType<typeof readSettings> =>
    readSettings({ configPath: 'config/targets.example.yaml', cwd: '/', targetName, env, bindings: registry(), readFile: () => text })

  it('is right once its variables are set', async () => {
    for (const target of [undefined, 'west', 'staging']) {
      const result = await read(target, { CEPH_ACCESS_KEY: 'AKexample', CEPH_SECRET_KEY: 'SKexample' })
      if ('problems' in result) throw new Error(JSON.stringify(result.problems))
      expect(storesIn(result.settings)).to.have.property('s3')
      expect(result.settings.secrets).to.include('SKexample')
      expect(result.settings.lines.join()).to.include('example').and.not.to.include('SKexample')
      const made = makePlan({ file: result.settings.fileOptions }, {
        runId: 'r', seedDefault: 1, shardsDefault: 1, script: { name: 's', digest: '' }, functions: ['default'], metrics: [],
          workloads: ['s3'],
      })
      expect('plan' in made && made.plan.env).to.deep.equal({ OBJECT_SIZE: '1MiB' })
    }
  })

  it('names the variables that are not set, and where', async () => {
    const result = await read(undefined, {})
    expect('problems' in result && result.problems.map(({ place, message }) => [place?.line, message.split(';')[0]])).to.deep.equal([
      [9, 'the environment variable CEPH_ACCESS_KEY is not set'], [10, 'the environment variable CEPH_SECRET_KEY is not set'],
    ])
  })
})

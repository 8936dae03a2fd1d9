// The pipelines in config/ci, held against the schemas of GitHub and GitLab themselves.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { projectRoot, workspace } from '../kit/cli.ts'
import { needed } from './needed.ts'

const SCHEMAS = { 'github-actions.yml': 'vendor.github-workflows', 'gitlab-ci.yml': 'vendor.gitlab-ci' } as const

const checked = (schema: string, path: string) => spawnSync(needed('PEERS_CHECK_JSONSCHEMA'),
  ['--builtin-schema', schema, ...(schema.endsWith('gitlab-ci') ? ['--data-transform', 'gitlab-ci'] : []), path], { encoding: 'utf8' })

describe('the pipelines in config/ci', function () {
  this.timeout(60_000)
  for (const [file, schema] of Object.entries(SCHEMAS)) {
    it(`are what their system takes: ${file}`, () => {
      const { status, stdout, stderr } = checked(schema, join(projectRoot, 'config/ci', file))
      expect(status, stdout + stderr).to.equal(0)
    })

    it(`would be refused otherwise: ${file}`, () => {
      using space = workspace()
      const path = join(space.folder, file)
      writeFileSync(path, 'storage: { script: 5, image: [1] }\njobs: { a: 1 }\n')
      expect(checked(schema, path).status).to.equal(1)
    })
  }
})

// Writes the generated files of config/ below the current folder: run it in the project's root after a change of options.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { registry } from '../../bindings/index.ts'
import { generatedFiles } from './targets-generated.ts'

for (const [path, text] of await generatedFiles(registry())) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

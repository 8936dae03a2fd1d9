// A temporary folder of sources, and the bundler's options for a world of two modules.
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundleScript, type Bundled } from '../../runtime/bundle/bundle.ts'
import type { BundleOptions } from '../../runtime/bundle/modules.ts'
import { BundleError } from '../../runtime/bundle/problem.ts'

export interface Folder {
  readonly path: string
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Bundles a file of the folder, or a text when `entry` is one with a line end. */
  bundle(entry: string, options?: Partial<BundleOptions>): Promise<Bundled>
  /** The error that bundling it ends with. */
  refusal(entry: string): Promise<BundleError>
  close(): Promise<void>
}

const OURS = {
  'ours/kernel.js': 
    'export const state = { booted: false }\nexport function boot(script) { state.booted = true; globalThis.script = script }',
  'ours/s3.js': [
    'import { state } from "./kernel.js"', 'export const put = () => state.booted', 'export default { put }',
    'export class S3 { boom() { throw new Error("ours") } }', 'export const callBack = (run) => run()', '//# sourceMappingURL=s3.js.map',
  ].join('\n'),
  'ours/s3.js.map': '{"version":3,"file":"s3.js","sources":["s3.ts"],"names":[],"mappings":"AAAA;AACA;AACA;AACA;AACA"}',
  'ours/core.js': 'export const sleep = () => 1\nexport const check = () => 2',
  'ours/encoder.js': 'export class TextEncoder { encode() { return "encoded by ours" } }',
  'ours/base64.js': 'export const atob = () => "a"\nexport const btoa = () => "b"',
}

export async function openFolder(): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'chopsticks-bundle-')))
  const at = (name: string): string => join(path, name)
  const write = async (files: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(at(name)), { recursive: true })
      await writeFile(at(name), text)
    }
  }
  await write(OURS)
  const modules = new Map([['chopsticks', at('ours/core.js')], ['k6', at('ours/core.js')], ['chopsticks/s3', at('ours/s3.js')]])
  const inject = [{ names: ['TextEncoder'], file: at('ours/encoder.js') }, { names: ['atob', 'btoa'], file: at('ours/base64.js') }]
  const bundle = (entry: string, options: Partial<BundleOptions> = {}): Promise<Bundled> => bundleScript({
    entry: entry.includes('\n') ? { kind: 'text', text: entry, folder: '.' } : { kind: 'file', path: entry },
    modules, inject, kernel: at('ours/kernel.js'), cwd: path, ...options,
  })
  return {
    path, write, bundle,
    refusal: (entry) => bundle(entry).then(
      () => { throw new Error('the bundle should have been refused') },
      (error: unknown) => { if (error instanceof BundleError) return error; throw error }),
    close: () => rm(path, { recursive: true }),
  }
}

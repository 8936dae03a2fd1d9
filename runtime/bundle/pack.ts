// Packs the compiled program into one file a process, so that starting one reads a file instead of four hundred, and keeps what V8 made
// of it, so that it is not compiled anew at every start. Run by `npm run build`.
//
// The packed files lie in `dist/packed`, beside what they were made from. Whatever looks for its neighbours by `import.meta.url` goes on
// to find them where they were, but for the processes a run forks, which are packed too.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const DIST = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const ROOT = dirname(DIST)
const PACKED = 'packed'
/** What is loaded by itself: the command line, and what it begins with; a shard, the built-in store. */
const ENTRIES = ['runtime/cli/head-start', 'runtime/cli/main', 'runtime/agent/main', 'runtime/cli/builtin-child']
/** Files whose neighbours are entries. */
const FORKING = new Set(['runtime/cli/agent-entry.js', 'runtime/cli/builtin.js'])
/** Packages with parts that are not JavaScript, and those that are seldom wanted and large. */
const EXTERNAL = ['esbuild', '@aws-sdk/*', '@smithy/*', 'minio', 'koffi']
/** In CommonJS no module has a URL of its own: they are made from that of the folder, and, for packages' modules, the packed file's. */
const BANNER = `const chopsticksUrl = require('node:url').pathToFileURL, chopsticksFile = chopsticksUrl(__filename).href, \
chopsticksDist = chopsticksFile.slice(0, chopsticksFile.lastIndexOf('/${PACKED}/'));`

/** Where a file of ours was, for code that has moved. */
const urlOf = (file: string): string => `(chopsticksDist + ${JSON.stringify(FORKING.has(file) ? `/${PACKED}/${file}` : `/${file}`)})`

const places: Plugin = {
  name: 'places',
  setup(packing) {
    packing.onLoad({ filter: /\.js$/ }, ({ path }) => {
      const file = relative(DIST, path).split(sep).join('/')
      if (file.startsWith('..') || file.includes('node_modules/')) return undefined
      const text = readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/gm, '')
      return { contents: text.replaceAll('import.meta.url', urlOf(file)), loader: 'js' }
    })
  },
}

/** The licences of the packages that went in: their terms ask for them to come along. */
function licences(...packed: readonly Metafile[]): string {
  const inputs = packed.flatMap((one) => Object.keys(one.inputs))
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  return [...folders].sort().map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
    const { name, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; license: string }
    return `${name} (${license})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`
  }).join(`\n${'-'.repeat(80)}\n\n`)
}

/** Every page carries a copy of the chart library, whose terms ask for its licence to come along. */
const uplotLicence = (): string => `uPlot\n\n${readFileSync(join(ROOT, 'node_modules/uplot/LICENSE'), 'utf8').trim()}`

/** A run that has V8 compile what a plain run uses: an operation each way, its summary, the built-in store. */
const TRAINING = `
import s3 from 'chopsticks/s3'
import { check, payload } from 'chopsticks'
export const options = { thresholds: { s3_req_failed: ['rate<0.5'] } }
export default async function () {
  await s3.put('key', payload('4KiB'))
  check(await s3.get('key'), { whole: ({ bytes }) => bytes === 4096 })
}
`

/** Has the packed program run once, each process writing down what V8 made of its file. */
function train(): void {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-pack-'))
  try {
    writeFileSync(join(folder, 'script.js'), TRAINING)
    const preload = `--require=${JSON.stringify(join(ROOT, 'runtime', 'bundle', 'train.cjs'))}`
    execFileSync(process.execPath, [join(ROOT, 'runtime', 'cli', 'bin.cjs'), 'run', 'script.js', '-i', '20', '--shards', '1'], {
      cwd: folder, env: { ...process.env, NODE_OPTIONS: preload }, stdio: 'pipe',
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const folder = join(DIST, PACKED)
rmSync(folder, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ENTRIES.map((entry) => ({ in: join(DIST, `${entry}.js`), out: `${entry}.packed` })), outdir: folder, outbase: DIST,
  bundle: true, format: 'cjs', platform: 'node', target: 'node20', external: EXTERNAL, plugins: [places],
  banner: { js: BANNER }, define: { 'import.meta.url': 'chopsticksFile' }, minifyWhitespace: true, legalComments: 'eof', metafile: true,
  // Without it a module that only hands on what a package marked as free of side effects exports may never be begun.
  ignoreAnnotations: true, logLevel: 'warning',
  // Code that V8 need not compile anew may not import either, in Node 20; what is left outside can be required.
  supported: { 'dynamic-import': false },
})
/** The HTML report's own script and style, for browsers of the last years; with the licence of what is in them. */
const page = await build({
  entryPoints: ['main.ts', 'page.css'].map((name) => ({ in: join(ROOT, 'runtime/output/report/page', name), out: 'page' })),
  outdir: join(folder, 'report'), bundle: true, format: 'iife', platform: 'browser', target: 'es2022', minify: true, legalComments: 'none',
  charset: 'utf8', metafile: true, logLevel: 'warning',
  banner: Object.fromEntries(['js', 'css'].map((kind) => [kind, `/*!\n${uplotLicence()}\n*/`])),
})
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
writeFileSync(join(folder, 'LICENCES.txt'), licences(metafile, page.metafile))
for (const entry of ENTRIES) {
  const file = join(folder, `${entry}.js`)
  const loader = relative(dirname(file), join(ROOT, 'runtime', 'cli', 'packed.cjs')).split(sep).join('/')
  writeFileSync(file, `module.exports = require('${loader}')(__filename.replace(/js$/, 'packed.js'))\n`)
}
train()
for (const entry of ENTRIES) {
  if (!existsSync(join(folder, `${entry}.packed.js.cache`))) throw new Error(`${entry} was packed, but wrote nothing down when it ran`)
}

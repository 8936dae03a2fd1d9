// Packs the compiled program into few files, so that starting it reads ten files instead of four hundred. Run by `npm run build`.
//
// The packed files lie in `dist/packed`, beside what they were made from. Whatever looks for its neighbours by `import.meta.url` goes on
// to find them where they were, but for the processes a run forks, which are packed too.
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const DIST = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const PACKED = 'packed'
/** What is started by itself: the command line, a shard, the built-in store. */
const ENTRIES = ['runtime/cli/main.js', 'runtime/agent/main.js', 'runtime/cli/builtin-child.js']
/** Files whose neighbours are entries. */
const FORKING = new Set(['runtime/cli/shards.js', 'runtime/cli/builtin.js'])
/** Packages with parts that are not JavaScript, and those that are seldom wanted and large. */
const EXTERNAL = ['esbuild', '@aws-sdk/*', '@smithy/*', 'minio', 'execa']
/** CommonJS packages ask for Node's own modules by `require`. */
const BANNER = "import { createRequire as chopsticksRequire } from 'node:module'; const require = chopsticksRequire(import.meta.url);"

/** Where a file of ours was, for code that has moved. */
const urlOf = (file: string): string => {
  const from = FORKING.has(file) ? `/${PACKED}/${file}` : `/${file}`
  return `(import.meta.url.slice(0, import.meta.url.lastIndexOf('/${PACKED}/')) + ${JSON.stringify(from)})`
}

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
function licences({ inputs }: Metafile): string {
  const folders = new Set(Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  return [...folders].sort().map((folder) => {
    const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name))
    const { name, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; license: string }
    return `${name} (${license})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`
  }).join(`\n${'-'.repeat(80)}\n\n`)
}

const folder = join(DIST, PACKED)
rmSync(folder, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ENTRIES.map((entry) => join(DIST, entry)), outdir: folder, outbase: DIST, chunkNames: 'chunks/[name]-[hash]',
  bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', external: EXTERNAL, plugins: [places],
  banner: { js: BANNER }, minifyWhitespace: true, legalComments: 'eof', metafile: true, logLevel: 'warning',
})
writeFileSync(join(folder, 'LICENCES.txt'), licences(metafile))

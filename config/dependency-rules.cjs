// The layer table. A folder may import itself, what its row lists, and nothing else.
// Layers, homes and purity come from these three tables; to change the architecture, change a row.

const LAYERS = {
  plan:        ['bindings/sdk'],
  metrics:     ['bindings/sdk', 'runtime/plan'],
  bundle:      ['bindings/sdk', 'runtime/plan'],
  sandbox:     ['bindings/sdk', 'runtime/plan'],
  schedule:    ['bindings/sdk', 'runtime/plan'],
  link:        ['bindings/sdk', 'runtime/plan', 'runtime/metrics'],
  output:      ['bindings/sdk', 'runtime/plan', 'runtime/metrics'],
  results:     ['bindings/sdk', 'runtime/plan', 'runtime/metrics', 'runtime/output/table.ts'],
  agent:       ['bindings/sdk', 'bindings/index.ts', 'runtime/plan', 'runtime/metrics', 'runtime/sandbox', 'runtime/schedule', 'runtime/link'],
  coordinator: ['bindings/sdk', 'runtime/plan', 'runtime/metrics', 'runtime/link'],
  cli:         ['bindings/sdk', 'bindings/index.ts', 'runtime/'],
}

// A third-party package has one home. Swapping it is one folder's work.
const HOMES = {
  '@aws-sdk':           ['bindings/s3/drivers/'],
  'esbuild':            ['runtime/bundle/'],
  'koffi':              ['bindings/[^/]+/drivers/'],
  'quickjs-emscripten': ['runtime/sandbox/'],
  '@nats-io':           ['runtime/link/nats.ts'],
  'minio':              ['bindings/s3/drivers/minio/'],
  'execa':              ['bindings/[^/]+/drivers/'],
  'yaml':               ['runtime/cli/targets-yaml.ts'],
  'cli-table3':         ['runtime/output/table.ts'],
  'uplot':              ['runtime/output/report/page/'],
  'hyparquet':          ['runtime/results/series-parquet.ts'],
  'snappyjs':           ['runtime/output/formats/remote-write.ts'],
}

// Folders that compute and never touch the machine.
const PURE = ['runtime/plan', 'runtime/metrics', 'runtime/schedule', 'runtime/coordinator', 'bindings/sdk']

const LOCAL = '^(runtime|bindings|scripts|config|test)/'
const none = (paths) => `^(${paths.join('|')})`
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle is two modules pretending to be one.', {}, { circular: true }),
    // A global of the guest is found by its file's name: the bundler injects it where a script uses it.
    rule('no-dead-files', 'Nobody imports this file: a dead file.',
      { orphan: true, path: '^(runtime|bindings)/', pathNot: ['[.]d[.]ts$', '^bindings/core/globals/'] }, {}),
    rule('resolvable', 'An import that resolves to nothing.', {}, { couldNotResolve: true }),

    ...Object.entries(LAYERS).map(([folder, allowed]) =>
      rule(`layer-${folder}`, `runtime/${folder} may use: ${allowed.join(', ')}`,
        { path: `^runtime/${folder}/` },
        { path: LOCAL, pathNot: none([`runtime/${folder}/`, ...allowed]) })),

    rule('sdk-stands-alone', 'bindings/sdk is the bottom: no repo file above it, no package but zod.',
      { path: '^bindings/sdk/' }, { path: '.', pathNot: '^(bindings/sdk/|assert$|node:assert$|node_modules/zod/)' }),
    rule('bindings-know-only-the-sdk', 'A workload never sees the runtime or another workload.',
      { path: '^bindings/(?!sdk/)([^/]+)/' }, { path: LOCAL, pathNot: '^bindings/(sdk|$1)/' }),
    // The kernel of the guest, sdk/guest.ts, is several files: those in sdk/guest/ are its own.
    // mix.ts is arithmetic on 32 bits, the same on both sides.
    rule('guest-is-sandboxed', 'guest.ts runs inside QuickJS: it may see sdk/guest.ts and types of its own driver.',
      { path: '^bindings/([^/]+)/guest([.]ts$|/)' },
      { path: '.', pathNot: ['^bindings/sdk/guest([.]ts$|/)', '^bindings/sdk/mix[.]ts$', '^bindings/$1/guest/'], dependencyTypesNot: ['type-only'] }),
    rule('page-is-a-browsers', 'runtime/output/report/page runs in a browser: it sees its own files, how numbers are written, and types.',
      { path: '^runtime/output/report/page/' },
      { path: '.', pathNot: ['^runtime/output/(report/page/|humanize[.]ts$)', '^node_modules/uplot/'], dependencyTypesNot: ['type-only'] }),
    rule('drivers-are-private', 'Only the binding that owns a driver names it.',
      { path: '^(runtime|scripts|config)/' }, { path: '^bindings/[^/]+/drivers/' }),
    rule('scripts-see-only-guests', 'A scenario imports chopsticks modules and other scenarios, nothing else.',
      { path: '^scripts/' }, { path: '.', pathNot: '^(scripts/|bindings/[^/]+/guest[.]ts$)' }),
    rule('not-to-test', 'Shipped code never imports test code.',
      { path: '^(runtime|bindings|scripts)/' }, { path: '^test/' }),

    rule('agent-has-no-bundler', 'The agent runs what it is sent. Not even indirectly may it load esbuild.',
      { path: '^runtime/agent/' }, { path: '^(runtime/bundle/|node_modules/esbuild)', reachable: true }),
    rule('pure-does-no-io', 'Time, chance and I/O are arguments here.',
      { path: none(PURE) }, { dependencyTypes: ['core'], pathNot: '^(node:)?assert' }),
    rule('plan-and-metrics-are-timeless', 'What is planned and what was counted do not depend on now.',
      { path: '^runtime/(plan|metrics)/' }, { path: '^bindings/sdk/clock[.]ts$' }),
    rule('outputs-never-see-samples', 'Outputs consume Frames and Records; a per-sample consumer would not survive distribution.',
      { path: '^runtime/(output|coordinator)/' }, { path: '^(bindings/sdk/sample|runtime/metrics/recorder)[.]ts$' }),
    ...Object.entries(HOMES).map(([pkg, homes]) =>
      rule(`home-of-${pkg}`, `${pkg} lives only in ${homes.join(', ')}`,
        { path: '^(runtime|bindings|scripts)/', pathNot: none(homes) }, { path: `^node_modules/${pkg}` })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,        // type-only imports count: a type is a dependency of the reader
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'], extensions: ['.ts', '.js', '.json', '.d.ts'] },
  },
}

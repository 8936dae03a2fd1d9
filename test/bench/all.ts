// Every bench, one after the other, each in a process of its own so that none warms up another's code.
// Run: npm run bench [-- NAME …]
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BENCHES: Readonly<Record<string, string>> = {
  recorder: 'what counting an operation costs',
  snapshots: 'what reports of 200 series cost, and merging those of 64 shards',
  memory: 'what memory a long run adds',
  'uploads-memory': 'what memory large uploads take, all at once',
  sandbox: 'what a VU and an iteration cost, without any store',
  driver: 'what the native S3 driver costs, beside bare sockets',
  verify: 'what checking the data of gets costs, and describing that of puts',
  transport: 'what TLS and the signing of payloads cost the native S3 driver',
  endpoint: 'what an operation costs the built-in S3 endpoint',
  'whole-path': 'what an operation costs from script to histogram, beside bare sockets',
  outputs: 'what outputs cost beside a load',
  shards: 'what a second shard adds',
  load: 'whether load comes when it is due, and what offering it costs, beside k6',
  comparisons: 'how often comparing runs cries wolf, and how often it sees one',
  'start-to-exit': 'what a run costs beside its load',
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  process.stderr.write(`error: no bench is called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`)
  process.exitCode = 255
} else {
  for (const [name, about] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    process.stdout.write(`\n== ${name}: ${about}\n`)
    const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url))], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}

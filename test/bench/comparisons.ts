// How often comparisons cry wolf, and how often they see one: 200 simulated pairs of each kind. Run: node dist/test/bench/comparisons.js
import { performance } from 'node:perf_hooks'
import { alarms, USUAL, type Simulated } from '../kit/simulated-runs.ts'

const COMPARISONS = Number(process.argv[2] ?? 200)

interface Kind { readonly name: string; readonly shape: Simulated; readonly slower: number; readonly pairs?: number }
const KINDS: readonly Kind[] = [
  ...[0, 0.05, 0.1].map((slower) => ({ name: '5 min, φ 0.5', shape: USUAL, slower })),
  { name: '5 min, φ 0', shape: { ...USUAL, phi: 0 }, slower: 0 },
  { name: '5 min, φ 0.8', shape: { ...USUAL, phi: 0.8 }, slower: 0 },
  { name: '5 min, φ 0.8', shape: { ...USUAL, phi: 0.8 }, slower: 0.1 },
  { name: '1 min, φ 0.5', shape: { ...USUAL, windows: 60 }, slower: 0 },
  { name: '30 s, φ 0.8', shape: { ...USUAL, windows: 30, phi: 0.8 }, slower: 0 },
  { name: '5 pairs of 1 min, φ 0.5', shape: { ...USUAL, windows: 60 }, slower: 0, pairs: 5 },
  { name: '5 pairs, runs differ 3 %', shape: { ...USUAL, windows: 60, runNoise: 0.03 }, slower: 0, pairs: 5 },
  { name: '5 pairs of 1 min, φ 0.5', shape: { ...USUAL, windows: 60 }, slower: 0.1, pairs: 5 },
  { name: '10 pairs of 1 min, φ 0.5', shape: { ...USUAL, windows: 60 }, slower: 0.05, pairs: 10 },
]

process.stdout.write(`${COMPARISONS} comparisons each, 10 % noise; rows: rate, med, p95, p99 of get and put\n`)
for (const { name, shape, slower, pairs = 1 } of KINDS) {
  const from = performance.now()
  const { worse, better } = alarms(shape, { comparisons: COMPARISONS, slower, pairs, seed: 20261201 })
  const share = (count: number): string => `${(100 * count / COMPARISONS).toFixed(1)} %`
  const eachMs = Math.round((performance.now() - from) / COMPARISONS)
  process.stdout.write(`${name.padEnd(28)} ${`+${slower * 100} %`.padStart(6)}:`
    + ` worse ${share(worse).padStart(7)}, better ${share(better).padStart(6)}`
    + ` (${eachMs} ms each)\n`)
}

// What outputs cost beside a load of 20,000 operations a second: CPU of one core, each alone and all together. Aim: below 5 % together.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Recorder } from '../../runtime/metrics/recorder.ts'
import type { Window } from '../../runtime/metrics/timeline.ts'
import { Outputs, readRequest } from '../../runtime/output/outputs/outputs.ts'
import { sampleOf } from '../kit/many-samples.ts'
import { samplePlan } from '../output/sample-record.ts'

const OPERATIONS = 20_000
const SECONDS = 60
/** Long enough for receivers to answer between two seconds, which come as fast as that. */
const PAUSE_MS = 20

/** Seconds of a load of three scenarios, five operations, one failure in a thousand. */
function windows(): readonly Window[] {
  const recorder = new Recorder({})
  const tags = ['read', 'write', 'mixed'].map((scenario) => Object.freeze({ scenario }))
  return Array.from({ length: 10 }, (_, second): Window => {
    for (let round = 0; round < OPERATIONS; round++) {
      const own = tags[round % tags.length] ?? {}
      recorder.operation(sampleOf(second * OPERATIONS + round), own)
      if (round % 2 === 0) recorder.add('iteration_duration', 5 + round % 40, own)
    }
    return { startMs: second * 1000, lengthMs: 1000, series: recorder.take().series }
  })
}

const pause = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, PAUSE_MS) })

/** CPU for a second of load, ms. */
async function cpuMs(given: readonly string[], seconds: readonly Window[], folder: string): Promise<number> {
  const outputs = new Outputs()
  for (const one of given) {
    await outputs.open(readRequest(one), {
      plan: samplePlan(), version: '0', cwd: folder, env: {}, opLogFolder: undefined, reasonOf: String, clean: (text) => text,
      print: () => { return }, info: () => { return }, warn: (text) => { process.stderr.write(`${text}\n`) },
    })
  }
  outputs.started(Date.now())
  const before = process.cpuUsage()
  for (let second = 0; second < SECONDS; second++) {
    const window = seconds[second % seconds.length]
    if (window !== undefined) outputs.window({ ...window, startMs: second * 1000 })
    await pause()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / SECONDS
}

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const receiver = fork(fileURLToPath(new URL(`./outputs-receiver${extension}`, import.meta.url)))
const port = await new Promise<number>((resolve) => { receiver.once('message', (said) => { resolve(Number(said)) }) })
const folder = mkdtempSync(join(tmpdir(), 'chopsticks-bench-'))
const at = `127.0.0.1:${port}`
const all = [
  'json=a.json', 'csv=a.csv.gz', `prometheus-rw=http://${at}/`, 'prometheus=0', `opentelemetry=http://${at}`, `influxdb=http://${at}/db`,
  `statsd=${at}`,
]
const seconds = windows()
await cpuMs(all, seconds, folder)
const nothing = await cpuMs([], seconds, folder)
process.stdout.write(`${OPERATIONS} operations a second, ${seconds[0]?.series.length ?? 0} series\n`)
for (const given of [...all.map((one) => [one]), all]) {
  const ms = await cpuMs(given, seconds, folder) - nothing
  const name = given.length > 1 ? 'all together' : given[0]?.split('=')[0] ?? ''
  process.stdout.write(`${name.padEnd(16)}${ms.toFixed(1).padStart(7)} ms a second, ${(ms / 10).toFixed(2).padStart(5)} % of a core\n`)
}
rmSync(folder, { recursive: true })
receiver.disconnect()
process.exitCode = 0

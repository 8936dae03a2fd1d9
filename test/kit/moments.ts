// The moments of a run at which it can be stopped: a script that says when each has come and then stays there, and what to wait for.
import type { RunningCli } from './cli.ts'

/** Makes something in every phase; `-e AT=MOMENT` has it say so at that moment, and stay there until it is interrupted. */
export const MOMENTS_SCRIPT = `
import s3 from 'chopsticks/s3'
import { payload, sleep } from 'chopsticks'
const at = __ENV.AT
const endless = ['opening', 'early', 'middle'].includes(at)
export const options = { vus: 3, ...endless ? { duration: '5m' } : at === 'graceful' ? { duration: '1s' } : { iterations: 6 } }
const reached = (moment) => { if (at === moment) console.log('now in ' + moment); return at === moment }
const stay = async (moment) => { if (reached(moment)) await sleep(60) }
if (reached('inspecting')) for (const begun = Date.now(); Date.now() - begun < 1500;);
export async function setup() {
  await s3.put('setup', payload('1KiB'))
  if (at === 'cleanup') await Promise.all(Array.from({ length: 200 }, (_, i) => s3.put('many/' + i, 'x')))
  await stay('setup')
}
export async function setupVU() {
  await s3.put('vu-' + __VU, payload('1KiB'))
  await stay('opening')
}
export default async function () {
  await s3.put('object-' + __VU + '-' + __ITER, payload('1KiB'))
  await s3.put('vu-' + __VU, 'again')
  if (at === 'graceful') await sleep(1.3)
  await stay('graceful')
  if (__ITER === 0) reached('early')
  if (__ITER === 10) reached('middle')
  if (endless) await sleep(0.02)
}
export async function teardown() {
  await s3.put('teardown', 'x')
  if (reached('teardown')) await sleep(0.3)
  await s3.delete('setup')
}
export async function handleSummary() {
  await stay('summary')
  return { stdout: 'the script\\'s own summary\\n' }
}
`

export interface Moment {
  readonly name: string
  /** Resolves when it has come. */
  reached(running: RunningCli): Promise<void>
  /** False when the run has no name yet by then: it has made nothing. */
  readonly named: boolean
}

const said = (name: string, text: string | RegExp, named = true): Moment => ({ name, named, reached: (running) => running.said(text) })
const scripted = (name: string, named = true): Moment => said(name, `now in ${name}`, named)

/** In the order in which they come. */
export const MOMENTS: readonly Moment[] = [
  {
    name: 'starting', named: false,
    async reached(running) {
      while (running.processes('agent/main').length === 0) await new Promise((resolve) => { setTimeout(resolve, 5) })
    },
  },
  scripted('inspecting', false),
  said('preparing', /phase: prepare/),
  scripted('setup'),
  scripted('opening'),
  scripted('early'),
  scripted('middle'),
  scripted('graceful'),
  scripted('teardown'),
  said('cleanup', /phase: cleanup/),
  scripted('summary'),
]

/** The command line that runs the script up to the moment. */
export const momentArgs = ({ name }: Moment, script: string): readonly string[] => ['run', script, '-v', '-e', `AT=${name}`]

/** The run's name as it printed it; undefined when it has not. */
export const runNameIn = (text: string): string | undefined => /prefix chopsticks-([\w-]+)\//.exec(text)?.[1]

// All outputs of a run together, and the table of those there are.
import type { OutputReport } from '../../metrics/record.ts'
import type { Window } from '../../metrics/timeline.ts'
import { didYouMean } from '../../plan/nearest.ts'
import { csvOutput, jsonOutput } from './k6-lines.ts'
import { hdrOutput } from './hdr.ts'
import { OutputError, type Finished, type Output, type OutputParts } from './output.ts'
import { influxOutput, otlpOutput, remoteWriteOutput } from './posted.ts'
import { githubOutput, reportOutput } from './reports.ts'
import { gitlabQuality } from '../formats/gitlab.ts'
import { junitReport } from '../formats/junit.ts'
import { markdownReport } from '../formats/markdown.ts'
import { openMetrics } from '../formats/open-metrics.ts'
import { scrapeOutput } from './scrape.ts'
import { statsdOutput } from './statsd.ts'
import { Totals } from './totals.ts'

interface Kind {
  /** What stands behind the `=`: empty when nothing has to. */
  readonly needs: '' | 'a file' | 'an address' | 'a port'
  readonly open: (parts: OutputParts) => Output | Promise<Output>
}

/** Every output by the name users write, k6's where k6 has it. */
const KINDS: Readonly<Record<string, Kind>> = {
  json: { needs: 'a file', open: jsonOutput },
  csv: { needs: 'a file', open: csvOutput },
  hdr: { needs: 'a file', open: hdrOutput },
  prometheus: { needs: 'a port', open: scrapeOutput },
  'prometheus-rw': { needs: 'an address', open: remoteWriteOutput },
  opentelemetry: { needs: 'an address', open: otlpOutput },
  influxdb: { needs: 'an address', open: influxOutput },
  statsd: { needs: '', open: statsdOutput },
  junit: { needs: 'a file', open: (parts) => reportOutput(parts, junitReport) },
  markdown: { needs: 'a file', open: (parts) => reportOutput(parts, markdownReport) },
  github: { needs: '', open: githubOutput },
  gitlab: { needs: 'a file', open: (parts) => reportOutput(parts, gitlabQuality) },
  'gitlab-metrics': { needs: 'a file', open: (parts) => reportOutput(parts, openMetrics) },
}
const ALIASES: Readonly<Record<string, string>> = {
  'experimental-prometheus-rw': 'prometheus-rw', 'experimental-opentelemetry': 'opentelemetry',
}

/** One `-o`, taken apart. */
export interface OutputRequest { readonly kind: string; readonly arg: string; readonly settings: OutputParts['settings'] }

/** Reads `name=arg;key=value`. Throws OutputError for a name there is not, an arg that is missing, a setting without a value. */
export function readRequest(text: string): OutputRequest {
  const [head = '', ...more] = text.split(';')
  const at = head.indexOf('=')
  const named = at === -1 ? head : head.slice(0, at)
  const kind = ALIASES[named] ?? named
  const found = KINDS[kind]
  const names = Object.keys(KINDS)
  if (found === undefined) throw new OutputError(`there is no output '${named}'${didYouMean(named, names)}: there are ${names.join(', ')}`)
  const arg = at === -1 ? '' : head.slice(at + 1)
  if (arg === '' && found.needs !== '') throw new OutputError(`${kind} needs ${found.needs}: write ${kind}=${EXAMPLES[found.needs]}`)
  const settings = Object.fromEntries(more.filter((one) => one !== '').map((one) => {
    const equals = one.indexOf('=')
    if (equals < 1) throw new OutputError(`${kind}: '${one}' is no setting: write ;NAME=VALUE`)
    return [one.slice(0, equals), one.slice(equals + 1)]
  }))
  return { kind, arg, settings }
}

const EXAMPLES = { 'a file': 'FILE', 'an address': 'http://HOST:PORT/', 'a port': '9464', '': '' } as const

/** True for outputs that write the file they are given. */
export const writesFile = ({ kind }: OutputRequest): boolean => KINDS[kind]?.needs === 'a file'

/** `json result.json`; of an address neither user nor password nor query. */
export function outputName({ kind, arg }: OutputRequest): string {
  if (KINDS[kind]?.needs !== 'an address') return arg === '' ? kind : `${kind} ${arg}`
  const url = URL.canParse(arg) ? new URL(arg) : undefined
  return url === undefined ? kind : `${kind} ${url.origin}${url.pathname}`
}

export class Outputs {
  readonly #totals = new Totals()
  readonly #outputs: Output[] = []
  #totalsUsed = false
  #startedEpochMs: number | undefined

  /** Opens one; `parts` without what it has from here. Throws OutputError, or what opening a file throws. */
  async open(request: OutputRequest, parts: Omit<OutputParts, 'totals' | 'name' | 'arg' | 'settings'>): Promise<void> {
    const kind = KINDS[request.kind]
    if (kind === undefined) throw new OutputError(`there is no output '${request.kind}'`)
    const totals = (): Totals => {
      this.#totalsUsed = true
      return this.#totals
    }
    this.#outputs.push(await kind.open({ ...parts, ...request, name: outputName(request), totals }))
  }

  /** The load starts at this moment, ms since the Unix epoch. */
  started(epochMs: number): void { this.#startedEpochMs ??= epochMs }

  /** Takes a second of the load. */
  window(window: Window): void {
    if (this.#startedEpochMs === undefined) return
    const startEpochMs = this.#startedEpochMs + window.startMs
    if (this.#totalsUsed) this.#totals.add(window)
    const second = { window, startEpochMs, endEpochMs: startEpochMs + window.lengthMs }
    for (const output of this.#outputs) output.second?.(second)
  }

  /** Delivers the rest of all of them at once; what became of each. */
  end(finished: Finished): Promise<readonly OutputReport[]> {
    return Promise.all(this.#outputs.map((output) => output.end(finished)))
  }
}

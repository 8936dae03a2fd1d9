// `--report FILE`: a run's windows gathered while it goes on, and at its end the page. Loaded only where one is asked for.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EXIT_CODES } from '../metrics/record.ts'
import { Timeline, type Window } from '../metrics/timeline.ts'
import type { Finished } from '../output/outputs/output.ts'
import { pageAssets } from '../output/report/assets.ts'
import type { Fact } from '../output/report/model.ts'
import { reportPage, type ReportParts } from '../output/report/report.ts'
import { hostFacts } from '../results/host-facts.ts'
import type { RunEnvironment } from '../results/stored-run.ts'
import { reasonOf } from './deliver.ts'
import { Failure, placeName } from './failure.ts'
import type { Locate } from './ending.ts'
import { versions } from './keep.ts'
import type { World } from './world.ts'

/** What a run's windows take at most: far more than charts can show. */
const TIMELINE_BYTES_MAX = 64 * 1024 ** 2

interface Reporting {
  readonly window: (window: Window) => void
  /** Writes the page; what went wrong. */
  readonly finish: (finished: Finished & { readonly locate: Locate }) => Failure | undefined
}

export function startReport(file: string, world: World): Reporting {
  const timeline = new Timeline(TIMELINE_BYTES_MAX)
  return {
    window: (window) => { timeline.add(window) },
    finish: (finished) => {
      const parts = { windows: timeline.windows(), environment: { versions: versions(), host: hostFacts() }, remarks: [] }
      return writeReport('--report', file, { ...parts, finished }, world)
    },
  }
}

export interface ReportOf {
  readonly finished: Finished & { readonly locate: Locate }
  readonly windows: ReportParts['windows']
  readonly environment: RunEnvironment
  readonly remarks: readonly string[]
}

/** Writes a run's page to a file, whatever was there. The failure (104) names the flag or command, when it can't be written. */
export function writeReport(
  flag: string, file: string, { finished, windows, environment, remarks }: ReportOf, { terminal, cwd }: World,
): Failure | undefined {
  const page = reportPage({
    record: finished.record, ending: finished.ending, windows, remarks, environment: factsOf(environment),
    locate: (stack) => {
      const place = finished.locate(stack)
      return place === undefined ? {} : { location: placeName(place) }
    },
    clean: (text) => terminal.clean(text),
  }, pageAssets())
  try {
    writeFileSync(resolve(cwd, file), page)
    return undefined
  } catch (error) {
    return new Failure(EXIT_CODES.config, `${flag} ${file}: it could not be written, ${reasonOf(error)}`)
  }
}

/** The machine and the programs as a reader looks for them. What a cluster said of itself is as it said it. */
function factsOf({ versions: all, host, ceph }: RunEnvironment): readonly Fact[] {
  const { name, system, cpu, cores, cpuQuota, memoryBytes, openFiles, nics } = host
  const fact = (called: string, value: string | undefined): readonly Fact[] => value === undefined ? [] : [{ name: called, value }]
  return [
    ...Object.entries(all).map(([called, value]) => ({ name: called, value })),
    ...fact('machine', name), ...fact('system', system), ...fact('CPU', cpu),
    ...fact('cores', cpuQuota === undefined ? String(cores) : `${cores}, of which ${cpuQuota} may be used`),
    ...fact('memory', `${(memoryBytes / 1024 ** 3).toFixed(1)} GiB`),
    ...fact('open files', openFiles === undefined ? undefined : `at most ${openFiles}`),
    ...nics.flatMap(({ name: nic, speedMbps, mtu, driver }) => fact(`network ${nic}`, [
      ...(speedMbps === undefined ? [] : [`${speedMbps} Mbit/s`]), ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
      ...(driver === undefined ? [] : [driver]),
    ].join(', ') || undefined)),
    ...Object.entries(ceph?.before ?? {}).flatMap(([command, answer]) => fact(`ceph ${command}`, JSON.stringify(answer))),
    ...Object.entries(ceph?.after ?? {}).flatMap(([command, answer]) => fact(`ceph ${command}, at the end`, JSON.stringify(answer))),
  ]
}

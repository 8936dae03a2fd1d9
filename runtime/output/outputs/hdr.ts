// `-o hdr=FILE`: the times of each second as HdrHistogram's interval log, a line a second and metric.
import { resolve } from 'node:path'
import type { OutputReport } from '../../metrics/record.ts'
import { mergedData } from '../../metrics/sinks.ts'
import type { Series } from '../../metrics/snapshot.ts'
import { TextFile } from '../delivery/text-file.ts'
import { HEAD_LINES, hdrHead, hdrLine } from '../formats/hdr-log.ts'
import type { Finished, Output, OutputParts, Second } from './output.ts'
import { checkSettings } from './settings.ts'

/** `s3_req_duration{op:get}`: a metric by those of the tags it has; without any of them its own name. */
function nameOf({ metric, tags }: Series, by: readonly string[]): string {
  const own = by.flatMap((tag) => tags[tag] === undefined ? [] : [`${tag}:${tags[tag]}`])
  return own.length === 0 ? metric : `${metric}{${own.join(';')}}`
}

/** Trends of times, merged over all tags but those of `by`. */
function timesBy(series: readonly Series[], by: readonly string[]): ReadonlyMap<string, readonly Series[]> {
  const groups = new Map<string, Series[]>()
  for (const one of series) {
    if (one.data.type !== 'trend' || one.contains !== 'time' || one.data.count === 0) continue
    const name = nameOf(one, by)
    groups.set(name, [...groups.get(name) ?? [], one])
  }
  return groups
}

/** HdrHistogram's log. Throws OutputError for a setting it does not have, and what making the file throws. */
export function hdrOutput(parts: OutputParts): Output {
  checkSettings(parts.settings, ['by'])
  const by = (parts.settings['by'] ?? 'op').split(/[\s,]+/).filter((tag) => tag !== '')
  const file = new TextFile({ path: resolve(parts.cwd, parts.arg), reasonOf: parts.reasonOf, warn: parts.warn })
  let begun = false
  const begin = (epochMs: number): void => {
    if (!begun) file.write(hdrHead(parts.version, epochMs), HEAD_LINES)
    begun = true
  }
  return {
    second({ window: { startMs, lengthMs, series }, startEpochMs }: Second) {
      begin(startEpochMs - startMs)
      const lines = [...timesBy(series, by)].flatMap(([name, group]) => {
        const data = mergedData(group.map((one) => one.data))
        return data?.type === 'trend' ? [hdrLine(name, startMs, lengthMs, data)] : []
      })
      file.write(parts.clean(lines.join('')), lines.length)
    },
    async end({ record }: Finished): Promise<OutputReport> {
      begin(Date.parse(record.startedAt))
      await file.close()
      const { lines, lost, reason } = file
      return { name: parts.name, to: 'file', unit: 'lines', delivered: lines, lost, ...(reason === undefined ? {} : { reason }) }
    },
  }
}

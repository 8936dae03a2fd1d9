// Outputs that write one report when the run is over: `junit`, `markdown`, `gitlab`, `gitlab-metrics`, and `github`.
import { appendFileSync, closeSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { OutputReport } from '../../metrics/record.ts'
import { githubAnnotations } from '../formats/github.ts'
import { markdownReport } from '../formats/markdown.ts'
import type { Finished, Output, OutputParts } from './output.ts'
import { checkSettings } from './settings.ts'

const report = (name: string, reason: string | undefined): OutputReport => reason === undefined
  ? { name, to: 'file', unit: 'reports', delivered: 1, lost: 0 } : { name, to: 'file', unit: 'reports', delivered: 0, lost: 1, reason }

/** Writes what `make` makes of the run. The file is there, and empty, from the start: so it is known that it can be written. */
export function reportOutput(parts: OutputParts, make: (finished: Finished) => string): Output {
  checkSettings(parts.settings, [])
  const path = resolve(parts.cwd, parts.arg)
  closeSync(openSync(path, 'w', 0o644))
  return {
    end(finished) {
      try {
        writeFileSync(path, parts.clean(make(finished)))
        return Promise.resolve(report(parts.name, undefined))
      } catch (error) {
        return Promise.resolve(report(parts.name, parts.reasonOf(error)))
      }
    },
  }
}

/** GitHub's annotations on standard output, and the Markdown report in the job's summary: the arg, else `GITHUB_STEP_SUMMARY`. */
export function githubOutput(parts: OutputParts): Output {
  checkSettings(parts.settings, [])
  const named = parts.arg === '' ? parts.env['GITHUB_STEP_SUMMARY'] ?? '' : parts.arg
  const summary = named === '' ? undefined : resolve(parts.cwd, named)
  if (summary !== undefined) closeSync(openSync(summary, 'a', 0o644))
  return {
    end(finished) {
      parts.print(githubAnnotations(finished).map((line) => `${line}\n`).join(''))
      try {
        if (summary !== undefined) appendFileSync(summary, parts.clean(`${markdownReport(finished)}\n`))
        return Promise.resolve(report(parts.name, undefined))
      } catch (error) {
        return Promise.resolve(report(parts.name, parts.reasonOf(error)))
      }
    },
  }
}

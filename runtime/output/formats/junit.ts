// JUnit's XML: a suite for the run, one for thresholds, one for checks.
import type { Finished } from '../outputs/output.ts'
import { judgedChecks, judgedThresholds, otherEnding, type Judged } from './judged.ts'

/** Characters XML 1.0 can't hold in any form are left out. */
const XML_IMPOSSIBLE = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu
const escaped = (text: string): string => text.replace(XML_IMPOSSIBLE, '')
  .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  .replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`)

interface Case {
  readonly classname: string
  readonly name: string
  readonly seconds: number
  readonly failure: string | undefined
  readonly file?: string
}

const caseLines = ({ classname, name, seconds, failure, file }: Case): readonly string[] => {
  const head = `    <testcase classname="${escaped(classname)}" name="${escaped(name)}" time="${seconds.toFixed(3)}"`
    + (file === undefined ? '' : ` file="${escaped(file)}"`)
  return failure === undefined ? [`${head}/>`] : [`${head}>`, `      <failure message="${escaped(failure)}"/>`, '    </testcase>']
}

const failures = (cases: readonly Case[]): number => cases.filter(({ failure }) => failure !== undefined).length

const suiteLines = (name: string, at: string, seconds: number, cases: readonly Case[]): readonly string[] => cases.length === 0 ? [] : [
  `  <testsuite name="${escaped(name)}" tests="${cases.length}" failures="${failures(cases)}"`
    + ` errors="0" skipped="0" time="${seconds.toFixed(3)}" timestamp="${at}">`,
  ...cases.flatMap(caseLines),
  '  </testsuite>',
]

/** A document that ends in a line break. Checks that failed are failures here, whatever the exit code. */
export function junitReport({ record, ending }: Finished): string {
  const { plan: { script, runId }, startedAt, times: { measuredMs } } = record
  const seconds = measuredMs / 1000
  const why = otherEnding(record, ending)
  const judged = (list: readonly Judged[], none: string): readonly Case[] => list.map(({ of, what, seen, ok }) => ({
    classname: of === '' ? none : of, name: what, seconds: 0, failure: ok ? undefined : `${what}: ${seen}`,
  }))
  const place = why?.place === undefined ? '' : `${why.place.file}:${why.place.line}: `
  const run: Case = {
    classname: script.name, name: `run ${runId}`, seconds, failure: why === undefined ? undefined : place + why.message, file: script.name,
  }
  const suites: readonly (readonly [string, number, readonly Case[]])[] = [
    [script.name, seconds, [run]], ['thresholds', 0, judged(judgedThresholds(record), 'run')],
    ['checks', 0, judged(judgedChecks(record), 'checks')],
  ]
  const all = suites.flatMap(([, , cases]) => cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="chopsticks" tests="${all.length}" failures="${failures(all)}" time="${seconds.toFixed(3)}">`,
    ...suites.flatMap(([name, took, cases]) => suiteLines(name, startedAt.replace(/\.\d+Z$/, ''), took, cases)),
    '</testsuites>', '',
  ].join('\n')
}

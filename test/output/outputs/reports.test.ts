// Reports for pipelines: what they say of a run that passed, one that failed, and one that never ran.
import { expect } from 'chai'
import { githubAnnotations } from '../../../runtime/output/formats/github.ts'
import { gitlabQuality } from '../../../runtime/output/formats/gitlab.ts'
import { junitReport } from '../../../runtime/output/formats/junit.ts'
import { markdownReport } from '../../../runtime/output/formats/markdown.ts'
import { openMetrics } from '../../../runtime/output/formats/open-metrics.ts'
import type { Finished } from '../../../runtime/output/outputs/output.ts'
import { busyRecord, operation, recordOf, samplePlan, threshold } from '../sample-record.ts'

const place = { file: 'scripts/mixed.ts', line: 12, column: 5 }
const locate = () => place
const passed: Finished = {
  record: recordOf(samplePlan(), (recorder) => { recorder.operation(operation(), {}) }), ending: undefined, locate,
}
const plan = samplePlan({ thresholds: [
  threshold('s3_req_duration{op:get}', 'p(99)<1'), threshold('s3_req_failed', 'rate<0.5'), threshold('s3_retries', 'count<1'),
] })
const crossed: Finished = {
  record: { ...busyRecord(plan, 9000), ending: { kind: 'thresholds', message: 'crossed', aborted: false } },
  ending: { message: 'thresholds on metrics … have been crossed', place: undefined }, locate,
}
const threw: Finished = {
  record: {
    ...recordOf(samplePlan(), () => { return }),
    ending: { kind: 'script', step: 'setup', message: 'a <b> & "c"\u0000', stack: '' },
  },
  ending: { message: 'setup: a <b> & "c"\u0000\nsecond, line', place }, locate,
}

describe('the JUnit report', () => {
  it('has a case for the run, each threshold and each check, and fails those that failed', () => {
    const xml = junitReport(crossed)
    expect(xml).to.match(/<testsuites name="chopsticks" tests="6" failures="3" /)
    expect(xml).to.contain(' classname="s3_req_duration{op:get}" name="p(99)&lt;1" time="0.000">')
    expect(xml).to.match(/\n +<failure message="p\(99\)&lt;1: [\d.]+ms"/)
    expect(xml).to.contain('<testcase classname="s3_req_failed" name="rate&lt;0.5" time="0.000"/>')
    expect(xml).to.contain('<failure message="count&lt;1: no samples"/>')
    expect(junitReport(passed)).to.match(/tests="1" failures="0"/)
  })

  it('says where a script threw, and is XML whatever it threw', () => {
    expect(junitReport(threw))
      .to.contain('<failure message="scripts/mixed.ts:12: setup: a &lt;b&gt; &amp; &quot;c&quot;&#10;second, line"/>')
  })
})

describe('the Markdown report', () => {
  it('begins with the verdict, and shows thresholds, operations and errors', () => {
    const text = markdownReport(crossed)
    expect(text).to.match(/^## ❌ mixed\.ts failed: 2 of 3 thresholds crossed\n/)
    expect(text).to.match(/\n\| ❌ \| `s3_req_duration\{op:get\}` \| `p\(99\)<1` \| [\d.]+ms \|\n/)
    expect(text).to.match(/\n\| `s3\.get` \| \d+ \|/)
    expect(text).to.contain('### Errors')
    expect(markdownReport(passed)).to.match(/^## ✅ mixed\.ts passed\n/)
  })

  it('keeps what a script threw from being markup', () => {
    expect(markdownReport(threw)).to.contain('**scripts/mixed.ts:12: setup: a \\<b\\> \\& "c"\u0000 second, line**')
  })
})

describe('GitHub\'s annotations', () => {
  it('are one for each threshold that was crossed, and stand where the script threw', () => {
    expect(githubAnnotations(passed)).to.deep.equal([])
    expect(githubAnnotations(crossed).filter((line) => line.startsWith('::error '))).to.have.length(2)
    expect(githubAnnotations(threw)[0])
      .to.equal('::error file=scripts/mixed.ts,line=12,col=5,title=chopsticks::setup: a <b> & "c"\u0000%0Asecond, line')
  })

  it('are ten at most, and the last says how many more there are', () => {
    const { errors: [error] } = busyRecord(plan, 9000)
    if (error === undefined) return expect.fail('there are errors in it')
    const errors = Array.from({ length: 20 }, (_, at) => ({ ...error, message: `error ${at}` }))
    const lines = githubAnnotations({ ...crossed, record: { ...crossed.record, errors } })
    expect(lines).to.have.length(10)
    expect(lines.at(-1)).to.equal('::warning title=chopsticks::and 13 more; see the job\'s log')
  })
})

describe('GitLab\'s reports', () => {
  it('list what was found, with the same fingerprint whatever was seen', () => {
    const fingerprints = (finished: Finished): readonly string[] =>
      (JSON.parse(gitlabQuality(finished)) as { readonly fingerprint: string }[]).map(({ fingerprint }) => fingerprint)
    expect(JSON.parse(gitlabQuality(passed))).to.deep.equal([])
    const again = { ...crossed, record: { ...busyRecord(plan, 6000), ending: crossed.record.ending } }
    expect(fingerprints(crossed).slice(0, 2)).to.deep.equal(fingerprints(again).slice(0, 2))
    expect(new Set(fingerprints(crossed)).size).to.equal(fingerprints(crossed).length)
    expect((JSON.parse(gitlabQuality(threw)) as unknown[])[0])
      .to.deep.include({ severity: 'blocker', location: { path: 'scripts/mixed.ts', lines: { begin: 12 } } })
  })

  it('give figures as OpenMetrics', () => {
    const lines = openMetrics(crossed).split('\n')
    expect(lines.slice(-2)).to.deep.equal(['# EOF', ''])
    for (const line of lines.slice(0, -2)) expect(line).to.match(/^\w+(\{op="\w+"\})? -?[\d.e+-]+$/)
    expect(lines.some((line) => line.startsWith('s3_req_duration_p99{op="get"} '))).to.equal(true)
  })
})

// A checklist on screens of every width.
import { expect } from 'chai'
import { checklistHeading, findingLines } from '../../runtime/output/checklist.ts'
import { displayWidth } from '../../runtime/output/text.ts'

const finding = {
  check: 'small answers', status: 'warning',
  value: 'get of 4 KiB median 44.10 ms, head 1.02 ms: each get waits 40 ms for an acknowledgement',
  remedy: 'set tcp_nodelay=1 in rgw_frontends, or TCP_NODELAY in the proxy before the gateway',
} as const

describe('a checklist', () => {
  it('is one line a finding where lines are not broken, its remedy below', () => {
    expect(findingLines(finding, { columns: Infinity, colour: false })).to.deep.equal([
      `  warning small answers  ${finding.value}`, `                         remedy: ${finding.remedy}`,
    ])
    expect(findingLines({ check: 'DNS', status: 'ok', value: 'it is' }, { columns: Infinity, colour: false }))
      .to.deep.equal(['  ok      DNS            it is'])
  })

  for (const columns of [60, 80, 100, 140]) {
    it(`keeps to ${columns} columns, coloured or not, and loses no word`, () => {
      for (const colour of [false, true]) {
        const about = 's3: driver native, endpoint http://127.0.0.1:8000, bucket bench, prefix chopsticks-x/'
        const lines = [...checklistHeading(about, { columns, colour }), ...findingLines(finding, { columns, colour })]
        for (const line of lines) expect(displayWidth(line)).to.be.at.most(columns)
        const words = findingLines(finding, { columns, colour: false }).join(' ').split(/\s+/).join(' ').trim()
        expect(words).to.equal(`warning small answers ${finding.value} remedy: ${finding.remedy}`)
      }
    })
  }

  it('shows what a terminal would obey', () => {
    const [line = ''] = findingLines({ check: 'x', status: 'failed', value: 'a\u001b[2Jb', remedy: 'c' }, { columns: 80, colour: false })
    expect(line).to.include('a\\u001b[2Jb')
  })
})

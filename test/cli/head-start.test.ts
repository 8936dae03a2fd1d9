// Which command lines begin with a shard's process before they are understood.
import { expect } from 'chai'
import { looksLikeRun } from '../../runtime/cli/head-start.ts'

describe('a head start', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['run script.js', true],
    ['run script.ts --vus 5 -d 10s', true],
    ['run s3-large-objects', true],
    ['run -', true],
    ['script.js -i 1', true],
    ['folder/script.mts', true],
    ['script.js --shards 4', true],
    ['script.js --shards 10', true],
    ['', false],
    ['--help', false],
    ['--version', false],
    ['run --help', false],
    ['script.js -h', false],
    ['script.js --shards 0', false],
    ['script.js --shards=0', false],
    ['inspect script.js', false],
    ['serve s3', false],
    ['cleanup 4d3c2b1a', false],
    ['doctor', false],
    ['scrpt', false],
  ]
  for (const [line, begins] of cases) {
    it(`${begins ? 'is taken' : 'is not taken'} for 'chopsticks ${line}'`, () => {
      expect(looksLikeRun(line.split(' ').filter((arg) => arg !== ''))).to.equal(begins)
    })
  }
})

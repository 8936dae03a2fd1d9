// The pipelines in config/ci: every command of ours in them is one the command line takes, outputs included.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { parseArguments } from '../../runtime/cli/args.ts'
import { readRequest } from '../../runtime/output/outputs/outputs.ts'
import { projectRoot } from '../kit/cli.ts'

const folder = join(projectRoot, 'config/ci')

/** Every text in a document. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** The words behind `npx chopsticks` in a line of shell; variables in quotes are one word. */
const commandsIn = (text: string): readonly (readonly string[])[] => text.split('\n').flatMap((line) => {
  const rest = /\bnpx chopsticks (.*)$/.exec(line)?.[1]
  return rest === undefined ? [] : [rest.trim().split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, '$2'))]
})

describe('the pipelines in config/ci', () => {
  for (const file of readdirSync(folder)) {
    it(`run commands that are accepted: ${file}`, () => {
      const commands = textsIn(parse(readFileSync(join(folder, file), 'utf8'))).flatMap(commandsIn)
      expect(commands).not.to.be.empty
      for (const words of commands) {
        const request = parseArguments(words, { columns: 100, colors: false })
        const out = 'flags' in request ? request.flags.out : undefined
        if (Array.isArray(out)) for (const one of out) expect(readRequest(String(one)).kind).not.to.equal('')
      }
    })
  }
})

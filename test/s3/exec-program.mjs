// A program of the exec protocol for tests: objects in its memory, and whatever its config tells it to do badly.
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const objects = new Map()
const say = (answer) => { process.stdout.write(`${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`) }
let config

const operations = {
  put({ key, path }) {
    objects.set(key, readFileSync(path))
    return { status: 200, etag: '"tag"', request_id: 'id1' }
  },
  get({ id, key, path }) {
    const body = objects.get(key)
    if (body === undefined) return { error: { status: 404, code: 'NoSuchKey', message: 'because', request_id: 'id2' } }
    say({ id, mark: 'first_byte' })
    if (path !== undefined) writeFileSync(path, body)
    return { bytes: body.length, size_bytes: body.length }
  },
  head: () => ({ error: { kind: 'unreachable', message: 'nobody\nthere' } }),
  delete: ({ key }) => key === 'hang' ? undefined : {},
  list: ({ prefix }) => ({ objects: [...objects].filter(([key]) => key.startsWith(prefix)).map(([key, { length }]) => ({ key, size_bytes: length })) }),
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line)
  if (request.op === 'open') {
    config = request.config
    if (config.deaf) return
    if (config.refuse !== undefined) say({ error: { kind: 'unsupported', message: config.refuse } })
    else say(config.first ?? { ready: true, in_flight: 2, operations: Object.keys(operations) })
    return
  }
  if (config.die === request.op) {
    process.stderr.write('out of luck\n')
    process.exit(3)
  }
  if (config.answer !== undefined) {
    say(config.answer)
    return
  }
  const answer = operations[request.op](request)
  if (answer !== undefined) say({ id: request.id, pid: process.pid, ...answer })
}).on('close', () => { if (!config?.stays) process.exit(0) })
if (process.argv.includes('stays')) setInterval(() => { /* lives on without input */ }, 1000)

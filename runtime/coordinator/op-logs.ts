// The end of the shards' op logs: each writes the rest of its own, and says whether it is whole.
import type { RunRecord } from '../metrics/record.ts'
import type { Roster } from './roster.ts'

/** How long an agent has to write the rest. */
const CLOSE_MAX_MS = 20_000

/** Asks everyone who is left to end its op log; undefined where none is written. */
export async function closeOpLogs(roster: Roster, folder: string | undefined): Promise<RunRecord['opLog']> {
  if (folder === undefined) return undefined
  const answers = await roster.askAll(() => ({ kind: 'closeOpLog' }), 'opLogClosed', () => { return }, CLOSE_MAX_MS)
  const closed = answers.filter((answer) => answer.kind === 'opLogClosed')
  const operations = closed.reduce((sum, answer) => sum + answer.operations, 0)
  return { folder, operations, problems: closed.flatMap(({ problem }) => problem ?? []) }
}

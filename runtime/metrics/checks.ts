// Checks and groups of a run as a tree: from the tags `check` and `group` of its series.
import type { Series } from './snapshot.ts'

export interface CheckCount { readonly name: string; readonly passes: number; readonly fails: number }
export interface GroupNode {
  /** Empty at the root. */
  readonly name: string
  /** `::outer::inner`; empty at the root. */
  readonly path: string
  readonly groups: readonly GroupNode[]
  readonly checks: readonly CheckCount[]
}

interface Building {
  readonly name: string
  readonly path: string
  readonly groups: Map<string, Building>
  readonly checks: Map<string, CheckCount>
}

const SEPARATOR = '::'
const building = (name: string, path: string): Building => ({ name, path, groups: new Map(), checks: new Map() })

function groupAt(root: Building, path: string): Building {
  let group = root
  for (const name of path.split(SEPARATOR).slice(1)) {
    let inner = group.groups.get(name)
    if (inner === undefined) group.groups.set(name, inner = building(name, `${group.path}${SEPARATOR}${name}`))
    group = inner
  }
  return group
}

const finished = ({ name, path, groups, checks }: Building): GroupNode =>
  ({ name, path, groups: [...groups.values()].map(finished), checks: [...checks.values()] })

/** The root group: every group that counted anything, and every check in its group, in the order of their first appearance. */
export function groupTree(series: readonly Series[]): GroupNode {
  const root = building('', '')
  for (const { metric, tags, data } of series) {
    const group = groupAt(root, tags['group'] ?? '')
    const name = tags['check']
    if (metric !== 'checks' || data.type !== 'rate' || name === undefined) continue
    const known = group.checks.get(name) ?? { name, passes: 0, fails: 0 }
    group.checks.set(name, { name, passes: known.passes + data.trues, fails: known.fails + data.count - data.trues })
  }
  return finished(root)
}

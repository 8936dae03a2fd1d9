// Checks as lines: the totals, then each check, with its counts where it failed.
import type { CheckCount, GroupNode } from '../metrics/checks.ts'
import { perSecond } from '../metrics/figures.ts'
import { humanizeNumber, humanizeShare } from './humanize.ts'
import { alignedBlocks, type FigureStyle } from './metric-lines.ts'
import { visible, wrap } from './text.ts'

/** All checks of a group and the groups in it; those of one name as one. */
export function allChecks(root: GroupNode): readonly CheckCount[] {
  const byName = new Map<string, CheckCount>()
  const visit = ({ checks, groups }: GroupNode): void => {
    for (const { name, passes, fails } of checks) {
      const known = byName.get(name)
      byName.set(name, { name, passes: passes + (known?.passes ?? 0), fails: fails + (known?.fails ?? 0) })
    }
    groups.forEach(visit)
  }
  visit(root)
  return [...byName.values()]
}

function checkLine({ name, passes, fails }: CheckCount, indent: number, { palette, columns }: FigureStyle): readonly string[] {
  const margin = ' '.repeat(indent)
  const [first = '', ...rest] = wrap(visible(name).split(' '), columns - indent - 2)
  const more = rest.map((part) => `${margin}  ${part}`)
  if (fails === 0) return [`${margin}${palette.good('✓')} ${first}`, ...more]
  const percent = Math.floor(100 * passes / (passes + fails))
  return [
    `${margin}${palette.bad('✗')} ${first}`, ...more,
    `${margin}  ↳  ${palette.bad(`${percent}% — ✓ ${humanizeNumber(passes)} / ✗ ${humanizeNumber(fails)}`)}`,
  ]
}

/** Totals, an empty line, and each check; nothing when there were none. */
export function checkLines(checks: readonly CheckCount[], indent: number, style: FigureStyle): readonly string[] {
  if (checks.length === 0) return []
  const passes = checks.reduce((sum, check) => sum + check.passes, 0)
  const fails = checks.reduce((sum, check) => sum + check.fails, 0)
  const total = passes + fails
  const part = (count: number): readonly string[] => [humanizeShare(count / total), `${count} out of ${total}`]
  const [totals = []] = alignedBlocks([[
    { label: 'checks_total', kind: 'plain', figures: [humanizeNumber(total), `${humanizeNumber(perSecond(total, style.measuredMs))}/s`] },
    { label: 'checks_succeeded', kind: 'plain', figures: part(passes) },
    { label: 'checks_failed', kind: 'plain', figures: part(fails) },
  ]], indent, style)
  return [...totals, '', ...checks.flatMap((check) => checkLine(check, indent, style))]
}

// Did you mean …? The known name that is nearest to a mistyped one.

/** Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other (Damerau's distance, restricted). */
function distance(a: string, b: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (beforeLast[j - 2] ?? 0) + 1 : Infinity
      row.push(Math.min(replaced, swapped, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The known name meant by `word`, or undefined when none is near enough to be worth a guess. Letter case does not count. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: { readonly name: string; readonly away: number } | undefined
  for (const name of known) {
    if (Math.abs(name.length - word.length) > limit) continue
    const away = distance(word.toLowerCase(), name.toLowerCase())
    if (away <= limit && away < (best?.away ?? Infinity)) best = { name, away }
  }
  return best?.name
}

/** ` (did you mean 'vus'?)`, or nothing: to be put behind a sentence. */
export function didYouMean(word: string, known: readonly string[]): string {
  const name = nearest(word, known)
  return name === undefined ? '' : ` (did you mean '${name}'?)`
}

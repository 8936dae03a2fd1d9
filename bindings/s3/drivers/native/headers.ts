// Finds headers in the text of a response's head: those few that are not looked for in every answer.

/** Text without the blanks around it: those HTTP means, which are fewer than those of `trim`. */
export function within(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9)) start++
  while (end > start && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 9)) end--
  return text.slice(start, end)
}

/** The value of a header (name in lower case) in a head's text; undefined when it isn't there. */
export function headerOf(text: string, name: string): string | undefined {
  let at = text.indexOf('\r\n')
  while (at >= 0) {
    const colon = at + 2 + name.length
    if (text.charCodeAt(colon) === 58 && text.slice(at + 2, colon).toLowerCase() === name) {
      const end = text.indexOf('\r\n', colon)
      return within(text, colon + 1, end < 0 ? text.length : end)
    }
    at = text.indexOf('\r\n', at + 2)
  }
  return undefined
}

/** Every header whose name begins with a prefix (lower case), by the rest of its name. */
export function headersWith(text: string, prefix: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const line of text.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = within(line, colon + 1, line.length)
  }
  return found
}

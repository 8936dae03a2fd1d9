// The page's colours for what is painted and not styled: read from its style, so that they follow light and dark.

export interface Colours {
  readonly muted: string
  readonly line: string
  /** Of lines, one after the other. */
  readonly series: readonly string[]
  /** Red, green, blue of a heat map's strongest cell. */
  readonly heat: string
  readonly font: string
}

const SERIES = 8

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    muted: of('muted'), line: of('line'), heat: of('heat'),
    series: Array.from({ length: SERIES }, (_, at) => of(`series-${at + 1}`)),
    font: '11px system-ui, sans-serif',
  }
}

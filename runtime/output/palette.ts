// The few colours output has, or none of them.
import picocolors from 'picocolors'

type Paint = (text: string) => string
export interface Palette {
  readonly good: Paint
  readonly bad: Paint
  readonly warn: Paint
  readonly strong: Paint
  readonly faint: Paint
  readonly accent: Paint
}

/** Colours only when they were asked for. */
export function palette(colour: boolean): Palette {
  const { green, red, yellow, bold, dim, cyan } = picocolors.createColors(colour)
  return { good: green, bad: red, warn: yellow, strong: bold, faint: dim, accent: cyan }
}

// Punycode (RFC 3492): domain labels beyond ASCII, written in ASCII.

const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700

/** RFC 3492 §6.1. */
function adapt(delta: number, count: number, first: boolean): number {
  let left = first ? Math.floor(delta / DAMP) : delta >> 1
  left += Math.floor(left / count)
  let k = 0
  for (; left > (BASE - T_MIN) * T_MAX >> 1; k += BASE) left = Math.floor(left / (BASE - T_MIN))
  return k + Math.floor((BASE - T_MIN + 1) * left / (left + SKEW))
}

const digit = (value: number): string => String.fromCharCode(value < 26 ? 97 + value : 22 + value)

/** RFC 3492 §6.3: a variable-length integer. */
function integer(value: number, bias: number): string {
  let result = ''
  let rest = value
  for (let k = BASE; ; k += BASE) {
    const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX)
    if (rest < threshold) return result + digit(rest)
    result += digit(threshold + (rest - threshold) % (BASE - threshold))
    rest = Math.floor((rest - threshold) / (BASE - threshold))
  }
}

/** A label as `xn--…`. */
export function punycode(label: string): string {
  const points = Array.from(label, (character) => character.codePointAt(0) ?? 0)
  const basic = points.filter((point) => point < 0x80)
  let result = basic.length > 0 ? `${String.fromCodePoint(...basic)}-` : ''
  let bias = 72
  let delta = 0
  let done = basic.length
  for (let next = 0x80; done < points.length; next += 1) {
    const smallest = Math.min(...points.filter((point) => point >= next))
    delta += (smallest - next) * (done + 1)
    next = smallest
    for (const point of points) {
      if (point < next) delta += 1
      if (point !== next) continue
      result += integer(delta, bias)
      bias = adapt(delta, done + 1, done === basic.length)
      delta = 0
      done += 1
    }
    delta += 1
  }
  return `xn--${result}`
}

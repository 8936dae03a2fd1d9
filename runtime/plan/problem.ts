// What is wrong with the options: where it was said, and how a command that finds it ends.

export type LayerName = 'file' | 'script' | 'env' | 'flags'
/** Keys and indices that lead into a value: `['scenarios', 'x', 'vus']`. */
export type ValuePath = readonly (string | number)[]

/** 255: the command line could not be read (as k6); 104: what it, or another layer, asks for can't be done. */
type ProblemExit = 104 | 255

export interface PlanProblem {
  readonly exit: ProblemExit
  /** Undefined when it comes from no single layer. */
  readonly layer: LayerName | undefined
  /** Where the user finds it: `--vus`, `CHOPSTICKS_VUS`, `load.js: options.scenarios.x.vus`, `chopsticks.yaml:3:5: options.vus`. */
  readonly where: string
  /** One sentence: what is wrong and what to do. */
  readonly message: string
}

/** The problem as one line. */
export const problemLine = ({ where, message }: PlanProblem): string => `${where}: ${message}`

/** A value of an option that can't be taken. Thrown by the readers of values only; the layer that read it makes a PlanProblem of it. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
  /** Below the option itself. */
  readonly path: ValuePath
  /** 'syntax': it could not be read at all; 'value': it was read, and is out of range. */
  readonly kind: 'syntax' | 'value'
  constructor(message: string, more: { readonly path?: ValuePath; readonly kind?: 'syntax' | 'value' } = {}) {
    super(message)
    this.path = more.path ?? []
    this.kind = more.kind ?? 'syntax'
  }
}

/** Runs a reader of a part of a value: an OptionError it throws gets the way there before its own path. */
export function below<T>(path: ValuePath, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new OptionError(error.message, { path: [...path, ...error.path], kind: error.kind })
  }
}

/** `['tags', 0, 'a b']` as `tags[0]["a b"]`: on one line, whatever the keys hold. */
export const pathText = (path: ValuePath): string => path.map((step, index) => {
  if (typeof step === 'number') return `[${step}]`
  if (!/^[\w$-]+$/.test(step)) return `[${JSON.stringify(step)}]`
  return index === 0 ? step : `.${step}`
}).join('')

/** Where one option's value came from. */
export interface Origin {
  /** Undefined for what nobody gave. */
  readonly layer: LayerName | undefined
  /** How the user finds a place inside the value; the path starts below the option. */
  where(path?: ValuePath): string
}

/** Collects problems while something is read, so that a user sees all of them at once. */
export class Problems {
  readonly list: PlanProblem[] = []

  /** A problem of a value that could be read, at a path below its option. */
  add(origin: Origin, path: ValuePath, message: string): void {
    this.list.push({ exit: 104, layer: origin.layer, where: origin.where(path), message })
  }

  /** Runs a reader; its OptionError becomes a problem, and the answer is undefined. Any other error is a bug and goes on. */
  attempt<T>(origin: Origin, path: ValuePath, read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof OptionError)) throw error
      const exit = origin.layer === 'flags' && error.kind === 'syntax' ? 255 : 104
      this.list.push({ exit, layer: origin.layer, where: origin.where([...path, ...error.path]), message: error.message })
      return undefined
    }
  }
}

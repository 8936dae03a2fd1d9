// The arrays init code shares between all VUs: made once a test, kept as JSON texts of their elements.

export class SharedArrays {
  readonly #arrays: Map<string, readonly string[]>
  /** True while the script is first evaluated: only then arrays are made. */
  readonly #open: boolean

  constructor(made: Readonly<Record<string, readonly string[]>>, open: boolean) {
    this.#arrays = new Map(Object.entries(made))
    this.#open = open
  }

  item(name: string, index: number): string | undefined { return this.#arrays.get(name)?.[index] }
  length(name: string): number | undefined { return this.#arrays.get(name)?.length }

  /** The first array of a name stays; throws an Error whose message the script sees when the name is unknown after the first evaluation. */
  make(name: string, items: readonly string[]): void {
    if (this.#arrays.has(name)) return
    if (!this.#open) {
      throw new Error(`SharedArray "${name}" was not made when the script was first evaluated; make the same arrays in every VU`)
    }
    this.#arrays.set(name, items)
  }

  all(): Record<string, readonly string[]> { return Object.fromEntries(this.#arrays) }
}

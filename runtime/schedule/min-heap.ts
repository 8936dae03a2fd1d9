// A heap: what comes first is found at once, however much there is.

export class MinHeap<T> {
  readonly #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  /** `before` is true when `a` comes before `b`. */
  constructor(before: (a: T, b: T) => boolean) { this.#before = before }

  get first(): T | undefined { return this.#items[0] }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    for (let up = (at - 1) >> 1; at > 0 && this.#precedes(at, up); at = up, up = (at - 1) >> 1) this.#swap(at, up)
  }

  pop(): T | undefined {
    const items = this.#items
    this.#swap(0, items.length - 1)
    const first = items.pop()
    for (let at = 0; ;) {
      const left = 2 * at + 1
      const least = left + 1 < items.length && this.#precedes(left + 1, left) ? left + 1 : left
      if (least >= items.length || !this.#precedes(least, at)) return first
      this.#swap(at, least)
      at = least
    }
  }

  #precedes(a: number, b: number): boolean { return this.#before(this.#items[a] as T, this.#items[b] as T) }

  #swap(a: number, b: number): void {
    const items = this.#items
    if (items.length === 0) return
    const kept = items[a] as T
    items[a] = items[b] as T
    items[b] = kept
  }
}

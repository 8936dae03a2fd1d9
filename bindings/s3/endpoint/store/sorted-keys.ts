// Keys in order, as blocks of at most a thousand: adding, removing and seeking cost a binary search and one short copy.

const BLOCK_MAX = 1024

/** A set of strings in `<` order. Adding or removing one among n costs O(log n + BLOCK_MAX) whatever the order of the calls. */
export class SortedKeys<Key extends string> {
  /** Never empty but when there are no keys at all; each is sorted, and all its keys are below the next block's first. */
  readonly #blocks: Key[][] = []

  /** Adds a key; one that is there already stays as it is. */
  add(key: Key): void {
    const index = Math.max(this.#blockOf(key), 0)
    const block = this.#blocks[index]
    if (block === undefined) { this.#blocks.push([key]); return }
    const at = lowerBound(block, key)
    if (block[at] === key) return
    block.splice(at, 0, key)
    // Splitting at the end keeps blocks full when keys come in order, as generated names mostly do.
    if (block.length > BLOCK_MAX) this.#blocks.splice(index + 1, 0, block.splice(at === BLOCK_MAX ? BLOCK_MAX : BLOCK_MAX / 2))
  }

  delete(key: Key): void {
    const index = this.#blockOf(key)
    const block = this.#blocks[index]
    if (block === undefined) return
    const at = lowerBound(block, key)
    if (block[at] !== key) return
    if (block.length === 1) this.#blocks.splice(index, 1)
    else block.splice(at, 1)
  }

  /** Every key at or after `from`, in order. Keys must not be added or removed while it runs. */
  *from(from: Key): Generator<Key> {
    let index = Math.max(this.#blockOf(from), 0)
    let at = lowerBound(this.#blocks[index] ?? [], from)
    for (let block = this.#blocks[index]; block !== undefined; block = this.#blocks[++index]) {
      for (let key = block[at]; key !== undefined; key = block[++at]) yield key
      at = 0
    }
  }

  /** The last block whose first key is not above `key`; -1 when there is none. */
  #blockOf(key: Key): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.#blocks[middle]?.[0]
      if (first !== undefined && first <= key) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** Where the first key not below `key` stands. */
function lowerBound<Key extends string>(block: readonly Key[], key: Key): number {
  let low = 0
  let high = block.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = block[middle]
    if (found !== undefined && found < key) low = middle + 1
    else high = middle
  }
  return low
}

// What a driver sends, and how what comes back can differ from it.

/** Bytes that can be read again and again from any offset: a body a driver can send twice. */
export interface Content {
  readonly sizeBytes: number
  /**
   * A view of the bytes from `offset` on: at least one byte, at most `maxLength`, valid for as long as the content is.
   * It must not be written to. `offset` lies below `sizeBytes`.
   */
  chunk(offset: number, maxLength: number): Uint8Array
  /**
   * What `chunk` gives, where it can be had for less: in memory that is used again once all that was lent is said to be `returned`, which
   * is when it has been sent. Who forgets to say so is lent more.
   */
  lend?(offset: number, maxLength: number): Uint8Array
  returned?(): void
}

/** How received bytes differ from the ones expected. */
export interface PayloadDifference {
  /**
   * 'short': the bytes were right but ended early; 'corrupt': wrong, or too many; 'misplaced': another object's, or another place's;
   * 'torn': of two writes of this object; 'stale': of a write before the last one.
   */
  readonly code: 'corrupt' | 'short' | 'misplaced' | 'torn' | 'stale'
  /** Position in the object of the first byte that is wrong, missing or too much. */
  readonly offset: number
  readonly message: string
}

// The numbers of the border: slots of the mail and what stands in them. `runtime/sandbox/border.ts` says what each means. Nothing but
// constants is here, so that the bundler writes them where they are used.

/** Numbers both sides read and write. */
export type Mail = Record<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14, number>

export const STATE = 0, PENDING = 1, NOTED = 2, KIND = 3, ID = 4, OPERATION = 5, LEFT = 6, ITERATION = 7, PHASE = 8, MODE = 10
export const RUN = 11, LENGTH = 12
/** Of a reply that comes as FACTS. */
export const STATUS = 12, BYTES = 13, ETAG_LENGTH = 14
/** Of the answer to RANDOM. */
export const DRAWN = 12

// STATE
export const RETURNED = 2

// KIND, in messages
export const CALL = 0, ASK = 1, NOTES = 2, NAME = 3, INFO = 4, NAMED = 5, AGAIN = 6, RANDOM = 7

// KIND, of an answer; 0 is a failure
export const TEXT = 1

// KIND, of what is left
export const LATE = 1, UNAWAITED = 2

// MODE
export const HAS_DATA = 1

// The border between a sandbox and the host: what crosses it, how it is written, and who may call whom.
//
// The host lays an object into the guest's globals as `__chopsticks` before the bundle is evaluated; the guest kernel
// (bindings/sdk/guest) takes it and deletes the global, so that a script never sees it:
//
//     post(text?, options?)   the one function into the host. It returns at once and never enters the guest again.
//     mail                    an ArrayBuffer over WASM memory both sides have mapped: MAIL_SLOTS doubles, named below.
//     settings                JSON text: { vu, env, serial }
//
// and the kernel puts into it what the host enters by: boot's `functions` (names, each ended by a line end) and `options`
// (JSON text), and the functions of WAYS.
// Numbers travel in the mail, all else as JSON text; text is never cut, the mail never grows. Values of the guest's are never
// handed to the host, but for what a function returned or threw: errors are read with care (errors.ts), values by `value`.
//
// Messages of the guest, by mail[KIND]:
//     CALL   mail[ID], mail[OPERATION], post(args, options?)   answered later: mail[ID], mail[KIND], settle(text?)
//     ASK    mail[OPERATION], post(args)                        returns text or undefined; mail[KIND] ≠ ASK: it is the refusal's message
//     NOTES  post(`[n,args],[n,args],…`)                        no answer
//     NAME   post(name)                                         from now on the next number, from 0, is this operation's
//     INFO   post()                                             returns the running iteration's IterationInfo as text
//     NAMED  mail[ID], mail[OPERATION], mail[LENGTH], post(name, value?)   a CALL with the arguments [null, name] or [null, name, value]:
//            the name as it is, mail[LENGTH] UTF-16 units of it, the value as JSON text. Returns a text when the name did not arrive
//            whole: nothing was begun.
//     AGAIN  as NAMED, post(name)                               the value is the one sent before
//     RANDOM post()                                             mail[DRAWN] is the run's next random number, 0 ≤ x < 1
//
// Answers of the host, by mail[KIND]: 0 it failed, 1 ok, both with JSON text or none; 2 ok, with what every reply of a store says and
// no more: mail[STATUS], mail[BYTES], and a text of mail[ETAG_LENGTH] units of the tag, then the request's id where there is one.
//
// An entry is one visit of the host's to the guest: the functions it calls, then promise jobs until none is left. After each, the
// host looks at the promise the function returned (and writes mail[STATE]: 0 idle, 1 running, 2 the function returned, 3 it threw)
// and reads mail[PENDING] (calls, timers and tracked promises under way), mail[NOTED] (notes wait: enter `flush`) and mail[LEFT]
// (something remains to be told: enter `left` until mail[KIND] is 0). An iteration is over when its function is and nothing is
// pending; running with nothing pending can never end. mail[RUN] counts runs, so that what one left behind can't be taken for the
// next one's: the kernel counts, the host only reads.

/** Slots of the mail. */
export const MAIL = {
  state: 0, pending: 1, noted: 2, kind: 3, id: 4, operation: 5, left: 6, iteration: 7, phase: 8, mode: 10, run: 11, length: 12,
  status: 12, bytes: 13, etagLength: 14, drawn: 12,
} as const
export const MAIL_SLOTS = 15

/** Values of `MAIL.state`. */
export const STATE = { idle: 0, running: 1, returned: 2, threw: 3 } as const

/** Values of `MAIL.kind` in messages of the guest. */
export const MESSAGE = { call: 0, ask: 1, notes: 2, name: 3, info: 4, named: 5, again: 6, random: 7 } as const

/** Values of `MAIL.kind` in answers of the host. */
export const ANSWER = { failed: 0, text: 1, facts: 2 } as const

/** Values of `MAIL.kind` after `left`. */
export const LEFT = { nothing: 0, late: 1, unawaited: 2 } as const

/** Values of `MAIL.mode`, for `run`: whether the function gets data. */
export const MODE = { noData: 0, hasData: 1 } as const

/** Values of `MAIL.phase`. */
export const PHASES = ['init', 'setup', 'iteration', 'teardown', 'summary'] as const

/**
 * What the host enters the guest by. `run(data?)`: mail[ID] = index of the function, ITERATION, PHASE, MODE; data is JSON
 * text, given when it differs from the run's before; what the function throws is thrown, what it returns is returned, a promise in
 * most cases, and kept by the host. `returned`: the function has, with something pending. `drop` abandons a run; `env(text?)` lays
 * variables over the VU's own; `value(value)` gives a value's JSON text.
 */
export const WAYS = ['run', 'settle', 'flush', 'returned', 'left', 'drop', 'env', 'value'] as const
export type Way = (typeof WAYS)[number]

// Which parts of the language a bundle needs: what it never names is left out of its VUs, each of which would hold its own copy.

/** Every intrinsic the engine has, those without a flag included. */
const ALL = 0
/**
 * What every bundle gets, as the engine's `QTS_Intrinsic` numbers them: base objects 1, eval 4, regular expressions 16, their compiler
 * 32, JSON 64, typed arrays 512, promises 1024, big integers 2048.
 */
const ALWAYS = 1 | 4 | 16 | 32 | 64 | 512 | 1024 | 2048

/** Names that may stand for any other: code that is made while it runs can name what its text does not show. */
const ANY = /\b(?:eval|Function|WeakRef|FinalizationRegistry)\b/
/** Parts with a flag of their own, by the names they are reached by: 10 KB of a VU's 63 without its bundle. */
const NAMED: readonly (readonly [names: RegExp, flag: number])[] = [
  [/\bDate\b/, 2], [/\bnormalize\b/, 8], [/\bProxy\b/, 128], [/\b(?:Map|Set|WeakMap|WeakSet)\b/, 256],
]

/** The flags of `QTS_NewContext` for a bundle, going by the words in its text, those in strings and comments included. */
export const intrinsicsOf = (code: string): number =>
  ANY.test(code) ? ALL : NAMED.reduce((flags, [names, flag]) => names.test(code) ? flags | flag : flags, ALWAYS)

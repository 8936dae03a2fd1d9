// Words as a POSIX shell reads them.

/** The word as it must be written so that a shell takes it for one word and changes nothing in it. */
export const shellQuoted = (word: string): string => (/^[\w\-./:@+=]+$/.test(word) ? word : `'${word.replaceAll('\'', '\'\\\'\'')}'`)

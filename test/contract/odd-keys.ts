// Keys that are hard on clients, and which of them a driver's program can't name.
import type { LackName } from '../../bindings/s3/lacks.ts'

/** Keys that clients get wrong: every one must come back from a listing as it was, and hold its own bytes. */
export const ODD_KEYS = [
  'plain', 'with space', ' leading and trailing ', 'a+b', 'a%2Fb', 'a/b', '%', '%41', 'A', '/leading', '//two', 'a//b', 'trailing/',
    './dot', '../up', 'a/../b', 'a/./b', '.', '..',
  'ümläut', '日本語', '🙂', '\u{10000}', '\uffee', 'q?x=1&y=2', 'h#f', 'semi;colon', "quote'\"",
  '<xml>&amp;', 'back\\slash', "!*'()", '~_-.',
    '[br]{ace}|^`', 'é', 'e\u0301', 'tab\tkey', 'line\nkey',
  '@:$,=', 'a'.repeat(900),
]

/** Whether a key is one that the driver's program can't name. */
export const lacksKey = (key: string, lacks: readonly LackName[]): boolean => lacks.some((lack) =>
  (lack === 'lineFeeds' && key.includes('\n')) || (lack === 'trailingSlashes' && key.endsWith('/')) ||
  (lack === 'fileUrls' && key.startsWith('file')) || (lack === 'dotSegments' && /(^|\/)\.\.?(\/|$)/.test(key)))

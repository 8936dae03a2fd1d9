// The page's own script and style, as the build packed them: beside the packed program, whichever of the two runs.
import { readFileSync } from 'node:fs'
import type { PageAssets } from './page-text.ts'

/** Throws when the program was compiled and not packed. */
export function pageAssets(): PageAssets {
  const read = (name: string): string => readFileSync(new URL(`../../../packed/report/${name}`, import.meta.url), 'utf8')
  return { script: read('page.js'), style: read('page.css') }
}

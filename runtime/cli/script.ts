// The script a command was given: bundled, with what errors need to point into it.
import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Bundled } from '../bundle/bundle.ts'
import type { BundleProblem } from '../bundle/problem.ts'
import type { FileAccess } from '../link/protocol.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import { commandHint } from './args.ts'
import type { Locate } from './ending.ts'
import { EXIT_USAGE, Failure, placeName, type Place } from './failure.ts'
import type { World } from './world.ts'

export interface Script {
  /** As the user named it. */
  readonly name: string
  readonly bundled: Bundled
  /** The real path of the folder it lies in; of the working folder for standard input. */
  readonly folder: string
}

/** Problems beside the first that are shown. */
const OTHERS_SHOWN = 4

/**
 * Bundles a script; `-` is standard input. `onModule` is told of each module of ours it imports, early.
 * Throws a Failure: 255 when there is no such script, 107 when it can't be bundled.
 */
export async function loadScript(
  name: string, { cwd, stdin }: Pick<World, 'cwd' | 'stdin'>, onModule: (specifier: string) => void,
): Promise<Script> {
  const [{ scriptModules }, { bundleScript }, { BundleError }] = await Promise.all([
    import('../../bindings/index.ts'), import('../bundle/bundle.ts'), import('../bundle/problem.ts'),
  ])
  const path = name === '-' || isFile(resolve(cwd, name)) ? name : (await import('./ready.ts')).readyScript(name) ?? name
  const entry = name === '-' ? { kind: 'text', text: await stdin(), folder: cwd } as const : { kind: 'file', path } as const
  try {
    const bundled = await bundleScript({ entry, cwd, onModule, ...scriptModules() })
    const folder = realpathSync(entry.kind === 'text' ? cwd : dirname(realpathSync(resolve(cwd, path))))
    return { name: name === '-' ? 'stdin' : name, bundled, folder }
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    if (error.missing) {
      const { meantScenario } = await import('./ready.ts')
      const meant = meantScenario(name)
      const hint = meant === undefined ? commandHint(name) : `did you mean chopsticks run ${meant}?`
      throw new Failure(EXIT_USAGE, `${name}: ${error.message}`, { hint })
    }
    const others = error.others.slice(0, OTHERS_SHOWN).map((problem) => `${placeText(problem)}${problem.message}`)
    const more = error.others.length - others.length
    const lines = [error.message, ...others, ...(more > 0 ? [`and ${more} more`] : [])]
    throw new Failure(EXIT_CODES.script, lines.join('\n'), { place: placeOf(error) })
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

type Problem = { readonly [K in keyof BundleProblem]?: BundleProblem[K] | undefined }

function placeOf({ file, line, column, lineText }: Problem): Place | undefined {
  if (file === undefined || line === undefined || column === undefined) return undefined
  return { file, line, column, ...(lineText === undefined ? {} : { text: lineText }) }
}

const placeText = (problem: Problem): string => {
  const place = placeOf(problem)
  return place === undefined ? '' : `${placeName(place)}: `
}

/** What the script's `open()` may read: no file the settings came from. Throws a Failure (104) for an --allow-read that is no folder. */
export function fileAccess(script: Script, allowRead: readonly string[], cwd: string, withheld: readonly string[]): FileAccess {
  const allowed = allowRead.map((folder) => {
    const path = resolve(cwd, folder)
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      throw new Failure(EXIT_CODES.config, `--allow-read ${folder}: there is no such folder`)
    }
    return path
  })
  return { roots: [script.folder, ...allowed], scriptFolder: script.folder, withheld }
}

/** Finds places of the script in stacks of its guests; what it needs for that is loaded when first asked for. */
export async function locator({ bundled }: Script): Promise<Locate> {
  const { makeStackMapper } = await import('../bundle/stack.ts')
  const mapper = makeStackMapper(bundled.bundle, bundled.map)
  return (stack) => mapper.place(stack)
}

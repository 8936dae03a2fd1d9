// A sandbox with a script in it, for tests: bundled by esbuild, answered by a host that writes down what it was told.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { extname } from 'node:path'
import { Sandbox, type GuestHost, type GuestResult, type GuestVu, type RunRequest, type SandboxOptions,
  type Unawaited } from '../../runtime/sandbox/sandbox.ts'
import type { CallOptions } from '../../bindings/sdk/guest.ts'
import type { Json } from '../../bindings/sdk/index.ts'

const here = fileURLToPath(import.meta.url)
const guest = fileURLToPath(new URL(`../../bindings/sdk/guest${extname(here)}`, import.meta.url))
const globals = ['console', 'timers'].map((name) =>
  fileURLToPath(new URL(`../../bindings/core/globals/${name}${extname(here)}`, import.meta.url)))
const bundles = new Map<string, Promise<string>>()

/** The script with the kernel before it and `boot` after it. `kernel` is what it imports the kernel as. */
export function bundle(script: string): Promise<string> {
  const known = bundles.get(script)
  if (known !== undefined) return known
  const made = build({
    stdin: { contents: `import { boot } from 'kernel'\nimport * as script from 'script'\nboot(script)` },
    bundle: true, write: false, format: 'esm', target: 'es2022', minifySyntax: true, logLevel: 'silent', external: ['elsewhere'],
    inject: globals,
    plugins: [{
      name: 'script',
      setup(plugins) {
        plugins.onResolve({ filter: /^kernel$/ }, () => ({ path: guest }))
        plugins.onResolve({ filter: /^script$/ }, () => ({ path: 'script', namespace: 'script' }))
        plugins.onLoad({ filter: /.*/, namespace: 'script' }, () => ({ contents: script, loader: 'ts', resolveDir: '/' }))
      },
    }],
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  bundles.set(script, made)
  return made
}

export interface Told {
  readonly id: number
  readonly operation: string
  readonly args: readonly Json[]
  readonly options: CallOptions | undefined
}

const textOf = (value: Json | undefined): string => typeof value === 'string' ? value : JSON.stringify(value ?? null)

/** A host that answers every call in the next turn with its first argument, waits, and keeps a list. */
export class TestHost implements GuestHost {
  readonly told: Told[] = []
  readonly unawaitedThings: Unawaited[] = []
  readonly answers: Record<string, (vu: GuestVu, told: Told) => Json | undefined> = {
    'core.log': () => undefined,
    'core.wait': (vu, { id, args: [waitMs] }) => {
      setTimeout(() => { vu.settle(id, true, undefined) }, typeof waitMs === 'number' ? waitMs : 0).unref()
      return undefined
    },
    'test.echo': (vu, { id, args }) => { if (id === 0) return args[0]; vu.settle(id, true, args[0]); return undefined },
    'test.fail': (vu, { id, args }) => {
      vu.settle(id, false, { code: 'not_found', message: 'no such key', operation: 'test.fail', detail: textOf(args[0]) })
      return undefined
    },
    'test.throw': (_, { args }) => { throw new Error(textOf(args[0])) },
    'test.never': () => undefined,
  }

  call(vu: GuestVu, id: number, operation: string, args: readonly Json[], options: CallOptions | undefined): Json | undefined {
    const told = { id, operation, args, options }
    this.told.push(told)
    const answer = this.answers[operation]
    if (answer === undefined) throw new Error(`no operation ${operation}`)
    return answer(vu, told)
  }
  unawaited(_vu: GuestVu, what: Unawaited): void { this.unawaitedThings.push(what) }
  logs(): readonly Json[] { return this.told.flatMap(({ operation, args }) => operation === 'core.log' ? [args[1] ?? null] : []) }
}

export const options = (code: string, more: Partial<SandboxOptions> = {}): SandboxOptions =>
  ({ bundle: { code, name: 'script.js' }, memoryLimitBytes: 16 * 2 ** 20, sliceLimitMs: 100, ...more })

export const openSandbox = async (script: string, more: Partial<SandboxOptions> = {}): Promise<Sandbox> =>
  Sandbox.open(options(await bundle(script), more))

export const vuOptions = { id: 1, seed: 42, env: {}, phase: 'init' } as const

/** A sandbox with one VU of the script. */
export async function openScript(script: string, more: Partial<SandboxOptions> = {},
  host = new TestHost()): Promise<{ sandbox: Sandbox; vu: GuestVu; host: TestHost } & Disposable> {
  const sandbox = await openSandbox(script, more)
  const vu = await sandbox.openVu(vuOptions, host)
  return { sandbox, vu, host, [Symbol.dispose]: () => { sandbox[Symbol.dispose]() } }
}

export const request = (more: Partial<RunRequest> = {}): RunRequest =>
  ({ fn: 'default', argText: undefined, phase: 'iteration', iteration: 0, scenario: undefined, info: undefined, wantValue: true, ...more })

/** Runs the default function and gives what it returned; throws an Error with what it threw. */
export async function valueOf(vu: GuestVu, more: Partial<RunRequest> = {}): Promise<unknown> {
  const result = await vu.run(request(more))
  if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.name}: ${result.error.message}`)
  return result.valueText === undefined ? undefined : JSON.parse(result.valueText) as unknown
}

export const errorOf = (result: GuestResult): string =>
  result.ok ? 'ok' : `${result.error.kind} ${result.error.name}: ${result.error.message}`

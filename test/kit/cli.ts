// Runs the real command line in a process of its own, in an empty folder, and hands back what it said.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with package.json above this file, wherever the tests were compiled to. */
export const projectRoot: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
})()

export const binPath = join(projectRoot, 'runtime', 'cli', 'bin.cjs')

/** A folder for one test, gone when disposed of. */
export interface Workspace extends Disposable {
  readonly folder: string
  /** Writes files below it: name -> text. */
  write(files: Readonly<Record<string, string>>): void
}

export function workspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'chopsticks-e2e-'))
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(more)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
  }
  write(files)
  return { folder, write, [Symbol.dispose]: () => { rmSync(folder, { recursive: true, force: true }) } }
}

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Processes the command started that were still there a while after its end. */
  readonly orphans: readonly number[]
}

export interface CliOptions {
  readonly cwd: string
  /** Added to a nearly empty environment: nothing of the developer's own may choose a store. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** A file that standard output goes to. */
  readonly stdout?: string
  /** The program to run, when it is not this checkout's. */
  readonly bin?: string
  /** It is killed when this process ends, however that ends: for commands that do not end by themselves. */
  readonly tied?: true
  /** A shell's command before it: `ulimit -f 64`. */
  readonly first?: string
}

/** Set in a command's environment, which all its processes inherit. */
const MARK = 'CLI_TEST_MARK'
/** Children told to leave are given this long. */
const LEAVE_MS = 3000

const marked = (mark: string): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
  // A process may end while it is looked at.
  try { return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}`) } catch { return false }
}).map(Number)

async function orphansOf(mark: string): Promise<readonly number[]> {
  const untilMs = performance.now() + LEAVE_MS
  while (marked(mark).length > 0 && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 50))
  return marked(mark)
}

/** A command that runs; killed when disposed of, if it still does. */
export interface RunningCli extends Disposable {
  readonly child: ChildProcess
  readonly result: Promise<CliResult>
  /** Resolves once the text has appeared on stdout or stderr; rejects when the command ends without it. */
  said(text: string | RegExp): Promise<void>
  /** The processes it has started whose command line holds the text. */
  processes(text: string): readonly number[]
}

/** Loaded first by a tied command: its standard input ends with the process that holds the other end. */
const TIE = 'data:text/javascript,process.stdin.on("end",()=>process.kill(process.pid,"SIGKILL")).resume().unref()'

export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const { PATH = '', HOME = '' } = process.env
  const mark = randomUUID()
  const out = options.stdout === undefined ? undefined : openSync(options.stdout, 'w')
  const command = [process.execPath, ...options.tied === true ? ['--import', TIE] : [], options.bin ?? binPath, ...args]
  const [program = '', ...given] = options.first === undefined ? command : ['sh', '-c', `${options.first}; exec "$0" "$@"`, ...command]
  const child = spawn(program, given, {
    cwd: options.cwd, env: { PATH, HOME, CHOPSTICKS_RESULTS: 'none', [MARK]: mark, ...options.env }, stdio: ['pipe', out ?? 'pipe', 'pipe'],
  })
  if (out !== undefined) closeSync(out)
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  const changed = (): void => { for (const watcher of watchers) watcher() }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => { stdout += text; changed() })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { stderr += text; changed() })
  child.stdin?.on('error', () => { return })
  if (options.tied !== true) child.stdin?.end(options.stdin ?? '')
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      void orphansOf(mark).then((orphans) => { resolve({ code, signal, stdout, stderr, orphans }) })
    })
  })
  const said = (text: string | RegExp): Promise<void> => new Promise((resolve, reject) => {
    const seen = (): boolean => typeof text === 'string' ? (stdout + stderr).includes(text) : text.test(stdout + stderr)
    const watcher = (): void => { if (seen()) { watchers.delete(watcher); resolve() } }
    watchers.add(watcher)
    watcher()
    void result.then(() => {
      if (!seen()) reject(new Error(`it ended without saying ${String(text)}:\n${stdout}\n${stderr}`))
    })
  })
  const processes = (text: string): readonly number[] =>
    marked(mark).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text))
  return { child, result, said, processes, [Symbol.dispose]: () => { child.kill('SIGKILL') } }
}

/** Runs a command to its end. */
export const runCli = (args: readonly string[], options: CliOptions): Promise<CliResult> => startCli(args, options).result

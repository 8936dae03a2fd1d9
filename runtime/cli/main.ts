// The program: a command line in, an exit code out. The only place that ends the process.
import { setImmediate } from 'node:timers/promises'
import { systemClock } from '../../bindings/sdk/index.ts'
import { startBundler } from '../bundle/bundle.ts'
import { EXIT_CODES } from '../metrics/record.ts'
import type { Request } from './args.ts'
import { bugFailure } from './ending.ts'
import { Failure } from './failure.ts'
import type { HeadStart } from './head-start.ts'
import { processSink, type Streams } from './streams.ts'
import { Terminal } from './terminal.ts'
import type { World } from './world.ts'

/** Starts the program with what the process was given; ends the process. */
export async function start(headStart: HeadStart): Promise<never> {
  if (headStart.begun) startBundler()
  const streams: Streams = { out: processSink(process.stdout), err: processSink(process.stderr) }
  using terminal = new Terminal({ streams, env: process.env, clock: systemClock })
  process.once('uncaughtException', (error) => {
    terminal.log.fail(bugFailure(error.message))
    terminal.log.debug(error.stack ?? '')
    process.exit(EXIT_CODES.bug)
  })
  const code = await main(process.argv.slice(2), {
    terminal, env: process.env, cwd: process.cwd(), clock: systemClock, stdin: readStdin, exit: (at) => process.exit(at), headStart,
  })
  await headStart.end()
  process.exit(code)
}

/** Runs one command; the exit code. Whatever goes wrong is told here, once. */
export async function main(args: readonly string[], world: World): Promise<number> {
  const { terminal } = world
  try {
    const { parseArguments } = await import('./args.ts')
    const request = parseArguments(args, { columns: terminal.out.columns, colors: terminal.colors(terminal.out) })
    return await delivered(await dispatch(request, world), terminal)
  } catch (error) {
    const failure = error instanceof Failure ? error : bugFailure(error instanceof Error ? error.message : String(error))
    terminal.log.fail(failure)
    if (!(error instanceof Failure)) terminal.log.debug(error instanceof Error ? error.stack ?? '' : '')
    return failure.exitCode
  }
}

async function dispatch(request: Request, world: World): Promise<number> {
  const { terminal } = world
  switch (request.command) {
    case 'run': return (await import('./run.ts')).run(request, world)
    case 'inspect': return (await import('./inspect.ts')).inspect(request, world)
    case 'serve': return (await import('./serve.ts')).serve(request.workload, request.serve, world)
    case 'cleanup': return (await import('./cleanup.ts')).cleanup(request, world)
    case 'doctor': return (await import('./doctor.ts')).doctor(request, world)
    case 'calibrate': return (await import('./calibrate.ts')).calibrate(request, world)
    case 'compare': return (await import('./compare.ts')).compare(request, world)
    case 'ab': return (await import('./ab.ts')).ab(request, world)
    case 'rerun': return (await import('./rerun.ts')).rerun(request, world)
    case 'report': return (await import('./kept-report.ts')).keptReport(request, world)
    case 'query': return (await import('./query.ts')).query(request, world)
    case 'runs': case 'show': case 'slowest': case 'delete': case 'export': case 'import':
      return (await import('./runs.ts')).runsCommand(request, world)
    case 'new': {
      const { writeStarter } = await import('./new.ts')
      terminal.out.write(`${writeStarter(request.file).join('\n')}\n\nrun it:  chopsticks ${request.file}\n`)
      return EXIT_CODES.passed
    }
    case 'scenarios': {
      const [{ scenariosText }, { palette }] = await Promise.all([import('./ready.ts'), import('../output/palette.ts')])
      terminal.out.write(scenariosText(request.name, terminal.out.columns, palette(terminal.colors(terminal.out))))
      return EXIT_CODES.passed
    }
    case 'completion': {
      const { completionScript } = await import('./completion/index.ts')
      terminal.out.write(await completionScript(request.shell))
      return EXIT_CODES.passed
    }
    case 'targets': {
      const { targetLines } = await import('./completion/index.ts')
      terminal.out.write(targetLines(request.file, world.cwd))
      return EXIT_CODES.passed
    }
    case 'version': terminal.out.write(`chopsticks ${(await import('./version.ts')).version()}\n`); return EXIT_CODES.passed
    case 'help': terminal.out.write(request.text); return EXIT_CODES.passed
    default: return request satisfies never
  }
}

/** A command whose output was lost did not do what it was asked for, whatever else it did. */
async function delivered(code: number, terminal: Terminal): Promise<number> {
  // A stream tells that a write failed a turn after the write.
  await setImmediate()
  const { broken } = terminal
  if (broken === undefined || code !== EXIT_CODES.passed) return code
  terminal.log.fail(new Failure(EXIT_CODES.config, broken))
  return EXIT_CODES.config
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}

// The package as a user gets it: packed, installed into an empty folder, run there.
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectRoot, runCli, workspace } from '../kit/cli.ts'

const execute = promisify(execFile)
const INSTALL_MS = 180_000

const npm = (args: readonly string[], cwd: string) => execute('npm', args, { cwd, timeout: INSTALL_MS, maxBuffer: 16 * 1024 * 1024 })

describe('the packed tarball', () => {
  it('installs into an empty folder and runs a new script there', async function () {
    this.timeout(2 * INSTALL_MS)
    using space = workspace({ 'package.json': '{"name":"user","private":true}' })
    await npm(['pack', '--ignore-scripts', '--pack-destination', space.folder], projectRoot)
    const tarball = readdirSync(space.folder).find((name) => name.endsWith('.tgz')) ?? ''
    await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', join(space.folder, tarball)], space.folder)

    const installed = join(space.folder, 'node_modules', 'chopsticks-ceph')
    const top = readdirSync(installed)
    expect(top).to.include.members(['LICENSE', 'package.json', 'dist', 'scripts']).and.not.include('test')
    const bin = join(installed, 'runtime', 'cli', 'bin.cjs')

    expect((await runCli(['new'], { cwd: space.folder, bin })).code).to.equal(0)
    const ran = await runCli(['script.ts', '-u', '1', '-i', '2'], { cwd: space.folder, bin })
    expect(ran.code, ran.stderr + ran.stdout).to.equal(0)

    // What an editor sees: the starter script, and k6's own names, with the types the package brings.
    space.write({ 'k6.ts': `/// <reference types="chopsticks-ceph/script" />
import { check } from 'k6'
import { Counter } from 'k6/metrics'
import exec from 'k6/execution'
import { SharedArray } from 'k6/data'
const counter: Counter = new Counter('seen')
const rows = new SharedArray('rows', () => [{ n: 1 }])
export default function () { counter.add(rows.length); check(exec.vu.idInTest, { 'is one': (id) => id === __VU }) }
` })
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2023,dom']
    const types = await execute(process.execPath, [tsc, ...options, 'script.ts', 'k6.ts'], { cwd: space.folder })
      .catch((error: unknown) => error)
    expect(types).to.include({ stdout: '' })

    const ready = await runCli(['run', 's3-smoke'], { cwd: space.folder, bin })
    expect(ready.code, ready.stderr + ready.stdout).to.equal(0)
  })
})

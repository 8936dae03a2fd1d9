// Drivers are loaded when they are asked for, and one that can't be loaded says what to install.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const own = (path: string): string => new URL(`../../${path}`, import.meta.url).href

/** Runs module code in a process of its own, in which every module's resolution goes through `resolve`, and gives what it prints. */
async function printed(resolve: string, code: string): Promise<string> {
  const hooks = `data:text/javascript,${encodeURIComponent(resolve)}`
  const registered = `import { register } from 'node:module'; register(${JSON.stringify(hooks)})`
  const { stdout } = await promisify(execFile)(process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(registered)}`, '--input-type=module', '-e', code])
  return stdout
}

const CONTEXT = `{ driver: 'aws-sdk', target: 't', prefix: 'p/', clock: {}, seed: 1, concurrency: 1,
  config: { endpoint: 'http://127.0.0.1:1', access_key: 'a', secret_key: 's', bucket: 'bench' } }`

describe('the drivers of s3', () => {
  it('are not loaded by an agent that is started, the SDK not even when the native one is used', async () => {
    const printer = `import { writeSync } from 'node:fs'
      export async function resolve(specifier, context, next) {
        const found = await next(specifier, context)
        if (found.url.includes('@aws-sdk') || found.url.includes('/s3/drivers/')) writeSync(1, found.url + '\\n')
        return found
      }`
    const code = `const { registry } = await import('${own('bindings/index.js')}')
      await import('${own('runtime/agent/agent.js')}')
      console.log('agent started')
      const s3 = registry().find(({ name }) => name === 's3')
      await s3.workload.open({ ...${CONTEXT}, driver: 'native' })
      console.log('native opened')
      await s3.workload.open(${CONTEXT})
      process.exit(0)`
    const [agent = '', native = '', sdk = ''] = (await printed(printer, code)).split(/agent started\n|native opened\n/)
    expect(agent).to.equal('')
    expect(native).to.contain('/drivers/native/').and.not.contain('aws-sdk')
    expect(sdk).to.contain('@aws-sdk/client-s3')
  }).timeout(30_000)
  it('say what to install when their package is missing', async () => {
    const missing = `export async function resolve(specifier, context, next) {
      if (specifier.startsWith('@aws-sdk/')) {
        throw Object.assign(new Error("Cannot find package '" + specifier + "'"), { code: 'ERR_MODULE_NOT_FOUND' })
      }
      return next(specifier, context)
    }`
    const code = `const { s3 } = await import('${own('bindings/s3/index.js')}')
      const error = await s3.workload.open(${CONTEXT}).catch((error) => error)
      console.log(error.name, error.code, error.message)`
    expect(await printed(missing, code)).to.equal('StorageError unsupported ' +
      'this driver needs the package @aws-sdk/client-s3, which is not installed: npm install @aws-sdk/client-s3\n')
  }).timeout(30_000)
})

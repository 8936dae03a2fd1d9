// The targets file: what it means, where its mistakes are, and what is never shown.
import { expect } from 'chai'
import { readSettings } from '../../runtime/cli/settings.ts'
import { redactor } from '../../runtime/cli/streams.ts'
import { outsideBinding, problemsOf, request, settingsOf, storesIn, type Given } from './kit.ts'

describe('where the storage is', () => {
  it('is nowhere without a file and an environment that names one: the built-in stores are meant', async () => {
    const settings = await settingsOf({})
    expect(settings).to.deep.include({ file: undefined, builtinNeeded: ['s3', 'rbd'], missing: [], lines: [], secrets: [],
      fileOptions: undefined })
    expect(settings.targets).to.deep.equal({ default: 'default', targets: { default: {} } })
    expect(settings.mayOverwrite('s3', 'data/')).to.equal(true)
  })

  it('is in ./chopsticks.yaml when no file is named', async () => {
    const settings = await settingsOf({ yaml: 's3:\n  endpoint: http://a\n  secret_key: hunter22\n' })
    expect(settings.file).to.equal('chopsticks.yaml')
    expect(storesIn(settings)).to.deep.equal({ s3: { driver: 'native', endpoint: 'http://a', secret_key: 'hunter22' } })
    expect(settings).to.deep.include({ lines: ['native http://a'], builtinNeeded: ['rbd'], secrets: ['hunter22'] })
  })

  it('is in the file that was named, which must be there', async () => {
    const settings = await settingsOf({ configPath: 'conf/x.yaml', files: { '/here/conf/x.yaml': 'rbd: { endpoint: e }' },
      yaml: 'nonsense: 1' })
    expect(Object.keys(storesIn(settings))).to.deep.equal(['rbd'])
    expect(await problemsOf({ configPath: 'conf/y.yaml' })).to.deep.equal(['conf/y.yaml: there is no such file'])
  })

  it('is an unreadable file\'s fault when it can\'t be read, also of the default one', async () => {
    const readFile = (): never => { throw Object.assign(new Error('no'), { code: 'EACCES' }) }
    const result = await readSettings({ ...request({}), readFile })
    expect('problems' in result && result.problems[0]?.message).to.equal('the file can\'t be read (EACCES)')
  })

  it('is in the environment where the file names no store of that workload', async () => {
    const settings = await settingsOf({ yaml: 'rbd:\n  endpoint: file\noptions: {}\n',
      env: { S3_URL: 'http://env', RBD_CONF: '/env', SECRET: 'abcdef' } })
    expect(storesIn(settings)['s3']).to.deep.include({ endpoint: 'http://env' })
    expect(storesIn(settings)['rbd']).to.deep.include({ endpoint: 'file' })
    expect(settings).to.deep.include({ builtinNeeded: [], secrets: ['abcdef'] })
  })

  it('is not looked for in the environment where the file has one with a mistake in it', async () => {
    const wrong = { yaml: 's3: { endpoint: a, bogus: 1 }\n', env: { S3_URL: 'http://env', SECRET: 'two words' } }
    expect(await problemsOf(wrong)).to.deep.equal(['chopsticks.yaml:1:27: s3.bogus: unknown option bogus'])
  })

  it('says so when what the environment names is wrong', async () => {
    expect(await problemsOf({ env: { S3_URL: 'http://env', SECRET: 'two words' } }))
      .to.deep.equal(['s3 store named by the environment: \'***\' has spaces'])
  })

  it('may be said flat', async () => {
    const settings = await settingsOf({ yaml: 'endpoint: http://a\nbucket: b\noptions:\n  vus: 3\n' })
    expect(storesIn(settings)).to.deep.equal({ s3: { driver: 'native', endpoint: 'http://a', bucket: 'b' } })
    expect(settings.fileOptions?.options).to.deep.equal({ vus: 3 })
  })

  it('may be an empty file, or one of comments', async () => {
    for (const yaml of ['', '# nothing\n', '---\n']) expect((await settingsOf({ yaml })).builtinNeeded).to.deep.equal(['s3', 'rbd'])
  })
})

const WEST = `s3:
  endpoint: http://east
  secret_key: east-key
  bucket: b
rbd:
  endpoint: east-rbd
targets:
  west:
    s3:
      endpoint: http://west
  north:
    rbd:
      endpoint: north-rbd
`

describe('targets', () => {
  it('inherit, key by key, what stands at the top', async () => {
    const settings = await settingsOf({ yaml: WEST, targetName: 'west' })
    expect(settings.targets.default).to.equal('west')
    expect(storesIn(settings)).to.deep.equal({ s3: { driver: 'native', endpoint: 'http://west', secret_key: 'east-key', bucket: 'b' } })
    expect(settings.lines).to.deep.equal(['native http://west'])
  })

  it('are all there beside the one that is used', async () => {
    const settings = await settingsOf({ yaml: WEST })
    expect(Object.keys(settings.targets.targets)).to.have.members(['default', 'west', 'north'])
    expect(storesIn(settings, 'north')).to.deep.equal({ rbd: { driver: 'native', endpoint: 'north-rbd' } })
  })

  it('do not have workloads they do not name, neither by inheritance nor from the environment nor built in', async () => {
    const settings = await settingsOf({ yaml: WEST, targetName: 'west', env: { RBD_CONF: '/etc/ceph.conf' } })
    expect(settings).to.deep.include({ builtinNeeded: [], missing: ['rbd'] })
  })

  it('that are unknown are refused with those there are', async () => {
    expect(await problemsOf({ yaml: WEST, targetName: 'wset' }))
      .to.deep.equal(['--target: there is no target \'wset\': chopsticks.yaml names default, west, north (did you mean \'west\'?)'])
    expect(await problemsOf({ targetName: 'west' })).to.deep.equal(['--target: there is no target \'west\': there is no targets file'])
  })

  it('may have names that objects know otherwise', async () => {
    const settings = await settingsOf({ yaml: 'targets:\n  __proto__:\n    s3: { endpoint: p }\n', targetName: '__proto__' })
    expect(Object.entries(settings.targets.targets)).to.deep.equal([['__proto__', { s3: { driver: 'native', endpoint: 'p' } }]])
  })

  it('need no choice when there is one, and need one when there are several and none at the top', async () => {
    const one = 'targets:\n  west:\n    s3: { endpoint: w }\n'
    expect((await settingsOf({ yaml: one })).targets.default).to.equal('west')
    expect(await problemsOf({ yaml: `${one}  east:\n    s3: { endpoint: e }\n` }))
      .to.deep.equal(['--target: chopsticks.yaml names west, east and none at its top: choose one by --target'])
  })

  it('allow overwriting where their section says so, by prefix or by bucket', async () => {
    const yaml = 's3: { endpoint: e, bucket: b, allow_overwrite: [data/] }\nrbd: { endpoint: e, pool: p, allow_overwrite: [p] }\n'
    const settings = await settingsOf({ yaml })
    expect([settings.mayOverwrite('s3', 'data/'), settings.mayOverwrite('s3', 'other/'), settings.mayOverwrite('rbd', 'any/')])
      .to.deep.equal([true, false, true])
  })
})

describe('substitution', () => {
  it('takes values from the environment, from defaults and from files', async () => {
    const yaml = `s3:
  endpoint: http://\${HOST}:\${PORT:-7480}
  bucket: '\${EMPTY:-bench}'
  secret_key: \${file:keys/secret}
env:
  LITERAL: $\${HOST}
  ABSOLUTE: \${file:/run/token}
  NOTHING: "\${EMPTY}"
`
    const settings = await settingsOf({
      yaml, env: { HOST: 'rgw', EMPTY: '' }, files: { '/here/keys/secret': 's3cr3t\n', '/run/token': 'tok-en\r\n' },
    })
    expect(storesIn(settings)['s3']).to.deep.include({ endpoint: 'http://rgw:7480', bucket: 'bench', secret_key: 's3cr3t' })
    expect(settings.fileOptions?.env).to.deep.equal({ LITERAL: '${HOST}', ABSOLUTE: 'tok-en', NOTHING: '' })
    expect(settings.secrets).to.have.members(['s3cr3t', 'tok-en'])
  })

  it('starts relative paths at the folder of the file', async () => {
    const files = { '/etc/chop/t.yaml': 's3: { endpoint: "${file:e}" }', '/etc/chop/e': 'http://e' }
    expect(storesIn(await settingsOf({ configPath: '/etc/chop/t.yaml', files }))['s3']).to.deep.include({ endpoint: 'http://e' })
  })

  it('does not read what was put in for more expressions, nor as YAML', async () => {
    const settings = await settingsOf({ yaml: 's3:\n  endpoint: ${A}\n', env: { A: '${B}: {x: 1}' } })
    expect(storesIn(settings)['s3']).to.deep.include({ endpoint: '${B}: {x: 1}' })
  })

  const bad: readonly (readonly [string, string, string])[] = [
    ['an unset variable', 's3:\n  endpoint: http://${NOPE}/\n',
      'chopsticks.yaml:2:20: s3.endpoint: the environment variable NOPE is not set; set it, or write ${NOPE:-default}'],
    ['a second unset variable of a value', 's3:\n  endpoint: "${A:-x}${NOPE}"\n',
      'chopsticks.yaml:2:21: s3.endpoint: the environment variable NOPE is not set; set it, or write ${NOPE:-default}'],
    ['an expression that is none', 's3:\n  endpoint: a\n  bucket: x${A-b}\n',
      'chopsticks.yaml:3:12: s3.bucket: ${A-b} is not understood: write ${NAME}, ${NAME:-default} or ${file:PATH}; $${ is ${ itself'],
    ['a file that is not there', 's3:\n  endpoint: ${file:nope}\n',
      'chopsticks.yaml:2:13: s3.endpoint: the file nope can\'t be read (ENOENT)'],
    ['no file', 's3:\n  endpoint: "${file:}"\n', 'chopsticks.yaml:2:14: s3.endpoint: ${file:} names no file'],
  ]
  for (const [what, yaml, line] of bad) {
    it(`names the place of ${what}`, async () => { expect(await problemsOf({ yaml })).to.deep.equal([line]) })
  }
})

describe('a built-in store in the file', () => {
  it('is chosen by it, whatever the environment names, with its options and a secret to keep', async () => {
    const settings = await settingsOf({ yaml: 'builtin:\n  s3: { delay: 5ms, secret_key: hush }\n', env: { S3_URL: 'http://env' } })
    expect(settings.builtinNeeded).to.include('s3')
    expect(settings.builtinOptions).to.deep.equal({ s3: { delay: '5ms', secret_key: 'hush' } })
    expect(settings.secrets).to.include('hush')
    expect((await settingsOf({ env: { S3_URL: 'http://env' } })).builtinNeeded).to.not.include('s3')
  })
})

describe('mistakes in the file', () => {
  const bad: readonly (readonly [string, Given, readonly string[]])[] = [
    ['an unknown key of a store', { yaml: 's3:\n  endpoint: a\n  bukcet: b\n' },
      ['chopsticks.yaml:3:11: s3.bukcet: unknown option bukcet']],
    ['a wrong value', { yaml: 's3:\n  endpoint: a\n  driver:   fast\n' }, ['chopsticks.yaml:3:13: s3.driver: must be native']],
    ['a value deep inside', { yaml: 's3:\n  endpoint: a\n  tls:\n    ca: 5\n' }, ['chopsticks.yaml:4:9: s3.tls.ca: must be a file']],
    ['a value that is missing deep inside', { yaml: 's3:\n  endpoint: a\n  tls:\n    key: 5\n' },
      ['chopsticks.yaml:3:3: s3.tls.ca: must be a file']],
    ['a key that is missing', { yaml: '\n\ns3:\n  bucket: b\n' }, ['chopsticks.yaml:3:1: s3: endpoint is missing']],
    ['a section that is empty', { yaml: 's3:\n' }, ['chopsticks.yaml:1:1: s3: endpoint is missing']],
    ['a mistake of the section inherited from', { yaml: 's3:\n  endpoint: a\n  x: 1\ntargets:\n  w:\n    s3:\n      y: 2\n' }, [
      'chopsticks.yaml:3:6: s3.x: unknown option x', 'chopsticks.yaml:7:10: targets.w.s3.y: unknown option y']],
    ['an unknown key at the top', { yaml: 's4:\n  endpoint: a\n' }, [
      'chopsticks.yaml:1:1: s4: there is no such key: there are s3, rbd, targets, builtin, options, env, bindings (did you mean \'s3\'?)']],
    ['an unknown workload of a target', { yaml: 'targets:\n  w:\n    rdb: {}\n' }, [
      'chopsticks.yaml:3:5: targets.w.rdb: there is no such workload; known: s3, rbd (did you mean \'rbd\'?)']],
    ['a second target called default', { yaml: 's3: { endpoint: a }\ntargets:\n  default:\n    s3: {}\n' }, [
      'chopsticks.yaml:3:3: targets.default: the target \'default\' is what stands at the top of the file: give this one another name']],
    ['an unknown built-in store', { yaml: 'builtin:\n  x: {}\n' }, [
      'chopsticks.yaml:2:3: builtin.x: there is no such built-in store; known: s3']],
    ['an option no built-in store has', { yaml: 'builtin:\n  s3:\n    delai: 5ms\n' }, [
      'chopsticks.yaml:3:12: builtin.s3.delai: unknown option delai']],
    ['a built-in store beside a named one', { yaml: 's3: { endpoint: a }\nbuiltin:\n  s3: {}\n' }, [
      'chopsticks.yaml:3:3: builtin.s3: the file names another store for s3, so that this one would not be used: remove one of the two']],
    ['a flat file with a section', { yaml: 'endpoint: a\ns3: {}\n' }, [
      'chopsticks.yaml:2:1: s3: the file is flat (endpoint at the top) and has a section too: move its keys into s3:']],
    ['a section that is a text', { yaml: 's3: http://a\n' }, ['chopsticks.yaml:1:5: s3: must be a mapping (settings of the store)']],
    ['options that are a list', { yaml: 'options: [a]\n' }, ['chopsticks.yaml:1:1: options: must be a mapping (options)']],
    ['a variable that is no text', { yaml: 'env:\n  A: [1]\n' }, ['chopsticks.yaml:2:3: env.A: must be a text']],
    ['bindings that are no list', { yaml: 'bindings: x\n' }, ['chopsticks.yaml:1:11: bindings: must be a list of package names']],
    ['bindings that can\'t be loaded', { yaml: 'bindings: ["@acme/nfs"]\n' },
      ['chopsticks.yaml:1:12: bindings[0]: this command can\'t load bindings from packages']],
    ['a file that is a list', { yaml: '- a\n' }, ['chopsticks.yaml:1:1: the file must be a mapping of keys to values']],
    ['aliases of nothing', { yaml: 's3: *nope\n' },
      ['chopsticks.yaml:1:1: not valid YAML: Unresolved alias (the anchor must be set before the alias): nope']],
  ]
  for (const [what, given, lines] of bad) {
    it(`name the place of ${what}`, async () => { expect(await problemsOf(given)).to.deep.equal(lines) })
  }

  it('name the place of a syntax error', async () => {
    expect((await problemsOf({ yaml: 's3:\n  endpoint: "a\n' }))[0]).to.match(/^chopsticks\.yaml:\d:\d+: not valid YAML: /)
    expect((await problemsOf({ yaml: 's3:\n\tendpoint: a\n' }))[0]).to.match(/^chopsticks\.yaml:2:1: not valid YAML: .*[Tt]ab/)
    expect((await problemsOf({ yaml: 'options: {}\noptions: {}\n' }))[0]).to.match(/^chopsticks\.yaml:2:1: not valid YAML: .*unique/)
  })

  it('do not lose a number JSON can\'t say', async () => {
    expect((await settingsOf({ yaml: 'options: { vus: .inf, seed: .nan }\n' })).fileOptions?.options)
      .to.deep.equal({ vus: 'Infinity', seed: 'NaN' })
  })

  it('are all shown at once', async () => {
    expect(await problemsOf({ yaml: 's3:\n  endpoint: ${A}\n  bucket: ${B}\nx: 1\n' })).to.have.length(3)
  })

  it('follow anchors to where the value stands', async () => {
    expect(await problemsOf({ yaml: 'env: &e\n  A: [1]\n' })).to.deep.equal(['chopsticks.yaml:2:3: env.A: must be a text'])
    const yaml = 's3: &base\n  endpoint: a\n  driver: x\ntargets:\n  w:\n    s3: *base\n'
    expect(await problemsOf({ yaml })).to.deep.equal([
      'chopsticks.yaml:3:11: s3.driver: must be native', 'chopsticks.yaml:3:11: targets.w.s3.driver: must be native'])
  })

  it('tell the plan where an option stands', async () => {
    const { fileOptions } = await settingsOf({ yaml: 'options:\n  vus: 3\n  scenarios:\n    x:\n      executor: nope\n' })
    expect(fileOptions?.locate(['scenarios', 'x', 'executor'])).to.equal('chopsticks.yaml:5:17')
    expect(fileOptions?.locate(['scenarios', 'x', 'vus'])).to.equal('chopsticks.yaml:4:5')
  })
})

describe('secrets', () => {
  it('are out of every message, whatever a binding says', async () => {
    const lines = await problemsOf({ yaml: 's3:\n  endpoint: a\n  secret_key: ${K}\n', env: { K: 'top secret' } })
    expect(lines).to.deep.equal(['chopsticks.yaml:3:15: s3.secret_key: \'***\' has spaces'])
  })

  it('of all targets and of nested keys are known to the redactor', async () => {
    const west = '{ s3: { secret_key: other-key, tls: { ca: x, key: inner-key } } }'
    const yaml = `s3: { endpoint: a, secret_key: first-key }\ntargets: { w: ${west} }\n`
    const { secrets } = await settingsOf({ yaml })
    expect(secrets).to.have.members(['first-key', 'other-key', 'inner-key'])
    expect(redactor(secrets)('a first-key and an inner-key')).to.equal('a *** and an ***')
  })

  it('are not in the lines for the screen', async () => {
    const { lines } = await settingsOf({ yaml: 's3: { endpoint: a, secret_key: first-key }' })
    expect(lines.join()).not.to.include('first-key')
  })
})

describe('bindings from outside', () => {
  it('have sections like all others', async () => {
    const settings = await settingsOf({
      yaml: 'bindings: [nfs]\nnfs: { endpoint: e }\n', loadBinding: (name) => Promise.resolve(outsideBinding(name)),
    })
    expect(storesIn(settings)['nfs']).to.deep.include({ endpoint: 'e' })
    expect(settings.bindings.map(({ name }) => name)).to.deep.equal(['core', 's3', 'rbd', 'nfs'])
  })

  it('that can\'t be loaded say why', async () => {
    const loadBinding = (name: string): Promise<never> => Promise.reject(new Error(`the package ${name} is not installed`))
    expect(await problemsOf({ yaml: 'bindings: [nfs]\n', loadBinding }))
      .to.deep.equal(['chopsticks.yaml:1:12: bindings[0]: the package nfs is not installed'])
  })
})

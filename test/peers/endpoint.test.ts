// The built-in S3 endpoint serves other people's clients as they come.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { serveStore, type ServedStore } from '../kit/served-store.ts'
import { workspace } from '../kit/cli.ts'

const run = promisify(execFile)
const needed = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run these tests with npm run test:peers, which installs the peers`)
  return value
}

const BOTO3 = `
import boto3, os, sys
s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
bucket = os.environ['PEER_BUCKET']
for n in range(25):
    s3.put_object(Bucket=bucket, Key='k/%02d' % n, Body=b'x' * n, Metadata={'n': str(n)})
page = s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix='k/', PaginationConfig={'PageSize': 7})
keys = [o['Key'] for p in page for o in p.get('Contents', [])]
assert keys == ['k/%02d' % n for n in range(25)], keys
got = s3.get_object(Bucket=bucket, Key='k/24', Range='bytes=3-5')
assert got['Body'].read() == b'xxx' and got['Metadata'] == {'n': '24'}
assert s3.head_object(Bucket=bucket, Key='k/07')['ContentLength'] == 7
odd = 'sp ace/+plus/%2F/\\u00fc\\u4e2d'
s3.put_object(Bucket=bucket, Key=odd, Body=b'odd')
assert s3.get_object(Bucket=bucket, Key=odd)['Body'].read() == b'odd'
try:
    s3.get_object(Bucket=bucket, Key='absent')
    sys.exit('a missing key was found')
except s3.exceptions.NoSuchKey:
    pass
gone = s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': k} for k in keys + [odd]]})
assert len(gone['Deleted']) == 26 and not gone.get('Errors'), gone
assert 'Contents' not in s3.list_objects_v2(Bucket=bucket)
bad = boto3.client(
    's3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'], aws_secret_access_key='wrong')
try:
    bad.list_objects_v2(Bucket=bucket)
    sys.exit('a wrong key was let in')
except bad.exceptions.ClientError as e:
    assert e.response['Error']['Code'] == 'SignatureDoesNotMatch', e
print('boto3 is served')
`

describe('the built-in endpoint', function () {
  this.timeout(120_000)
  let store: ServedStore
  before(async () => { store = await serveStore() })
  after(async () => { await store.stop() })

  const env = (): NodeJS.ProcessEnv => ({
    PATH: process.env['PATH'], HOME: process.env['HOME'],
    AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ...store.env, AWS_DEFAULT_REGION: store.env['AWS_REGION'], PEER_BUCKET: store.bucket, S3_ENDPOINT_URL: store.endpoint,
  })

  it('serves boto3 with its defaults', async () => {
    using space = workspace({ 'peer.py': BOTO3 })
    const { stdout } = await run(needed('PEERS_PYTHON'), [join(space.folder, 'peer.py')], { env: env() })
    expect(stdout).to.equal('boto3 is served\n')
    expect(await store.keys()).to.deep.equal([])
  })

  it('serves s5cmd: copy in, list, copy out, remove', async () => {
    using space = workspace()
    const file = join(space.folder, 'file')
    writeFileSync(file, 'from s5cmd')
    const s5cmd = async (...args: string[]): Promise<string> => (await run(needed('PEERS_S5CMD'), args, { env: env() })).stdout
    await s5cmd('cp', file, `s3://${store.bucket}/s5/one`)
    expect(await store.keys()).to.deep.equal(['s5/one'])
    expect(await s5cmd('ls', `s3://${store.bucket}/s5/`)).to.match(/10\s+one/)
    expect(await s5cmd('cat', `s3://${store.bucket}/s5/one`)).to.equal('from s5cmd')
    await s5cmd('rm', `s3://${store.bucket}/s5/*`)
    expect(await store.keys()).to.deep.equal([])
  })
})

// Is the store there, and does it do what the other scripts need? Every operation once, everything checked. A few seconds.
//
//   chopsticks run s3-smoke --target west
import s3 from 'chopsticks/s3'
import { check, group, payload, StorageError, type Options } from 'chopsticks'

export const options: Options = {
  vus: 1,
  iterations: 1,
  thresholds: {
    checks: ['rate==1'],
    s3_req_failed: ['rate==0'],
  },
}

const content = payload('100KiB')

export default async function () {
  await group('one object', async () => {
    await s3.put('object', content)
    const found = await s3.head('object')
    check(found, { 'head: the size is right': (reply) => reply.sizeBytes === content.sizeBytes })
    const whole = await s3.get('object', { verify: content })
    check(whole, { 'get: all bytes came': (reply) => reply.bytes === content.sizeBytes })
    const part = await s3.get('object', { range: [10, 19] })
    check(part, { 'get: a range came': (reply) => reply.bytes === 10 })
  })

  await group('text', async () => {
    await s3.put('greeting.txt', 'hello, store')
    const got = await s3.get('greeting.txt', { body: 'text' })
    check(got, { 'get: the text is the same': (reply) => reply.body === 'hello, store' })
  })

  await group('listing', async () => {
    const page = await s3.list()
    check(page, { 'list: both are named': (reply) => reply.objects.length === 2 })
  })

  await group('deleting', async () => {
    await s3.delete('object')
    // A 404 that is wanted is no failure.
    const gone: unknown = await s3.get('object', { expect: ['not_found'], throw: false })
    check(gone, { 'get: it is gone': (reply) => reply instanceof StorageError && reply.code === 'not_found' })
    await s3.deleteMany(['greeting.txt'])
    const page = await s3.list()
    check(page, { 'list: nothing is left': (reply) => reply.objects.length === 0 })
  })
}

// What `chopsticks new` writes: a script to start from, and a file that says where the storage is.

/** The starter script: runnable as it is. `typed` is for TypeScript. */
export const starterScript = (name: string, typed: boolean): string => `/// <reference types="chopsticks-ceph/script" />
// A scenario for chopsticks. Run it:    chopsticks ${name}
// With more of everything:              chopsticks ${name} --vus 50 --duration 5m
// Against your own store:               name it in chopsticks.yaml, or set AWS_ENDPOINT_URL, its keys and BUCKET_NAME
import s3 from 'chopsticks/s3'
import { check, payload, sleep } from 'chopsticks'

// What to do and what must hold. Flags and the environment win over what stands here.
export const options = {
  vus: 5,
  duration: '10s',
  thresholds: {
    s3_req_failed: ['rate<0.01'],                  // fewer than 1 % of the operations may fail
    's3_req_duration{op:get}': ['p(95)<500'],      // 95 % of the GETs take less than 500 ms
  },
}

// Once, before the load. What it returns is handed to every iteration and to teardown.
export async function setup() {
  await s3.put('greeting.txt', 'hello')
  return { greeting: 'greeting.txt' }
}

// Once in every VU (virtual user), before its first iteration. The bytes are made outside the sandbox: any size is cheap.
export async function setupVU() {
  await s3.put(\`vu-\${__VU}\`, payload('64KiB'))
}

// Again and again, in every VU at once. Keys are below a prefix of this run's own, which is deleted at the end.
export default async function () {
  const key = \`vu-\${__VU}-\${__ITER}\`
  await s3.put(key, payload('64KiB'))
  const got = await s3.get(key)
  check(got, { 'got all bytes': (reply) => reply.bytes === 64 * 1024 })
  await s3.delete(key)
  await sleep(0.1)
}

// Once, after the load, also when it was stopped.
export async function teardown(data${typed ? ': { greeting: string }' : ''}) {
  const greeting = await s3.head(data.greeting)
  console.log(\`\${data.greeting} is still there, \${greeting.sizeBytes} bytes\`)
}
`

export const STARTER_CONFIG = `# Where the storage is. With none named the built-in S3 endpoint is used: a self-test.
# Keep it out of version control: it may hold secrets.
# \${NAME} takes a value from the environment, \${file:PATH} from a file.

# s3:
#   endpoint: https://rgw.example:8443
#   access_key: \${CEPH_ACCESS_KEY}
#   secret_key: \${CEPH_SECRET_KEY}
#   bucket: bench
#   region: default

# More of the same by name, for --target west and new S3('west'):
# targets:
#   west:
#     s3: { endpoint: https://west.example }

# Options of this environment; the script's own win:
# options:
#   vus: 20

# What scripts see in __ENV:
# env:
#   SIZE: 1MiB
`

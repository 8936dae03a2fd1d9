// CPU time of this process per operation, with so many in flight at any time.

/** µs; `one` does one operation, given a key that differs from those before. */
export async function cpuPerOperation(inFlight: number, seconds: number, one: (key: string) => Promise<unknown>): Promise<number> {
  let count = 0
  const endsAt = performance.now() + seconds * 1000
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() < endsAt) await one(`obj${10_000_000 + count++ % 100_000}`)
  }))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

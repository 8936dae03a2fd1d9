// Many runs of a command, a few at a time, begun before the tests that look at them.

/** More at once would only wait for a processor. */
const LANES = 4

/** Begins each task when an earlier one has ended; a task that fails keeps no other from being begun. */
export function inLanes<T>(tasks: readonly (() => Promise<T>)[]): readonly Promise<T>[] {
  const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve())
  return tasks.map((task, index) => {
    const running = (lanes[index % LANES] ?? Promise.resolve()).then(task)
    // Whoever looks at a task hears of its failure.
    lanes[index % LANES] = running.catch(() => { return })
    return running
  })
}

// What is used where no block storage is named: image files in a folder of the run's own.
import type { BuiltinTarget } from '../sdk/index.ts'

/** It needs no process: the drivers of the shards use the files themselves. */
export const builtinTarget: BuiltinTarget = {
  options: [],
  check: (options) => Object.keys(options).map((name) => ({
    path: [name], message: `there is no option ${name}: image files are not served, each run makes its own`,
  })),
  serve: () => Promise.resolve({
    config: { driver: 'file' }, about: 'image files in a folder of the run\'s own', close: () => Promise.resolve(),
  }),
}

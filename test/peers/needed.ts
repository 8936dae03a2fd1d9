// What `test/peers/run` says of the peers it installed.

export const needed = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run these tests with npm run test:peers, which installs the peers`)
  return value
}

// A guest without a kernel of ours: it takes the border itself and sends whatever comes to its mind, by a seed.

/** Names of operations it knows; it makes up others. */
export const hostileKernel = (operations: readonly string[]): string => `
const border = globalThis.__chopsticks
const post = border.post
const mail = new Float64Array(border.mail)
const seed = Number(JSON.parse(border.settings).env.SEED)
const operations = ${JSON.stringify(operations)}
let state = seed | 1
const random = () => { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; return (state >>> 0) / 2 ** 32 }
const below = (count) => Math.floor(random() * count)
const pick = (list) => list[below(list.length)]
const odd = [0, 1, -1, 0.5, 2, 3, 4, 5, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, NaN, Infinity, -Infinity, -0]
const keys = ['expect', 'tags', 'timeoutMs', 'throw', 'payload', 'sizeBytes', 'target', '__proto__', 'x']
const number = () => random() < 0.5 ? pick(odd) : below(20)
const text = () => pick([
  () => '', () => 'x'.repeat(below(300)), () => String.fromCharCode(below(65536), below(65536)), () => '\\u0000', () => '\\ud800',
  () => JSON.stringify(value(0)), () => '[' + JSON.stringify(value(0)) + ']', () => pick(operations), () => '{',
  () => '[' .repeat(below(200)),
  () => '[[0,["info","x"]],[1e99,[]]]', () => '0,["info","x"]', () => '[' + number() + ',[' + JSON.stringify(value(1)) + ']]',
  () => '{"expect":["ok"],"tags":{"a":"b"},"timeoutMs":1}', () => '{"__proto__":{"polluted":1}}', () => '["__proto__","constructor"]',
])()
const value = (depth) => pick([
  () => null, () => true, () => number(), () => 'k' + below(9), () => '__proto__', () => pick(operations),
  () => depth > 3 ? 1 : Array.from({ length: below(4) }, () => value(depth + 1)),
  () => depth > 3 ? 1 : Object.fromEntries(Array.from({ length: below(4) }, () => [pick(keys), value(depth + 1)])),
])()
let deep = 0
const thing = () => pick([
  text, text, text, text, () => undefined, () => null, number, () => ({}), () => [], () => Symbol('s'), () => 10n, () => () => 1,
  () => ({ toString() { if (deep < 3) { deep++; try { message() } finally { deep-- } } return text() } }),
  () => ({ toString() { throw new Error('no text') } }), () => new Proxy({}, { get() { throw 1 } }),
])()
const message = () => {
  if (random() < 0.8) mail[3] = below(8)
  for (let n = below(4); n > 0; n--) mail[below(15)] = number()
  if (random() < 0.5) mail[4] = below(1000)
  if (random() < 0.7) mail[5] = below(operations.length)
  try { pick([() => post(thing(), thing()), () => post(thing()), () => post(text(), text()), () => post(),
    () => { const name = text(); mail[3] = pick([5, 6]); mail[12] = name.length
      random() < 0.5 ? post(name) : post(name, pick(['', text()])) },
    () => post.call(null, text(), text(), text(), text())])() } catch (error) { if (random() < 0.01) throw error }
}
const burst = (count) => { for (let n = 0; n < count; n++) message() }
for (const operation of operations) { mail[3] = 3; post(operation) }
burst(20)
border.functions = 'default\\n'
border.options = pick(['null', '{}', '[1', '', 'x'])
border.run = (data) => { mail[1] = pick([0, 0, 1, 5]); burst(200)
  mail[1] = pick([0, 0, 0, 1, NaN]); mail[0] = pick([0, 1, 2, 3, number()])
  return pick([1, Promise.resolve(1), Promise.reject(new Error('no')), new Promise(() => {}), { then(go) { go(1) } }]) }
border.settle = (data) => { burst(below(3)); if (random() < 0.01) throw new Error('no')
  if (random() < 0.5) mail[1] = 0; mail[0] = pick([1, 2, 3]) }
border.flush = () => { mail[2] = pick([0, 1]); burst(below(3)) }
border.returned = () => { burst(below(2)) }
const stubborn = random() < 0.05
border.left = () => { mail[6] = 1; mail[3] = stubborn ? 1 + below(2) : pick([0, 0, 1, 2, 3, NaN])
  return pick([undefined, 1, 'x\\ny', new Error('left'), {}, Symbol('s')]) }
border.drop = () => { mail[1] = pick([0, 1]); burst(below(2)) }
border.env = () => { burst(below(2)) }
border.value = () => pick([undefined, '1', '{', 1, {}])
export default 1
`

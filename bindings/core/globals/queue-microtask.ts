// queueMicrotask for scripts: runs a function when the code that is running now has ended.

/** What `callback` throws surfaces as an error nobody caught. */
export function queueMicrotask(callback: () => void): void {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask needs a function')
  void Promise.resolve().then(callback)
}

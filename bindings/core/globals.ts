// The globals a script may use beyond the language: which file makes which names.

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const at = (file: string): URL => new URL(`./globals/${file}${EXTENSION}`, import.meta.url)

/** Each is bundled only where a script names it, so that unused ones cost nothing. */
export const globals: readonly { readonly names: readonly string[]; readonly url: URL }[] = [
  { names: ['console'], url: at('console') },
  { names: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'], url: at('timers') },
  { names: ['open'], url: at('open') },
  { names: ['URL'], url: at('url') },
  { names: ['URLSearchParams'], url: at('url-search-params') },
  { names: ['TextEncoder'], url: at('text-encoder') },
  { names: ['TextDecoder'], url: at('text-decoder') },
  { names: ['structuredClone'], url: at('structured-clone') },
  { names: ['atob', 'btoa'], url: at('base64') },
  { names: ['crypto'], url: at('crypto') },
  { names: ['performance'], url: at('performance') },
  { names: ['queueMicrotask'], url: at('queue-microtask') },
]

// The parts of WebAssembly's JavaScript interface used here: neither Node's types nor the language's declare them.

export interface Memory { readonly buffer: ArrayBuffer }
export interface Table {
  readonly length: number
  set(index: number, value: unknown): void
  /** How long it was. */
  grow(by: number): number
}
export type Exports = Readonly<Record<string, unknown>>
export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>
export interface Instance { readonly exports: Exports }
/** Compiled code, without memory. */
export type Module = object

interface Api {
  compile(binary: Uint8Array): Promise<Module>
  readonly Module: new (binary: Uint8Array) => Module
  readonly Instance: new (module: Module, imports: Imports) => Instance
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => Memory
  readonly Table: new (size: { readonly element: 'anyfunc'; readonly initial: number }) => Table
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: Api }).WebAssembly

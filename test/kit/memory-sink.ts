// A sink that keeps what is written to it.
import type { Sink } from '../../runtime/cli/streams.ts'

export interface MemorySink extends Sink { text(): string }

export function memorySink(change: Partial<Pick<Sink, 'tty' | 'columns'>> = {}): MemorySink {
  let kept = ''
  return { write(text) { kept += text }, text: () => kept, tty: false, columns: 80, broken: undefined, ...change }
}

import { WriteStream } from 'node:tty';

/** A terminal or a pipe that keeps what is written to it. */
export interface TestLogSink {
  readonly stream: WriteStream;
  text(): string;
}

/** @param size columns and rows of a terminal; a pipe when left out */
export function createTestLogSink(size?: { readonly columns: number; readonly rows: number }): TestLogSink {
  const chunks: string[] = [];
  const stream: WriteStream = Object.assign(Object.create(WriteStream.prototype), {
    write: (chunk: string) => chunks.push(chunk) > 0,
    isTTY: size !== undefined,
    columns: size?.columns ?? 0,
    rows: size?.rows ?? 0,
  });
  return { stream, text: () => chunks.join('') };
}

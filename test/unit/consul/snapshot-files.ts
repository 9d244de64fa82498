import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** The files of an intact snapshot, with some of them changed or left out. */
export function files(changed: Record<string, string | undefined> = {}): Record<string, string> {
  const meta = '{"Index":42}';
  const state = 'the state';
  const sums = `${sha256(meta)}  meta.json\n${sha256(state)}  state.bin\n`;
  const all = { 'meta.json': meta, 'state.bin': state, SHA256SUMS: sums, ...changed };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export function archiveOf(content: Record<string, string>): Buffer {
  return gzipSync(tarOf(content));
}

export function tarOf(content: Record<string, string>): Buffer {
  const blocks = Object.entries(content).flatMap(([name, text]) => [headerOf(name, text.length), padded(text)]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(size.toString(8).padStart(11, '0'), 124);
  header.write('0', 156);
  return header;
}

function padded(text: string): Buffer {
  const block = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  block.write(text);
  return block;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

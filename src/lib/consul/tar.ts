const BLOCK_BYTES = 512;
const NAME = { at: 0, bytes: 100 };
const SIZE = { at: 124, bytes: 12 };
const TYPE_AT = 156;
/** `0`, and NUL in the oldest archives, are files. */
const FILE_TYPES: readonly number[] = [0x30, 0];

/**
 * The files in a tar archive (POSIX ustar), by name; undefined when it ends before one of them does. Links,
 * folders and long names are passed over: a Consul snapshot has none.
 */
export function readTar(archive: Buffer): ReadonlyMap<string, Buffer> | undefined {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (at + BLOCK_BYTES <= archive.length) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return files;
    const size = Number.parseInt(textOf(header, SIZE), 8);
    const start = at + BLOCK_BYTES;
    if (!(size >= 0) || start + size > archive.length) return undefined;
    if (FILE_TYPES.includes(header[TYPE_AT] ?? 0)) {
      files.set(textOf(header, NAME), archive.subarray(start, start + size));
    }
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return undefined;
}

function textOf(header: Buffer, field: { at: number; bytes: number }): string {
  const text = header.toString('latin1', field.at, field.at + field.bytes);
  return text.replace(/\0.*$/s, '').trim();
}

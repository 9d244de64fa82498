import { createHash } from 'node:crypto';

/** Files of a snapshot; each but the list of sums is in that list. Source: Consul's snapshot/archive.go. */
const SUMS_FILE = 'SHA256SUMS';
const SUMMED_FILES = ['meta.json', 'state.bin'] as const;
/** Two lines; a longer list is not Consul's. */
const MAX_SUMS_BYTES = 64 * 1024;

/**
 * What is wrong with the archive in a Consul snapshot; undefined when it is intact. Reads it to its end, or to the limit
 * that it exceeds, and never throws.
 *
 * @param archive the tar archive, unpacked while it is read
 * @param countPackedBytes how many bytes of the snapshot it was unpacked from so far
 * @param limits others than usual
 */
export async function findArchiveFlaw(
  archive: AsyncIterable<Buffer>,
  countPackedBytes: () => number,
  limits: SnapshotLimits = SNAPSHOT_LIMITS,
): Promise<string | undefined> {
  const reader = new ByteReader(limitUnpacked(archive, countPackedBytes, limits));
  try {
    const files = await readTar(reader);
    // The end of the gzip has a checksum of its own.
    await reader.skip(MAX_PADDING_BYTES);
    if ((await reader.read(1)) !== undefined) return 'something follows the archive in it';
    return files === undefined ? 'the archive in it is cut short' : compareSums(files);
  } catch (thrown) {
    return thrown instanceof TooLarge ? thrown.message : 'it is cut short or no gzip';
  }
}

/** Programs that write tar fill its end up to 10 KiB. */
const MAX_PADDING_BYTES = 1024 ** 2;
const GIB = 1024 ** 3;
/** No real state shrinks to a five-hundredth; a small one may. */
const MAX_RATIO = 500;
const MIN_BYTES_FOR_RATIO = GIB;

/** How large a snapshot may be. */
interface SnapshotLimits {
  readonly packedGib: number;
  readonly unpackedGib: number;
}

/**
 * Far above any state that Consul can serve from memory: HashiCorp advises machines of 16 to 32 GiB. A server that sends
 * without end fills no disk.
 */
export const SNAPSHOT_LIMITS: SnapshotLimits = { packedGib: 16, unpackedGib: 64 };

/** What is wrong with a snapshot of more bytes than that; undefined if nothing is. */
export function findSizeFlaw(bytes: number): string | undefined {
  const { packedGib } = SNAPSHOT_LIMITS;
  return bytes > packedGib * GIB ? `it is larger than ${packedGib} GiB` : undefined;
}

class TooLarge extends Error {}

async function* limitUnpacked(
  archive: AsyncIterable<Buffer>,
  countPackedBytes: () => number,
  { unpackedGib }: SnapshotLimits,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of archive) {
    bytes += chunk.length;
    if (bytes > unpackedGib * GIB) throw new TooLarge(`it unpacks to more than ${unpackedGib} GiB`);
    if (bytes > MIN_BYTES_FOR_RATIO && bytes > MAX_RATIO * countPackedBytes()) {
      throw new TooLarge(`it unpacks to more than ${MAX_RATIO} times its size`);
    }
    yield chunk;
  }
}

function compareSums(files: ReadonlyMap<string, TarFile>): string | undefined {
  const sums = files.get(SUMS_FILE);
  if (!sums) return `${SUMS_FILE} is missing`;
  const expected = parseSums(sums.start);
  for (const name of SUMMED_FILES) {
    const file = files.get(name);
    if (!file) return `${name} is missing`;
    if (expected.get(name) !== file.sha256) return `the checksum of ${name} is wrong`;
  }
  return undefined;
}

/** Lines of `sha256sum`: the sum, blanks, the name. */
function parseSums(sums: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of sums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+/);
    if (sum && name) found.set(name, sum);
  }
  return found;
}

interface TarFile {
  readonly sha256: string;
  /** Its first bytes, as text. */
  readonly start: string;
}

const BLOCK_BYTES = 512;
const NAME_FIELD = { at: 0, bytes: 100 };
const SIZE_FIELD = { at: 124, bytes: 12 };
const TYPE_OFFSET = 156;
/** `0`, and NUL in the oldest archives, are files. */
const FILE_TYPES: readonly number[] = [0x30, 0];
/** A snapshot has three; a file of any size costs no memory, but its name does. */
const MAX_FILES = 16;

/**
 * The files in a tar archive (POSIX ustar), by name; undefined when it ends before one of them does. Links, folders and
 * long names are skipped: a Consul snapshot has none.
 */
async function readTar(reader: ByteReader): Promise<ReadonlyMap<string, TarFile> | undefined> {
  const files = new Map<string, TarFile>();
  for (;;) {
    const header = await reader.readExactly(BLOCK_BYTES);
    if (header === undefined) return undefined;
    if (header.every((byte) => byte === 0)) return files;
    const size = parseSize(header);
    if (size === undefined) return undefined;
    const isFile = FILE_TYPES.includes(header[TYPE_OFFSET] ?? 0) && files.size < MAX_FILES;
    const file = await readFile(reader, size);
    if (file === undefined) return undefined;
    if (isFile) files.set(readTextField(header, NAME_FIELD), file);
    await reader.skip(Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES - size);
  }
}

async function readFile(reader: ByteReader, size: number): Promise<TarFile | undefined> {
  const hash = createHash('sha256');
  const start: Buffer[] = [];
  let at = 0;
  while (at < size) {
    const bytes = await reader.read(size - at);
    if (bytes === undefined) return undefined;
    if (at < MAX_SUMS_BYTES) start.push(Buffer.from(bytes.subarray(0, MAX_SUMS_BYTES - at)));
    hash.update(bytes);
    at += bytes.length;
  }
  return { sha256: hash.digest('hex'), start: Buffer.concat(start).toString('utf8') };
}

/** High bit of a size that is not written in octal digits: Go writes sizes from 8 GiB on in base 256. */
const BASE_256_BIT = 0x80;

function parseSize(header: Buffer): number | undefined {
  const { at, bytes } = SIZE_FIELD;
  const isBase256 = ((header[at] ?? 0) & BASE_256_BIT) !== 0;
  const size = isBase256
    ? Number(header.readBigUInt64BE(at + bytes - 8))
    : Number.parseInt(readTextField(header, SIZE_FIELD), 8);
  return size >= 0 && Number.isSafeInteger(size) ? size : undefined;
}

function readTextField(header: Buffer, field: { at: number; bytes: number }): string {
  const text = header.toString('latin1', field.at, field.at + field.bytes);
  return text.replace(/\0.*$/s, '').trim();
}

/** Reads a stream in pieces of a wanted size. */
class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `limit` of them; undefined at the end. */
  async read(limit: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#rest = value;
    }
    const taken = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** Undefined when fewer are left. */
  async readExactly(count: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const part = await this.read(missing);
      if (part === undefined) return undefined;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** To the end, where fewer are left. */
  async skip(count: number): Promise<void> {
    let missing = count;
    while (missing > 0) {
      const part = await this.read(missing);
      if (part === undefined) return;
      missing -= part.length;
    }
  }
}

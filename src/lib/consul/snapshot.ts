import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { quoteWord, RollError } from '../model/errors.js';
import { type HttpClient, orThrow } from './http-client.js';
import { assertStatus } from './responses.js';

/** A snapshot is held in memory; state of servers is usually a few megabytes. */
const MAX_SNAPSHOT_BYTES = 1024 ** 3;

/**
 * A verified snapshot; see `Consul.takeSnapshot`.
 *
 * @throws RollError `snapshot-broken` for a truncated or altered one
 */
export async function downloadSnapshot(http: HttpClient, address: string): Promise<Uint8Array> {
  const limitMs = http.timeouts.snapshotMs;
  const request = { address, method: 'GET', path: 'snapshot', limitMs, maxBytes: MAX_SNAPSHOT_BYTES } as const;
  const response = await orThrow(
    address,
    'make a snapshot',
    http.send(request).then((given) => assertStatus(request, given)),
  );
  const flaw = response.headers['x-consul-index']
    ? await verifySnapshot(response.bytes, MAX_SNAPSHOT_BYTES)
    : 'it has no X-Consul-Index';
  if (flaw) throw invalidSnapshotError(address, flaw);
  return response.bytes;
}

function invalidSnapshotError(address: string, flaw: string): RollError {
  return new RollError({
    code: 'snapshot-broken',
    message: `The snapshot from Consul at ${address} cannot be trusted: ${flaw}.`,
    kind: 'refused',
    state: 'Nothing was changed by taking it.',
    next: `try by hand: consul snapshot save -http-addr=${quoteWord(`${address}:8500`)} test.snap && consul snapshot inspect test.snap`,
  });
}

const gunzipAsync = promisify(gunzip);

/** Files of a snapshot; each but the list of sums is in that list. Source: Consul's snapshot/archive.go. */
const SUMS_FILE = 'SHA256SUMS';
const SUMMED_FILES = ['meta.json', 'state.bin'] as const;

/**
 * What is wrong with the archive of a Consul snapshot; undefined when it is intact. `maxBytes` bounds what it may
 * unpack to.
 */
export async function verifySnapshot(snapshot: Buffer, maxBytes: number): Promise<string | undefined> {
  const archive = await gunzipAsync(snapshot, { maxOutputLength: maxBytes }).catch(() => undefined);
  if (!archive) return 'it is cut short or no gzip';
  const files = readTar(archive);
  if (!files) return 'the archive in it is cut short';
  const sums = files.get(SUMS_FILE);
  if (!sums) return `${SUMS_FILE} is missing`;
  const expected = parseSums(sums);
  for (const name of SUMMED_FILES) {
    const file = files.get(name);
    if (!file) return `${name} is missing`;
    if (expected.get(name) !== createHash('sha256').update(file).digest('hex')) {
      return `the checksum of ${name} is wrong`;
    }
  }
  return undefined;
}

/** Lines of `sha256sum`: the sum, blanks, the name. */
function parseSums(sums: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of sums.toString('utf8').split('\n')) {
    const [sum, name] = line.trim().split(/\s+/);
    if (sum && name) found.set(name, sum);
  }
  return found;
}

const BLOCK_BYTES = 512;
const NAME_FIELD = { at: 0, bytes: 100 };
const SIZE_FIELD = { at: 124, bytes: 12 };
const TYPE_OFFSET = 156;
/** `0`, and NUL in the oldest archives, are files. */
const FILE_TYPES: readonly number[] = [0x30, 0];

/**
 * The files in a tar archive (POSIX ustar), by name; undefined when it ends before one of them does. Links,
 * folders and long names are skipped: a Consul snapshot has none.
 */
function readTar(archive: Buffer): ReadonlyMap<string, Buffer> | undefined {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (at + BLOCK_BYTES <= archive.length) {
    const header = archive.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return files;
    const size = Number.parseInt(readTextField(header, SIZE_FIELD), 8);
    const start = at + BLOCK_BYTES;
    if (!(size >= 0) || start + size > archive.length) return undefined;
    if (FILE_TYPES.includes(header[TYPE_OFFSET] ?? 0)) {
      files.set(readTextField(header, NAME_FIELD), archive.subarray(start, start + size));
    }
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return undefined;
}

function readTextField(header: Buffer, field: { at: number; bytes: number }): string {
  const text = header.toString('latin1', field.at, field.at + field.bytes);
  return text.replace(/\0.*$/s, '').trim();
}

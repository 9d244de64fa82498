import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { readTar } from './tar.js';

const unzip = promisify(gunzip);

/** Files of a snapshot; each but the list of sums is in that list. Source: Consul's snapshot/archive.go. */
const SUMS = 'SHA256SUMS';
const SUMMED = ['meta.json', 'state.bin'] as const;

/**
 * What is wrong with the archive of a Consul snapshot; undefined when it is whole. `maxBytes` bounds what it may
 * unpack to.
 */
export async function flawOf(snapshot: Buffer, maxBytes: number): Promise<string | undefined> {
  const archive = await unzip(snapshot, { maxOutputLength: maxBytes }).catch(() => undefined);
  if (!archive) return 'it is cut short or no gzip';
  const files = readTar(archive);
  if (!files) return 'the archive in it is cut short';
  const sums = files.get(SUMS);
  if (!sums) return `${SUMS} is missing`;
  const expected = readSums(sums);
  for (const name of SUMMED) {
    const file = files.get(name);
    if (!file) return `${name} is missing`;
    if (expected.get(name) !== createHash('sha256').update(file).digest('hex')) {
      return `the checksum of ${name} is wrong`;
    }
  }
  return undefined;
}

/** Lines of `sha256sum`: the sum, blanks, the name. */
function readSums(sums: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of sums.toString('utf8').split('\n')) {
    const [sum, name] = line.trim().split(/\s+/);
    if (sum && name) found.set(name, sum);
  }
  return found;
}

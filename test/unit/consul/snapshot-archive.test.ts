import { Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findArchiveFlaw } from '../../../src/lib/consul/snapshot-archive.js';
import { archiveOf, files, tarOf } from './snapshot-files.js';

describe('the archive of a snapshot', () => {
  it('is intact when every file and checksum is right', async () => {
    expect(await findFlawIn(archiveOf(files()))).toBeUndefined();
  });

  it.each([
    ['is cut short', archiveOf(files()).subarray(0, 200), /cut short/],
    ['is not gzip', Buffer.from('<html>'), /no gzip/],
    ['ends within a file', gzipSync(tarOf(files()).subarray(0, 1024 + 10)), /archive in it is cut short/],
    ['has no sums', archiveOf(files({ SHA256SUMS: undefined })), /SHA256SUMS is missing/],
    ['has no state', archiveOf(files({ 'state.bin': undefined })), /state\.bin is missing/],
    ['was altered', archiveOf(files({ 'state.bin': 'other' })), /checksum of state\.bin/],
  ])('is refused when it %s', async (_, archive, flaw) => {
    expect(await findFlawIn(archive)).toMatch(flaw);
  });

  it.each([1, 7, 511, 512, 513, 4096])('is read in pieces of any size: %s', async (size) => {
    const archive = tarOf(files({ 'state.bin': undefined, SHA256SUMS: undefined, 'meta.json': 'x'.repeat(2_000) }));
    const pieces = Readable.from(listPieces(archive, size));
    expect(await findFlaw(pieces)).toBe('SHA256SUMS is missing');
    expect(await findFlaw(Readable.from(listPieces(tarOf(files()), size)))).toBeUndefined();
  });

  it('with a list of sums larger than Consul makes is not read into memory', async () => {
    expect(await findFlawIn(archiveOf(files({ SHA256SUMS: `${' '.repeat(70_000)}x  meta.json` })))).toMatch(
      /checksum of meta\.json/,
    );
  });
});

function findFlawIn(archive: Buffer): Promise<string | undefined> {
  return findFlaw(Readable.from([archive]).pipe(createGunzip()));
}

function listPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

/** Unpacked from as much as it takes. */
function findFlaw(archive: Readable) {
  return findArchiveFlaw(archive, () => Number.POSITIVE_INFINITY);
}

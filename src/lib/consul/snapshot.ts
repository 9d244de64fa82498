import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { quoteWord, RollError } from '../model/errors.js';
import { type HttpClient, orThrow, readLimited, type StreamedResponse } from './http-client.js';
import { assertStatus } from './responses.js';
import { findArchiveFlaw, findSizeFlaw } from './snapshot-archive.js';

/** See `Consul.takeSnapshot`. No more than a few chunks are in memory. */
export async function takeSnapshot(http: HttpClient, address: string): Promise<AsyncIterable<Uint8Array>> {
  const response = await orThrow(address, 'make a snapshot', requestSnapshot(http, address));
  return verify(address, response, http.timeouts.snapshotTotalMs);
}

async function* verify(
  address: string,
  { headers, chunks }: StreamedResponse,
  limitMs: number,
): AsyncGenerator<Uint8Array> {
  if (!headers['x-consul-index']) throw invalidSnapshotError(address, 'it has no X-Consul-Index');
  const archive = createGunzip({ chunkSize: CHUNK_BYTES });
  let bytes = 0;
  const flaw = findArchiveFlaw(archive, () => bytes);
  const endMs = performance.now() + limitMs;
  const reader = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await orThrow(address, 'make a snapshot', reader.next());
      if (done) break;
      bytes += value.length;
      const tooLarge = findSizeFlaw(bytes);
      if (tooLarge !== undefined) throw invalidSnapshotError(address, tooLarge);
      if (performance.now() > endMs) throw invalidSnapshotError(address, `it took longer than ${limitMs / 60_000} min`);
      yield value;
      // The verification reads no more once it has found a flaw; then nothing drains.
      // `once` throws what the archive throws, which the flaw tells.
      if (!archive.destroyed && !archive.write(value))
        await Promise.race([once(archive, 'drain').catch(() => undefined), flaw]);
    }
    archive.end();
    const found = await flaw;
    if (found !== undefined) throw invalidSnapshotError(address, found);
  } finally {
    archive.destroy();
    await reader.return?.();
  }
}

const CHUNK_BYTES = 64 * 1024;

async function requestSnapshot(http: HttpClient, address: string): Promise<StreamedResponse> {
  const request = { address, method: 'GET', path: 'snapshot', limitMs: http.timeouts.snapshotMs } as const;
  const response = await http.stream(request);
  if (response.status !== 200) assertStatus(request, { ...response, bytes: await readLimited(response.chunks) });
  return response;
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

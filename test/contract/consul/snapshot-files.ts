import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

/** Unpacks a snapshot with the machine's own `tar`, and checks it against the sums inside it. */
export async function snapshotFiles(archive: Buffer): Promise<{ meta: unknown; sumsHold: boolean }> {
  const file = (name: string): Buffer => execFileSync('tar', ['-xzOf', '-', name], { input: archive });
  const meta = file('meta.json');
  const sums = `${sha256(meta)}  meta.json\n${sha256(file('state.bin'))}  state.bin\n`;
  return { meta: JSON.parse(meta.toString()), sumsHold: file('SHA256SUMS').toString() === sums };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Copies the logs of a sandbox's servers, and their consoles, out of its folder, which is about to be removed.
 *
 * @returns the folder they are in, each server's agent log and console; undefined when there was none.
 */
export function preserveLogs(folder: string): string | undefined {
  const logs = readdirSync(folder)
    .flatMap((instanceId) =>
      ['agent.log', 'console.log'].map((name) => ({
        path: join(folder, instanceId, name),
        keptAs: `${instanceId}${name === 'agent.log' ? '' : '.console'}.log`,
      })),
    )
    .filter(({ path }) => existsSync(path));
  if (logs.length === 0) return undefined;
  const kept = mkdtempSync(join(tmpdir(), 'consul-roll-logs-'));
  for (const { path, keptAs } of logs) copyFileSync(path, join(kept, keptAs));
  return kept;
}

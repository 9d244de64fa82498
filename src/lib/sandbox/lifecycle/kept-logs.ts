import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Copies the logs of a sandbox's servers out of its folder, which is about to be removed.
 *
 * @returns the folder they are in, one file a server; undefined when there was none.
 */
export function keepLogs(folder: string): string | undefined {
  const logs = readdirSync(folder)
    .map((instanceId) => ({ instanceId, path: join(folder, instanceId, 'agent.log') }))
    .filter(({ path }) => existsSync(path));
  if (logs.length === 0) return undefined;
  const kept = mkdtempSync(join(tmpdir(), 'consul-roll-logs-'));
  for (const { instanceId, path } of logs) copyFileSync(path, join(kept, `${instanceId}.log`));
  return kept;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process that outlives the sandbox's by a moment. */
export interface CleanupProcess {
  readonly pid: number | undefined;
  /** Lets it do its work now; comes back when it has ended. */
  release(): Promise<void>;
}

/**
 * Waits until its standard input ends, which happens however its parent ends, SIGKILL included; then kills what
 * the pid files of the instances' folders name, and removes the sandbox's folder. The signals a terminal sends to
 * the whole group are ignored. A boot script has a group of its own, whose other processes go with it; one that left the group is found by its environment.
 */
const SCRIPT = `
trap '' HUP INT TERM
cat > /dev/null
for file in "$1"/*/agent.pid; do
  [ -f "$file" ] && kill -KILL "$(cat "$file")" 2> /dev/null
done
for file in "$1"/*/boot.pid; do
  [ -f "$file" ] && kill -s KILL -- "-$(cat "$file")" 2> /dev/null
done
for environ in $(grep -ls "SANDBOX_FOLDER=$1/" /proc/[0-9]*/environ); do
  kill -KILL "$(echo "$environ" | cut -d / -f 3)" 2> /dev/null
done
rm -rf "$1"
sleep 0.2
rm -rf "$1"
`;

/**
 * Starts the cleanup process of a sandbox.
 *
 * @param folder of the sandbox, for itself alone: it will be removed.
 */
export function startCleanupProcess(folder: string): CleanupProcess {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'consul-roll-cleanup', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'exit').catch(() => undefined);
  return {
    pid: child.pid,
    release: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

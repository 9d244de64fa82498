import { spawn } from 'node:child_process';

/** Why a request to a file system was given up. */
export const SILENT_FILE_SYSTEM = 'the file system does not answer';

/** Of what a script says, at most this much is kept. */
const MAX_SAID_LENGTH = 1_000;

/**
 * Runs a shell script that asks something of a file system. In a process of its own, because one that hangs in a file
 * system does not end, and can be left behind.
 *
 * @param words `$1` and so on
 * @param input what it reads
 * @returns what it says when it fails, in one line; undefined when it succeeds
 */
export function runShell(
  script: string,
  words: readonly string[],
  limitMs: number,
  input = '',
): Promise<string | undefined> {
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...words], { stdio: 'pipe', detached: true });
  let said = '';
  const listen = (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(0, MAX_SAID_LENGTH);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((done) => {
    const timer = setTimeout(() => {
      killGroup(child.pid);
      child.unref();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      done(SILENT_FILE_SYSTEM);
    }, limitMs);
    const end = (why: string | undefined) => {
      clearTimeout(timer);
      done(why);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => end(code === 0 ? undefined : said.trim().split('\n').at(-1) || 'it cannot be read'));
  });
}

/** Asks for a path, which need not exist. Returns why there is no answer; undefined when there is one. */
export function findSilence(path: string, limitMs: number): Promise<string | undefined> {
  return runShell('[ -e "$1" ]; exit 0', [path], limitMs);
}

/** The shell and what it has started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

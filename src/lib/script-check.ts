import { execFile } from 'node:child_process';

/** One look at a shell script. */
export interface ScriptCheck {
  readonly tool: 'bash' | 'shellcheck';
  readonly result: 'passed' | 'failed' | 'not-installed';
  /** What the tool said; empty when it passed. */
  readonly output: string;
}

/** Asks `bash -n` and, where it is installed, shellcheck what they think of a script. */
export function checkScript(script: string): Promise<readonly ScriptCheck[]> {
  return Promise.all([
    ask('bash', ['--norc', '-n'], script),
    ask('shellcheck', ['--shell=bash', '-'], script),
  ]);
}

function ask(tool: ScriptCheck['tool'], args: readonly string[], script: string): Promise<ScriptCheck> {
  return new Promise((resolve) => {
    const child = execFile(tool, args, (error, stdout, stderr) => {
      const missing = error !== null && 'code' in error && error.code === 'ENOENT';
      const result = missing ? 'not-installed' : error === null ? 'passed' : 'failed';
      resolve({ tool, result, output: missing ? '' : `${stdout}${stderr}`.trim() });
    });
    // A tool that is not there, or gives up early, closes the pipe; its exit says it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(script);
  });
}

import { execFile } from 'node:child_process';
import { findProgram } from './binary.js';

const LIMIT_MS = 15_000;

/**
 * A real `aws` for boot scripts, tried once without the user's own configuration, as the scripts will call it.
 * `CONSUL_ROLL_SANDBOX_AWS=shim` uses the sandbox's shim instead, and saves the second that a real `aws` takes to start.
 *
 * @returns undefined where none works: then the shim is used
 */
export async function findAwsCli(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (env.CONSUL_ROLL_SANDBOX_AWS === 'shim') return undefined;
  const path = findProgram('aws', env.PATH ?? '');
  if (path === undefined) return undefined;
  const works = await new Promise<boolean>((resolve) => {
    const plain = { PATH: env.PATH ?? '', HOME: '/nonexistent' };
    execFile(path, ['--version'], { timeout: LIMIT_MS, env: plain }, (error, stdout) =>
      resolve(error === null && stdout.startsWith('aws-cli/')),
    );
  });
  return works ? path : undefined;
}

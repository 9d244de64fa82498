import { execFile } from 'node:child_process';
import { findProgram } from './tools.js';

const LIMIT_MS = 15_000;

/**
 * A real `aws` for boot scripts, tried once without the person's own configuration, as it will be used.
 * `CONSUL_ROLL_SANDBOX_AWS=stand-in` does without, and saves the second that it takes to start.
 *
 * @returns undefined where none works: then the sandbox's shim is used
 */
export async function findAwsCli(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (env.CONSUL_ROLL_SANDBOX_AWS === 'stand-in') return undefined;
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

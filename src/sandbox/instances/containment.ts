import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { findProgram } from './binary.js';

/** How far a boot script is kept from the machine that it runs on. */
export interface Containment {
  /**
   * `bwrap`: it writes only to the folder of its instance and does not see the home folder. `unshare`: no process of it
   * outlives its instance. `none`: neither.
   */
  readonly kind: 'bwrap' | 'unshare' | 'none';
  /**
   * The words that run a command contained.
   *
   * @param folder of the instance
   * @param needed paths that the command reads, which may be in the home folder
   */
  wrap(folder: string, needed: readonly string[], command: readonly string[]): readonly string[];
}

/** The namespace ends with its first process, and every process in it. The network is the machine's own. */
const BWRAP = ['--die-with-parent', '--unshare-pid', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'];
const UNSHARE = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];

/** The best that works here: both programs may be there and not be allowed, as inside of a container. */
export function findContainment(env: NodeJS.ProcessEnv, home = homedir()): Containment {
  const path = env.PATH ?? '';
  const bwrap = findProgram('bwrap', path);
  const unshare = findProgram('unshare', path);
  if (bwrap !== undefined && works([bwrap, ...BWRAP, 'true'], path)) {
    return { kind: 'bwrap', wrap: (...instance) => wrapWithBwrap(bwrap, home, ...instance) };
  }
  if (unshare !== undefined && works([unshare, ...UNSHARE, 'true'], path)) {
    return { kind: 'unshare', wrap: (_folder, _needed, command) => [unshare, ...UNSHARE, ...command] };
  }
  return NO_CONTAINMENT;
}

export const NO_CONTAINMENT: Containment = { kind: 'none', wrap: (_folder, _needed, command) => command };

function wrapWithBwrap(
  bwrap: string,
  home: string,
  folder: string,
  needed: readonly string[],
  command: readonly string[],
): readonly string[] {
  const readable = needed.flatMap((path) => ['--ro-bind', path, path]);
  const hidden = home === '/' ? [] : ['--tmpfs', home];
  return [bwrap, ...BWRAP, ...hidden, ...readable, '--bind', folder, folder, ...command];
}

function works([program = '', ...words]: readonly string[], path: string): boolean {
  return spawnSync(program, words, { stdio: 'ignore', timeout: 5_000, env: { PATH: path } }).status === 0;
}

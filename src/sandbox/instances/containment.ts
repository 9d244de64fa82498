import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { findProgram } from './binary.js';

/** A command, and what it may see of this machine besides the programs. */
export interface ContainedCommand {
  readonly command: readonly string[];
  /** Of the instance, to read. */
  readonly folder: string;
  /** Of the instance's disk, to write; in `folder`. */
  readonly root: string;
  /** Files and folders to read. */
  readonly needed: readonly string[];
}

/** How far a boot script is kept from the machine that it runs on. */
export interface Containment {
  /**
   * `bwrap`: it writes to the disk of its instance only, and sees nothing else of this machine but programs, /etc and the
   * network. `unshare`: no process of it outlives its instance. `none`: neither.
   */
  readonly kind: 'bwrap' | 'unshare' | 'none';
  /** The words that run a command contained. */
  wrap(contained: ContainedCommand): readonly string[];
}

/** Where a system has its programs and what they read. Whatever is not named is hidden: homes, sockets, mounted disks. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc'];
/** Of NixOS and Guix, and the certificates of SUSE. */
const SPECIAL_FOLDERS = ['/nix/store', '/gnu/store', '/run/current-system', '/var/lib/ca-certificates'];
const VISIBLE_FOLDERS = [...SYSTEM_FOLDERS, ...SPECIAL_FOLDERS];

/** The namespace ends with its first process, and every process in it. The network is the machine's own. */
const NAMESPACES = ['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--cap-drop', 'ALL'];
const UNSHARE = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];

/** The best that works here: both programs may be there and not be allowed, as inside of a container. */
export function findContainment(env: NodeJS.ProcessEnv): Containment {
  const path = env.PATH ?? '';
  const bwrap = findProgram('bwrap', path);
  const unshare = findProgram('unshare', path);
  if (bwrap !== undefined && works([bwrap, ...buildSystem(), '/bin/sh', '-c', ':'], path)) {
    return { kind: 'bwrap', wrap: (contained) => wrapWithBwrap(bwrap, contained) };
  }
  if (unshare !== undefined && works([unshare, ...UNSHARE, '/bin/sh', '-c', ':'], path)) {
    return { kind: 'unshare', wrap: ({ command }) => [unshare, ...UNSHARE, ...command] };
  }
  return NO_CONTAINMENT;
}

export const NO_CONTAINMENT: Containment = { kind: 'none', wrap: ({ command }) => command };

/** Whether a contained script sees a file, links in its path followed. */
export function isVisible(path: string): boolean {
  const real = realpathSync(path);
  return VISIBLE_FOLDERS.some((folder) => real.startsWith(`${folder}/`));
}

function buildSystem(): readonly string[] {
  // Where names are resolved by systemd, the file is a link to /run.
  const visible = [...VISIBLE_FOLDERS, findRealPath('/etc/resolv.conf')];
  return [...NAMESPACES, ...visible.flatMap(readOnly), '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'];
}

function wrapWithBwrap(bwrap: string, { folder, root, needed, command }: ContainedCommand): readonly string[] {
  const own = [...[...needed, folder].flatMap(readOnly), '--bind', root, root];
  return [bwrap, ...buildSystem(), ...own, '--remount-ro', '/', ...command];
}

function readOnly(path: string): readonly string[] {
  return ['--ro-bind-try', path, path];
}

function findRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function works([program = '', ...words]: readonly string[], path: string): boolean {
  return spawnSync(program, words, { stdio: 'ignore', timeout: 5_000, env: { PATH: path } }).status === 0;
}

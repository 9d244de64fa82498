import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** A file system that has been mounted and answers no request. */
export interface HangingFileSystem {
  /** Every request to it fails from now on, those that hang included. */
  end(): Promise<void>;
}

/**
 * Mounts one on a folder: FUSE, with no program behind it that answers. A process of its own holds it and gives up in the end,
 * so that a test whose subject hangs fails and does not hang too.
 *
 * @returns undefined where this user may not mount
 */
export async function mountHanging(folder: string, forMs = 15_000): Promise<HangingFileSystem | undefined> {
  const script = `exec 3<> /dev/fuse || exit 1
mount -i -t fuse -o fd=3,rootmode=40000,user_id=$(id -u),group_id=$(id -g) none "$1" || exit 1
echo mounted; read -r -t "$2" line; umount -l "$1"`;
  const holder = spawn('bash', ['-c', script, 'bash', folder, String(forMs / 1_000)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>((done) => holder.once('close', () => done()));
  const mounted = await new Promise<boolean>((done) => {
    holder.stdout.once('data', () => done(true));
    holder.once('close', () => done(false));
  });
  if (!mounted) return undefined;
  return {
    end: () => {
      holder.stdin.end();
      return ended;
    },
  };
}

/** Whether this user may mount one. */
export function canMountHanging(): boolean {
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
  } catch {
    return false;
  }
  return process.getuid?.() === 0;
}

import { gzipSync } from 'node:zlib';
import type { BootOptions } from './boot/options.js';
import { renderBootScript } from './boot/render.js';
import { RollError } from './errors.js';
import { EXIT } from './outcomes.js';

/** A boot script, ready to be handed to EC2. */
export interface UserData {
  readonly script: string;
  /** What EC2 counts: the script's bytes, or those of its gzip where it was compressed. */
  readonly bytes: number;
  /** As launch configurations and launch templates carry it. */
  readonly base64: string;
}

/** EC2's limit on user data, in bytes before base64. */
export const USER_DATA_LIMIT = 16_384;

/**
 * Renders the boot script as user data; with `gzip` compressed, which cloud-init undoes by itself.
 *
 * @throws RollError `user-data-too-big`, with the size, when EC2 would refuse it
 */
export function userData(options: BootOptions, { gzip }: { readonly gzip: boolean }): UserData {
  const script = renderBootScript(options);
  const plain = Buffer.from(script);
  const carried = gzip ? gzipSync(plain, { level: 9 }) : plain;
  if (carried.length > USER_DATA_LIMIT) throw tooBig(carried.length, gzip);
  return { script, bytes: carried.length, base64: carried.toString('base64') };
}

function tooBig(bytes: number, compressed: boolean): RollError {
  const how = compressed ? 'compressed to' : 'of';
  return new RollError({
    code: 'user-data-too-big',
    message: `A boot script ${how} ${bytes} bytes is more than the ${USER_DATA_LIMIT} that EC2 takes.`,
    exitCode: EXIT.usage,
    next: compressed
      ? 'bake part of --extra-config into the image'
      : 'add --gzip, or bake part of --extra-config into the image',
  });
}

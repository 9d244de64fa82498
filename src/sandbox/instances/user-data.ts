import { gunzipSync } from 'node:zlib';
import type { BootScriptRenderer, InstanceSpec } from '../interfaces.js';

/** The user data as it was given, before base64; decompressed, as cloud-init does. */
export function getUserData({ launch }: InstanceSpec): string | undefined {
  if (launch.userData === undefined || launch.userData === '') return undefined;
  const bytes = Buffer.from(launch.userData, 'base64');
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    return (compressed ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch {
    return '';
  }
}

/** What cloud-init would run in a shell: the user data, or what an image of this sandbox does without any. */
export function findBootScript(spec: InstanceSpec, renderBootScript: BootScriptRenderer): string | undefined {
  const given = getUserData(spec);
  if (given === undefined) return imageScript(spec, renderBootScript);
  return /^#!\s*(\/usr)?\/bin\/(env\s+)?(ba|da)?sh\b/.test(given) ? given : undefined;
}

function imageScript({ launch, bootstrapExpect = 0 }: InstanceSpec, renderBootScript: BootScriptRenderer): string {
  const name = launch.tags.get('Name');
  const group = launch.tags.get('aws:autoscaling:groupName') ?? '';
  const tag = name === undefined ? { key: 'aws:autoscaling:groupName', value: group } : { key: 'Name', value: name };
  return renderBootScript(tag, bootstrapExpect);
}

/** Folders of a Unix system that a script may name; /dev and /proc stay what they are. */
const FOLDERS = 'bin|boot|etc|home|lib|media|mnt|opt|root|run|sbin|srv|tmp|usr|var';
const PATH = new RegExp(`(^|[\\s"'\`=:(<>|&;,\\[{])/(${FOLDERS})(?=[/\\s"'\`);:,]|$)`, 'gm');

/**
 * A script whose absolute paths lie below the instance's own root. It replaces a disk of its own: what a boot
 * script writes and clears must not be on this machine.
 */
export function prefixScriptPaths(script: string, root: string): string {
  return script.replace(PATH, (_, before: string, folder: string) => `${before}${root}/${folder}`);
}

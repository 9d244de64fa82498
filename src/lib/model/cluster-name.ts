import { isPrintable } from './printable.js';

/** Where the name of a cluster goes: what may be one, and how it is written in other names. */

/** Maximum length of the value of a tag, which names the cluster. */
const MAX_NAME_LENGTH = 256;
/** With the roll id after it, within the 128 characters of a launch template's name. */
const MAX_STEM_LENGTH = 100;

/** Why a text cannot be the name of a cluster, after "it"; undefined if it can. */
export function findNameFlaw(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (name.length > MAX_NAME_LENGTH) return `has ${name.length} characters, of at most ${MAX_NAME_LENGTH}`;
  if (!isPrintable(name)) return 'contains control characters';
  return undefined;
}

/**
 * The name of what a roll creates: a group, a launch source, a snapshot file, such as `consul-roll-7f3a21`. What one of
 * them may not contain (AWS: `:` in a group's name, a blank in a launch template's; file systems: `/`) becomes a dash;
 * the roll id makes it unique. The word `roll` keeps `consul-clients` out of the policy that fits these names.
 */
export function buildRollName(cluster: string, rollId: string): string {
  return `${buildNameStem(cluster)}-roll-${rollId}`;
}

/** True for a name that some roll of the cluster gives what it creates, `rollId` or any; earlier builds left out `-roll`. */
export function isRollName(name: string, cluster: string, rollId?: string): boolean {
  const stem = `${buildNameStem(cluster)}-`;
  const [, id] = /^(?:roll-)?([\da-f]+)(?:-2)?$/.exec(name.slice(stem.length)) ?? [];
  return name.startsWith(stem) && id !== undefined && (rollId === undefined || id === rollId);
}

/** Such a name before the roll id. */
function buildNameStem(cluster: string): string {
  const stem = cluster.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[.-]+|-+$/g, '');
  return stem.slice(0, MAX_STEM_LENGTH) || 'cluster';
}

type ClusterKey = 'before' | 'doctor' | 'journal' | 'lock' | 'record' | 'sentinel';

/**
 * A key of a cluster in Consul's key-value store; two clusters never share one. Consul redirects a request whose path
 * has empty segments, `.` or `..`; from 1.21.5 on it refuses a key that is another one once percent-decoded, and then
 * has a blank or two dots. So characters are escaped as `=2F`, without a percent sign.
 */
export function buildClusterKey(cluster: string, key: ClusterKey): string {
  const segment = cluster.replaceAll(/[=%/]/g, escapeCharacter);
  return `consul-roll/${/^\.+$/.test(segment) ? segment.replaceAll('.', escapeCharacter) : segment}/${key}`;
}

function escapeCharacter(character: string): string {
  return `=${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

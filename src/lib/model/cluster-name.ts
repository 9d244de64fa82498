import { createHash } from 'node:crypto';
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
 * The name of what a roll creates: a group, a launch source, a snapshot file, such as `consul-roll-7f3a21`. The roll id
 * makes it unique. The word `roll` keeps `consul-clients` out of the policy that fits these names.
 */
export function buildRollName(cluster: string, rollId: string): string {
  return `${buildNameStem(cluster)}-roll-${rollId}`;
}

/** What every such name begins with. */
export function buildRollNamePrefix(cluster: string): string {
  return buildRollName(cluster, '');
}

/** True for a name that some roll of the cluster gives what it creates, and none of another cluster; `rollId` or any. */
export function isOwnRollName(name: string, cluster: string, rollId?: string): boolean {
  return isNamed(name, buildRollNamePrefix(cluster), rollId);
}

/**
 * The same, or a name that an earlier build gave, whose rolls can be resumed: it left out `-roll`, or did not tell
 * `prod/consul` from `prod-consul`. So such a name may also be that of another cluster.
 */
export function isRollName(name: string, cluster: string, rollId?: string): boolean {
  const earlier = encodeName(cluster).slice(0, MAX_STEM_LENGTH) || UNNAMED;
  const stems = [buildRollNamePrefix(cluster), `${earlier}-roll-`, `${earlier}-`];
  return stems.some((stem) => isNamed(name, stem, rollId));
}

function isNamed(name: string, stem: string, rollId: string | undefined): boolean {
  const [, id] = /^([\da-f]+)(?:-2)?$/.exec(name.slice(stem.length)) ?? [];
  return name.startsWith(stem) && id !== undefined && (rollId === undefined || id === rollId);
}

const UNNAMED = 'cluster';
/** What follows where the name of the cluster alone would not do: enough bits that no name can be found with the hash of another. */
const HASH_DIGITS = 16;
const HASH = new RegExp(`-x[\\da-f]{${HASH_DIGITS}}$`);
const HASH_LENGTH = '-x'.length + HASH_DIGITS;

/** Such a name before `-roll-`: that of the cluster where it can be, otherwise with a hash. No two clusters share one. */
function buildNameStem(cluster: string): string {
  const name = encodeName(cluster);
  if (name === cluster && name.length <= MAX_STEM_LENGTH && !HASH.test(name)) return name;
  return `${name.slice(0, MAX_STEM_LENGTH - HASH_LENGTH) || UNNAMED}-x${hash(cluster)}`;
}

/**
 * The name without what not all of these may have (AWS: `:` in a group's name, a blank in a launch template's; file
 * systems: `/`), which becomes a dash. Not unique.
 */
function encodeName(cluster: string): string {
  return cluster.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^[.-]+|-+$/g, '');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}

type ClusterKey = 'before' | 'doctor' | 'history' | 'journal' | 'lock' | 'record' | 'sentinel';

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

/** The same key as earlier builds wrote it; undefined where it has not changed. */
export function buildEarlierClusterKey(cluster: string, key: ClusterKey): string | undefined {
  const segment = cluster.replaceAll('%', '%25').replaceAll('/', '%2F');
  const earlier = `consul-roll/${/^\.+$/.test(segment) ? segment.replaceAll('.', '%2E') : segment}/${key}`;
  return earlier === buildClusterKey(cluster, key) ? undefined : earlier;
}

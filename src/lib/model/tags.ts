import type { Group } from './group.js';
import { type Direction, type Intent, MAX_CLUSTER_SIZE, type ScaleInProtection } from './intent.js';
import type { NextLaunchSource, PreviousLaunchSource } from './launch-source.js';
import { isPrintable } from './printable.js';
import type { Side } from './server.js';

/**
 * The tags of a roll on its groups. They say which groups a roll is on; what they say of the roll is believed only where
 * the cluster's own store says the same (model/record.ts).
 */

/** Every tag of ours begins with this. */
export const TAG_PREFIX = 'consul-roll:';

/** The tag that stays after a roll, so that the cluster is found by its name although its group has another name. */
export const CLUSTER_TAG = `${TAG_PREFIX}cluster`;

/** What `--cluster` names the cluster of a group by, as its tags say, which others may write; otherwise its own name. */
export function readClusterName({ name, tags }: Pick<Group, 'name' | 'tags'>): string {
  return tags[CLUSTER_TAG] ?? tags.Name ?? name;
}

/**
 * Set on a group to pause its roll from any machine; its value is who requested it and when. It is in no record: a
 * right to write tags is enough to pause a roll: its new servers that have not joined are terminated then, and no other.
 */
export const PAUSE_TAG = `${TAG_PREFIX}pause`;

/** On a launch template that a roll or `create` made: its name, because a policy cannot go by the name itself. */
export const LAUNCH_TEMPLATE_NAME_TAG = `${TAG_PREFIX}name`;

/** Its value is the id of the roll; a group with it has a roll recorded. */
export const ROLL_TAG = `${TAG_PREFIX}roll`;

const NONE = 'none';

/** The intent as tags of one group (values stay below AWS's 256 characters); `side` says which of the two it is. */
export function buildRecordTags(intent: Intent, side: Side): Record<string, string> {
  return { ...toRecordTags(buildRecordFields(intent, side)) };
}

/**
 * The tag keys that a roll removes from its group: all of consul-roll except the name of the cluster. A request to pause may
 * have come since the group was read, and AWS may not show yet what the roll wrote; Auto Scaling ignores the key of a tag
 * that is not there.
 */
export function listRecordKeys(group: Group, intent: Intent): string[] {
  const seen = Object.keys(group.tags).filter((key) => key.startsWith(TAG_PREFIX) && key !== CLUSTER_TAG);
  return [...new Set([...seen, ...Object.keys(buildRecordTags(intent, 'old')), PAUSE_TAG])];
}

/** True when a roll is recorded on the group. */
export function isRecorded(group: Group | undefined): group is Group {
  return group?.tags[ROLL_TAG] !== undefined;
}

/** Which side of the recorded roll the group is. */
export function readRecordedSide(group: Pick<Group, 'tags'>): Side | undefined {
  const side = group.tags[tagKey('side')];
  return side === 'old' || side === 'new' ? side : undefined;
}

/**
 * The intent recorded on a group; undefined if no roll is recorded, or if a tag of it is missing or has a value that a
 * roll does not write. An incomplete record is not used: a lost number would count as zero servers.
 */
export function readIntent(group: Pick<Group, 'tags'>): Intent | undefined {
  const { tags } = group;
  if (!INTENT_CACHE.has(tags))
    INTENT_CACHE.set(tags, findDamagedTag(group) === undefined ? parseIntent(group) : undefined);
  return INTENT_CACHE.get(tags);
}

/** The intent for each set of tags, which is read many times for one observation. */
const INTENT_CACHE = new WeakMap<Group['tags'], Intent | undefined>();

function parseIntent(group: Pick<Group, 'tags'>): Intent {
  const text = (field: RecordField) => group.tags[tagKey(field)] ?? '';
  const [minSize = NaN, maxSize = NaN, desired = NaN] = text('was-sizes').split(' ').map(Number);
  const suspended = text('was-suspended');
  const fromVersion = text('from-version') || NONE;
  return {
    rollId: text('roll'),
    cluster: text('of'),
    direction: parseDirection(text('direction')),
    imageId: text('image'),
    size: Number(text('size')),
    surge: Number(text('surge')),
    oldGroup: text('old-group'),
    previousLaunchSource: parsePreviousLaunchSource(text('old-template')),
    newGroup: text('new-group'),
    nextLaunchSource: parseNextLaunchSource(text('new-template')),
    original: {
      minSize,
      maxSize,
      desired,
      suspended: suspended === NONE ? [] : suspended.split(' '),
      protection: parseProtection(text('was-protected')),
    },
    keepOld: text('keep-old') === 'true',
    fromVersion: fromVersion === NONE ? undefined : fromVersion,
    allowDowngrade: text('allow-downgrade') === 'true' || undefined,
    allowWeakerSecurity: text('allow-weaker-security') === 'true' || undefined,
    skipCanary: text('skip-canary') === 'true' || undefined,
    startedAtMs: Date.parse(text('started')),
  };
}

/**
 * The key of the first tag of a group's record that is missing or has a value that no roll writes; undefined if the
 * record is complete. It is complete if writing what was read gives the same tags.
 */
export function findDamagedTag(group: Pick<Group, 'tags'>): string | undefined {
  const unreadable = Object.entries(READABLE).find(([key, isReadable]) => !isReadable(group.tags[key] ?? ''));
  if (unreadable !== undefined) return unreadable[0];
  const long = Object.entries(group.tags).find(
    ([key, text]) => key.startsWith(TAG_PREFIX) && text.length > MAX_TAG_LENGTH,
  );
  if (long !== undefined) return long[0];
  const written = buildRecordTags(parseIntent(group), readRecordedSide(group) ?? 'old');
  return Object.keys(written).find((key) => group.tags[key] !== written[key]);
}

/**
 * The tags of a group as the record has them: what others wrote in tags of the roll does not count. The tags that stand
 * in no record stay, so that they are removed with the others.
 *
 * @param own the tags that the roll gives the group; undefined for a group that has no part in a roll
 */
export function replaceRecordTags(
  tags: Group['tags'],
  own: Readonly<Record<string, string>> | undefined,
): Group['tags'] {
  const without = (isOut: (key: string) => boolean) => Object.entries(tags).filter(([key]) => !isOut(key));
  if (own === undefined) {
    return Object.fromEntries(without((key) => key.startsWith(TAG_PREFIX) && ![CLUSTER_TAG, PAUSE_TAG].includes(key)));
  }
  const optional = OPTIONAL_TAGS.filter((key) => key in tags).map((key) => [key, '']);
  return { ...tags, ...Object.fromEntries(optional), ...own };
}

/** AWS takes no tag with a longer value. */
const MAX_TAG_LENGTH = 256;

/** What must hold before a record can be parsed. */
const READABLE: Readonly<Record<string, (text: string) => boolean>> = {
  [tagKey('size')]: isClusterSize,
  [tagKey('surge')]: isClusterSize,
  [tagKey('was-sizes')]: (text) => {
    const [minSize = '', maxSize = '', desired = '', ...others] = text.split(' ');
    return [minSize, maxSize].every((one) => /^\d{1,9}$/.test(one)) && isClusterSize(desired) && others.length === 0;
  },
  [tagKey('started')]: (text) => !Number.isNaN(Date.parse(text)),
  ...Object.fromEntries(
    (['old-group', 'new-group', 'old-template', 'new-template'] as const).map((field) => [tagKey(field), isAwsName]),
  ),
};

/** AWS refuses every call with a name of a group or a launch configuration that is empty or longer. */
const MAX_AWS_NAME_LENGTH = 255;

function isAwsName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_AWS_NAME_LENGTH && isPrintable(text);
}

function isClusterSize(text: string): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) <= MAX_CLUSTER_SIZE;
}

/**
 * The direction as a tag; the values are those of every earlier build, because builds must be able to resume each
 * other's rolls.
 */
const DIRECTION_TAGS = { forward: 'forward', rollback: 'back' } as const satisfies Record<Direction, string>;

function parseDirection(text: string): Direction {
  return text === DIRECTION_TAGS.rollback ? 'rollback' : 'forward';
}

/** An empty value is read as if they were not there. */
const OPTIONAL_TAGS = [tagKey('was-protected'), tagKey('allow-weaker-security'), tagKey('skip-canary')];

/** The tag that says what the group launched from before the roll. */
export const PREVIOUS_LAUNCH_SOURCE_TAG = tagKey('old-template');

type RecordField = keyof ReturnType<typeof buildRecordFields>;

function tagKey(field: RecordField): string {
  return `${TAG_PREFIX}${field}`;
}

/** The key of each field of an intent, without the prefix, and its value. */
export function buildRecordFields(intent: Intent, side: Side) {
  const { minSize, maxSize, desired, suspended, protection } = intent.original;
  return {
    of: intent.cluster,
    roll: intent.rollId,
    side,
    direction: DIRECTION_TAGS[intent.direction],
    image: intent.imageId,
    size: String(intent.size),
    surge: String(intent.surge),
    'old-group': intent.oldGroup,
    'old-template': formatPreviousLaunchSource(intent.previousLaunchSource),
    'new-group': intent.newGroup,
    'new-template': formatNextLaunchSource(intent.nextLaunchSource),
    'was-sizes': `${minSize} ${maxSize} ${desired}`,
    'was-suspended': suspended.join(' ') || NONE,
    // Records of earlier builds do not have it.
    ...(protection === undefined ? {} : { 'was-protected': formatProtection(protection) }),
    'keep-old': String(intent.keepOld),
    'from-version': intent.fromVersion ?? NONE,
    'allow-downgrade': String(intent.allowDowngrade === true),
    // Written only where it is true: records of earlier builds do not have it.
    ...(intent.allowWeakerSecurity === true ? { 'allow-weaker-security': 'true' } : {}),
    ...(intent.skipCanary === true ? { 'skip-canary': 'true' } : {}),
    started: new Date(intent.startedAtMs).toISOString(),
  };
}

/** Fields as the tags of a group, which `readIntent` reads. */
export function toRecordTags(fields: Readonly<Record<string, string>>): Group['tags'] {
  return Object.fromEntries(Object.entries(fields).map(([field, text]) => [`${TAG_PREFIX}${field}`, text]));
}

/** `off i-0abc`: new servers are not protected, and i-0abc is. */
function formatProtection({ newServers, exceptions }: ScaleInProtection): string {
  return [newServers ? 'on' : 'off', ...exceptions].join(' ');
}

function parseProtection(text: string): ScaleInProtection | undefined {
  const [setting, ...exceptions] = text.split(' ');
  return text === '' ? undefined : { newServers: setting === 'on', exceptions };
}

/**
 * Launch sources as the value of a tag. A launch configuration is its name, as in every earlier version; a launch
 * template has a form that no launch configuration name can have: `launch-template/lt-0abc/3/latest/2/group/consul`.
 */

const ALIASES: Readonly<Record<string, string>> = { latest: '$Latest', default: '$Default' };
const PREVIOUS_PATTERN = /^launch-template\/(lt-\w+)\/(\d+)\/(latest|default|number)\/(\d+)\/(group|mixed)\/(.*)$/;
const NEXT_PATTERN = /^launch-template\/(.+)$/;
const VERSION_PATTERN = /^launch-template-version\/(lt-\w+)$/;

function formatPreviousLaunchSource(launchSource: PreviousLaunchSource): string {
  if (launchSource.kind === 'launch-configuration') return launchSource.name;
  const { id, name, version, resolved, defaultVersion, mixed } = launchSource;
  const alias = Object.keys(ALIASES).find((word) => ALIASES[word] === version) ?? 'number';
  return ['launch-template', id, resolved, alias, defaultVersion, mixed ? 'mixed' : 'group', name].join('/');
}

function parsePreviousLaunchSource(text: string): PreviousLaunchSource {
  const [, id, resolved, alias = '', defaultVersion, place, name = ''] = PREVIOUS_PATTERN.exec(text) ?? [];
  if (id === undefined || resolved === undefined) return { kind: 'launch-configuration', name: text };
  return {
    kind: 'launch-template',
    id,
    name,
    version: ALIASES[alias] ?? resolved,
    resolved: Number(resolved),
    defaultVersion: Number(defaultVersion),
    mixed: place === 'mixed',
  };
}

function formatNextLaunchSource(launchSource: NextLaunchSource): string {
  switch (launchSource.kind) {
    case 'launch-configuration':
      return launchSource.name;
    case 'launch-template':
      return `launch-template/${launchSource.name}`;
    case 'launch-template-version':
      return `launch-template-version/${launchSource.id}`;
  }
}

function parseNextLaunchSource(text: string): NextLaunchSource {
  const [, id] = VERSION_PATTERN.exec(text) ?? [];
  if (id !== undefined) return { kind: 'launch-template-version', id };
  const [, name] = NEXT_PATTERN.exec(text) ?? [];
  return name === undefined ? { kind: 'launch-configuration', name: text } : { kind: 'launch-template', name };
}

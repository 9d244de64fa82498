// Events of versions 1 and 2, which earlier builds wrote, as version 3 has them: the same facts under other names.

type Json = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, string>> = { looked: 'observed', 'look-failed': 'observation-failed' };
const FIELDS: Readonly<Record<string, string>> = { spare: 'margin', looks: 'successThreshold' };
const ACTIONS: Readonly<Record<string, string>> = {
  attach: 'attach-load-balancers',
  'convert-template': 'convert-launch-source',
  'create-template': 'create-launch-configuration',
  'create-version': 'create-launch-template-version',
  'delete-template': 'delete-launch-configuration',
  'delete-version': 'delete-launch-template-version',
  forget: 'clear-record',
  freeze: 'suspend-processes',
  grow: 'scale-out',
  'hand-over': 'complete-in-place',
  'lower-minimum': 'set-min-size',
  'raise-maximum': 'set-max-size',
  'record-intent': 'write-intent',
  retarget: 'set-launch-source',
  'set-default': 'set-default-version',
  thaw: 'resume-processes',
  trim: 'lower-desired',
  'turn-back': 'start-rollback',
};
const WAITS: Readonly<Record<string, string>> = {
  'agent-answer': 'agent-reachable',
  cooled: 'warm-pool-deleted',
  ghost: 'orphan-peer',
};
const REASONS: Readonly<Record<string, string>> = {
  'agent-alive': 'agent-still-up',
  asked: 'operator-request',
  blind: 'unreadable',
  'came-back': 'rejoined',
  'change-in-flight': 'membership-change-pending',
  'changed-by-hand': 'changed-externally',
  'downgrade-back': 'rollback-downgrade',
  ghost: 'orphan-peer',
  'leader-before-followers': 'leader-must-leave-last',
  'not-frozen': 'processes-not-suspended',
  'not-ours': 'not-owned',
  'template-refused': 'launch-source-refused',
  'too-late': 'old-group-gone',
  unattended: 'runner-gone',
  unseen: 'unknown',
  'would-shrink': 'would-scale-in',
};

/** A document of an earlier version under the names of this one. */
export function upgradeEvent(event: Json, schema: string): Json {
  const upgraded = renameFields(event);
  return { ...upgraded, schema, kind: rename(KINDS, upgraded.kind) };
}

function renameFields(object: Json): Json {
  const named = Object.entries(object).map(([key, value]) => [FIELDS[key] ?? key, renameValue(key, value)]);
  const renamed: Json = Object.fromEntries(named);
  // A server had neither of these.
  return 'inService' in object ? { lifecycle: '', balancers: {}, ...renamed } : renamed;
}

function renameValue(key: string, value: unknown): unknown {
  if (key === 'action') return rename(ACTIONS, value);
  if (key === 'state' && value === 'caught-up') return 'passed-gates';
  if (key === 'for') return rename(WAITS, value);
  if (['phase', 'direction', 'from'].includes(key) && value === 'back') return 'rollback';
  if (key === 'reason' && isObject(value)) return { data: {}, ...value, kind: rename(REASONS, value.kind) };
  if (Array.isArray(value)) return value.map((one) => (isObject(one) ? renameFields(one) : one));
  return isObject(value) ? renameFields(value) : value;
}

function rename(names: Readonly<Record<string, string>>, value: unknown): unknown {
  return typeof value === 'string' ? (names[value] ?? value) : value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

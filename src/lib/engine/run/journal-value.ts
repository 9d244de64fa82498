import * as z from 'zod/mini';
import type { Action, ActionKind } from '../../model/action.js';
import type { CheckResult } from '../../model/check.js';
import { STATE_KINDS, type StateKind } from '../../model/comparison.js';
import { CONVERGENCE_KINDS } from '../../model/convergence.js';
import {
  type HeldBy,
  PHASES,
  PLAIN_STEP_REASONS,
  type PlainStepReason,
  type Step,
  type StepReason,
  type WaitCondition,
} from '../../model/decision.js';
import { HOOK_POINTS, type HookOutcome } from '../../model/hook.js';
import { PAUSE_POINTS } from '../../model/intent.js';
import { type Journal, type JournalEntry, type JournalRecord, nameSeveral } from '../../model/journal.js';
import { keepResults } from '../../model/keep-results.js';
import type { LaunchSource, NextLaunchSource, PreviousLaunchSource } from '../../model/launch-source.js';
import { CHANGE_EXTENTS, type RollEnd } from '../../model/outcome.js';
import { toPrintable } from '../../model/printable.js';
import { SECURITY_SETTINGS, SHARED_IDENTITIES } from '../../model/server.js';
import type { ExternalChange, StopReason, TimeoutCause } from '../../model/stop-reason.js';
import { FOUNDER_SIGNS } from '../../model/stop-reason.js';
import { buildRecordFields, readIntent, toRecordTags } from '../../model/tags.js';
import { MAX_TEXT_LENGTH, MAX_TIME_MS, parseStoredJson, storedTextSchema, storedTimeSchema } from './stored-values.js';

const VERSION = 1;
/** Consul takes values of up to 512 KB. */
export const MAX_JOURNAL_BYTES = 32 * 1024;
export const MAX_JOURNAL_ENTRIES = 100;
const MAX_LIST_LENGTH = 32;

/** The journal as the value of its key: the latest entries that fit, long texts and lists cut short. */
export function formatJournal({ entries, intent, ...own }: Journal): string {
  const kept: string[] = [];
  const head = { ...own, ...(intent !== undefined && { roll: buildRecordFields(intent, 'old') }) };
  const build = (list: readonly string[]) =>
    `${JSON.stringify({ version: VERSION, ...head }, clamp).slice(0, -1)},"entries":[${list.join(',')}]}`;
  let bytes = Buffer.byteLength(build([]));
  for (const entry of entries.slice(-MAX_JOURNAL_ENTRIES).toReversed()) {
    const formatted = formatEntry(entry);
    bytes += formatted.bytes + 1;
    if (bytes > MAX_JOURNAL_BYTES) break;
    kept.unshift(formatted.text);
  }
  return build(kept);
}

/** The journal is written at every step. */
const formatEntry = keepResults((entry: JournalEntry) => {
  const text = JSON.stringify(entry, clamp);
  return { text, bytes: Buffer.byteLength(text) };
});

function clamp(_key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MAX_LIST_LENGTH);
  if (typeof value !== 'string') return value;
  return toPrintable(value).slice(0, MAX_TEXT_LENGTH);
}

/**
 * Reads a journal. Others may write to Consul: entries that no runner writes are left out.
 *
 * @returns undefined for anything but a journal of this version
 */
export function parseJournal(value: string | undefined): Journal | undefined {
  const head = parseJournalHead(value);
  if (head === undefined) return undefined;
  const entries: JournalEntry[] = [];
  for (const each of head.entries) {
    const entry = entrySchema.safeParse(each);
    const last = entries.at(-1)?.n ?? 0;
    if (entry.success && entry.data.n > last) entries.push(entry.data);
  }
  const { rollId, holder, sinceMs, roll } = head;
  const intent = roll && readIntent({ tags: toRecordTags(roll) });
  return { rollId, holder, sinceMs, ...(intent?.rollId === rollId && { intent }), entries };
}

/** A journal whose entries were not checked yet. */
export type JournalHead = z.infer<typeof journalSchema>;

/** Reads whose journal it is; undefined as above. */
export function parseJournalHead(value: string | undefined): JournalHead | undefined {
  if (value === undefined || Buffer.byteLength(value) > MAX_JOURNAL_BYTES) return undefined;
  const parsed = journalSchema.safeParse(parseStoredJson(value));
  return parsed.success ? parsed.data : undefined;
}

type Schema<T> = z.ZodMiniType<T>;
/** A schema for every field, including optional ones: the casts below rely on this. */
type Fields<T> = { readonly [K in Exclude<keyof T, 'kind'>]-?: Schema<T[K]> };
type KindFields<T extends { readonly kind: string }> = {
  readonly [K in T['kind']]: Fields<Extract<T, { readonly kind: K }>>;
};

function object<T>(fields: Fields<T>): Schema<T> {
  return z.object<Readonly<Record<string, Schema<unknown>>>>(fields) as Schema<unknown> as Schema<T>;
}

/** One object schema for each kind of a union. */
function union<T extends { readonly kind: string }>(kinds: KindFields<T>): Schema<T> {
  const options = Object.entries<Readonly<Record<string, Schema<unknown>>>>(kinds).map(([kind, fields]) =>
    z.object({ kind: z.literal(kind), ...fields }),
  );
  return z.discriminatedUnion('kind', options as [(typeof options)[number]]) as Schema<unknown> as Schema<T>;
}

/** More than any roll needs. */
const MAX_COUNT = 1_000_000;

const text = storedTextSchema;
/** Part of a command that a watcher prints. */
const word = z.string().check(z.maxLength(MAX_TEXT_LENGTH), z.regex(/^[\w.:@+=/-]+$/));
/** A watcher prints no command from the journal: others may have written it. */
const noRemedy: Schema<string | undefined> = z.catch(z.undefined(), undefined);
const count = z.number().check(z.gte(-MAX_COUNT), z.lte(MAX_TIME_MS));
const time = storedTimeSchema;
const flag = z.boolean();
const texts = z.array(text).check(z.maxLength(MAX_LIST_LENGTH));
const side = z.enum(['old', 'new']);
const phase = z.enum(PHASES);
const optionalText = z.optional(text);
const margin = z.object({ voters: count, healthy: count, quorum: count, margin: count });
const answers = z
  .array(z.object({ instanceId: text, address: text, leader: text }))
  .check(z.maxLength(MAX_LIST_LENGTH));
const pinnedLaunchTemplate = {
  id: text,
  name: text,
  version: text,
  resolved: count,
  defaultVersion: count,
  mixed: flag,
};
const launchTemplateVersion = { id: text, name: text, version: count };

const previousLaunchSource = union<PreviousLaunchSource>({
  'launch-configuration': { name: text },
  'launch-template': pinnedLaunchTemplate,
});
const nextLaunchSource = union<Exclude<NextLaunchSource, { readonly kind: 'launch-template-version' }>>({
  'launch-configuration': { name: text },
  'launch-template': { name: text },
});
const launchSource = union<LaunchSource>({
  'launch-configuration': { name: text },
  'launch-template': { id: text, name: text, version: text },
});

const heldBy = z.optional(object<HeldBy>({ hooks: texts, forMs: count }));
const waitCondition = union<WaitCondition>({
  ready: { side, instanceIds: texts, expected: count, held: heldBy },
  'in-service': { instanceIds: texts },
  drained: { instanceId: text },
  'out-of-raft': { instanceId: text },
  'agent-down': { instanceId: text },
  'agent-reachable': { instanceId: text },
  terminated: { instanceId: text, held: heldBy },
  leadership: { towards: optionalText },
  healthy: { margin },
  'orphan-peer': { peerId: word, node: text },
  deleted: { group: text },
  'warm-pool-deleted': { group: text },
  settled: { group: text },
  sentinel: {},
  convergence: {
    missing: z
      .array(z.object({ kind: z.enum(CONVERGENCE_KINDS), names: texts, count }))
      .check(z.maxLength(MAX_LIST_LENGTH)),
  },
  bake: {},
});

const hookOutcome = union<HookOutcome>({
  passed: {},
  failed: { exitCode: count },
  killed: { signal: text },
  'timed-out': { limitMs: count },
  'not-started': { message: text },
  'cut-short': {},
});

const reason: Schema<StopReason> = z.lazy(() => stopReason);

const actionFields: KindFields<Action> = {
  'save-snapshot': {},
  'write-record': {},
  'delete-record': {},
  'write-intent': { group: text, side: z.optional(side) },
  'suspend-processes': { group: text, processes: texts },
  'protect-servers': { group: text, instanceIds: texts },
  'restore-protection': { group: text, newServers: flag, instanceIds: texts },
  'create-launch-configuration': { from: text, name: text, imageId: text },
  'set-launch-source': { group: text, launchSource },
  'set-max-size': { group: text, to: count },
  'lower-desired': { group: text, to: count },
  'complete-in-place': { group: text },
  'create-launch-template-version': {
    launchSource: z.object({ kind: z.literal('launch-template'), ...pinnedLaunchTemplate }),
    imageId: text,
  },
  'convert-launch-source': { from: previousLaunchSource, to: nextLaunchSource, imageId: text },
  'create-group': { from: text, name: text, launchSource },
  'set-default-version': launchTemplateVersion,
  'write-sentinel': { value: text },
  'scale-out': { group: text, to: count },
  register: { instanceIds: texts, balancers: texts },
  'set-min-size': { group: text },
  deregister: { instanceIds: texts, balancers: texts },
  'transfer-leadership': { to: text, peerId: word },
  leave: { servers: z.array(z.object({ instanceId: text, address: text })).check(z.maxLength(MAX_LIST_LENGTH)) },
  'remove-peer': { peerId: word, node: text },
  'forget-member': { node: text },
  terminate: { instanceId: text, cutOff: optionalText },
  'complete-lifecycle-hooks': {
    group: text,
    instanceIds: texts,
    hooks: texts,
    result: z.enum(['ABANDON', 'CONTINUE']),
  },
  'attach-load-balancers': { group: text, balancers: texts },
  'copy-warm-pool': { from: text, group: text },
  'delete-warm-pool': { group: text },
  'delete-group': { group: text },
  'delete-launch-configuration': { name: text },
  'delete-launch-template-version': launchTemplateVersion,
  'delete-launch-template': { id: text, name: text },
  'restore-size': { group: text, sizes: z.object({ minSize: count, maxSize: count, desired: count }) },
  'set-instance-health': { instanceId: text },
  'resume-processes': { group: text, processes: texts },
  'delete-sentinel': {},
  'clear-record': { group: text },
  'turn-forward': { groups: texts },
  'start-rollback': { groups: texts, reason },
};
const action: Schema<Action> = z.pipe(z.transform(nameSeveral), union<Action>(actionFields));
const actionKind = z.enum(Object.keys(actionFields) as ActionKind[]);
const check = object<CheckResult>({
  id: text,
  subject: text,
  status: z.enum(['pass', 'skip', 'warn', 'fail']),
  observed: text,
  remedy: noRemedy,
});

const externalChange = union<ExternalChange>({
  image: { group: text, imageId: text, expected: text },
  'groups-missing': { groups: texts },
  'launch-source': { group: text, launchSource: text, expected: text },
  scaled: { group: text, desired: count, expected: count, idle: flag },
  'other-roll': { rollId: text },
  sentinel: { leader: text, cluster: word, rollId: text },
  'stray-servers': {},
});

const timeoutCause = union<TimeoutCause>({
  'silent-leader': { leader: text },
  'leader-refuses-token': { instanceId: text },
  'wrong-image': { instanceId: text, imageId: text },
  'no-answer': { instanceId: text, message: text },
  'token-refused': { instanceId: text, message: text },
  'not-in-cluster': { instanceId: text },
  'no-contact': { instanceId: text },
  'other-cluster': { instanceId: text, leader: text },
  'gate-refused': { instanceId: text },
  gates: { instanceId: text, gates: texts },
  'not-launched': { launched: count, expected: count, message: optionalText },
  'out-of-service': { balancers: texts },
  'marked-unhealthy': { instanceId: text },
  'not-in-group-service': { instanceId: text, lifecycle: text, group: optionalText },
  'lifetime-over': { instanceId: text, group: text, lifetimeMs: count },
  'no-healthy-voter': { instanceId: text },
  'capacity-differs': { instances: count, desired: count },
  'zones-unbalanced': { zones: texts },
  held: { instanceId: text, group: text, hooks: texts },
  'refresh-waiting': { group: text },
  'refresh-unknown': { group: text },
});

const founderSign = z.enum(FOUNDER_SIGNS);
const sharedIdentity = z.enum(SHARED_IDENTITIES);
const missingState = Object.fromEntries(
  STATE_KINDS.map((kind): [string, Schema<number | undefined>] => [kind, z.optional(count)]),
) as Record<StateKind, Schema<number | undefined>>;

const causes = z.array(timeoutCause).check(z.maxLength(MAX_LIST_LENGTH));

const stopReason = union<StopReason>({
  preflight: { failed: z.array(check).check(z.maxLength(MAX_LIST_LENGTH)) },
  'no-leader': { answers },
  'two-leaders': { answers },
  'unknown-leader': { leader: text },
  'state-lost': { leader: text, cluster: word, rollId: text, founder: optionalText },
  'log-overwritten': { instanceIds: texts },
  'quorum-at-risk': { instanceId: text, after: margin },
  'membership-change-pending': { node: text },
  'too-few-replacements': { ready: count, needed: count },
  'leader-must-leave-last': { instanceId: text, followers: count },
  'last-in-service': { instanceId: text, balancer: text },
  'still-in-raft': { instanceId: text, peerId: word },
  'agent-still-up': { instanceId: text },
  'group-not-empty': { group: text, instances: count, peers: count },
  'orphan-peer': { peerId: word, node: text },
  unsettled: { group: text, causes },
  'unproved-heir': { instanceId: text },
  'processes-not-suspended': { group: text, running: texts },
  'must-stay-suspended': { group: text },
  'not-owned': { resource: text },
  unconfirmed: { rollId: text },
  'changed-externally': { change: externalChange },
  'leave-refused': { instanceId: text, message: text, remedy: z.catch(z.literal(''), '') },
  'launch-abandoned': { instanceId: text, hooks: texts },
  'replacements-die': { instanceId: text, replaced: count },
  rejoined: { instanceId: text, leaves: count },
  'old-already-left': { left: count, because: reason },
  'new-group-gone': { cluster: word },
  'old-group-gone': { cluster: word },
  downgrade: { instanceId: text, version: text, running: text },
  founder: { instanceId: text, sign: founderSign, followers: count, side: z.optional(z.literal('old')) },
  impostor: { instanceId: text, owner: text, shares: sharedIdentity },
  'security-weakened': { instanceId: text, settings: z.array(z.enum(SECURITY_SETTINGS)) },
  'state-missing': { instanceId: text, ...missingState },
  'rollback-downgrade': { cluster: word, from: text, to: text },
  'too-many-launches': { group: text, wanted: count, allowed: count },
  'would-scale-in': { group: text, from: count, to: count },
  'wrong-version': { group: text, version: text },
  'launch-source-refused': { message: text },
  'operator-request': {},
  unknown: {},
  'runner-gone': { released: flag },
  unreadable: { message: text, forMs: count, remedy: noRemedy },
  'step-failed': { action: actionKind, message: text, times: count, remedy: noRemedy },
  'hook-failed': {
    on: z.enum(HOOK_POINTS),
    phase,
    instanceId: optionalText,
    run: text,
    end: hookOutcome,
    lastLine: text,
  },
  'lock-lost': { holder: optionalText },
  'timed-out': { waitedFor: waitCondition, limitMs: count, causes },
});

const stepReason = union<StepReason>({
  ...(Object.fromEntries(PLAIN_STEP_REASONS.map((kind) => [kind, {}])) as Record<
    PlainStepReason,
    Record<string, never>
  >),
  'alias-pinned': { alias: text },
  drained: { side, remaining: count },
  founder: { sign: founderSign, followers: count },
  impostor: { owner: text, shares: sharedIdentity },
  'keeps-rejoining': { requests: count },
  'leave-refused': { message: text },
  'launches-image': { image: side },
  'passed-gates': { servers: count },
  rollback: { because: reason },
});

const step = object<Step>({ phase, action, reason: stepReason, margin: z.optional(margin) });
const wait = z.object({ phase, for: waitCondition, limitMs: count, sinceMs: time });

const changed = z.enum(CHANGE_EXTENTS);
const pausedAfter = z.optional(z.enum(PAUSE_POINTS));
const rollEnd = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['rolled', 'nothing-to-do']) }),
  z.object({ outcome: z.literal('rolled-back'), reason: z.optional(reason) }),
  z.object({ outcome: z.enum(['refused', 'stopped']), reason, changed }),
  z.object({ outcome: z.literal('quorum-at-risk'), reason: z.optional(reason), changed }),
  z.object({ outcome: z.literal('interrupted'), changed, pausedBy: optionalText, pausedAfter }),
]) as Schema<unknown> as Schema<RollEnd>;

const record = union<JournalRecord>({
  run: { atMs: time, holder: text, sinceMs: time, resumed: flag },
  step: { number: count, step, startedAtMs: time, endedAtMs: z.optional(time), error: optionalText },
  refusal: { atMs: time, step, reason },
  wait: { atMs: time, wait },
  end: { atMs: time, end: rollEnd, elapsedMs: count, leaderChanges: count },
});

const entrySchema: Schema<JournalEntry> = z.intersection(
  z.object({ n: z.int().check(z.gte(1), z.lte(MAX_COUNT)) }),
  record,
);

const journalSchema = z.object({
  version: z.literal(VERSION),
  rollId: text,
  holder: text,
  sinceMs: time,
  // Without it the journal is still that of a roll.
  roll: z.catch(z.optional(z.record(text, text)), undefined),
  entries: z.array(z.unknown()).check(z.maxLength(MAX_JOURNAL_ENTRIES)),
});

import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import type { GroupRecord, GroupTag } from '../../../src/sandbox/aws/records.js';
import { findActingLeader } from '../../../src/sandbox/consul/state.js';
import type { Chance } from '../chance.js';
import { VICTIM } from '../foreign-account.js';
import type { Oracle } from '../oracle.js';

/**
 * What an adversary may write: the tags of Auto Scaling groups (`autoscaling:CreateOrUpdateTags` and `DeleteTags`), the
 * keys under `consul-roll/` in the cluster's store (`key:write`), or both.
 */
export const ADVERSARY_RIGHTS = ['tags', 'store', 'both'] as const;
export type AdversaryRight = (typeof ADVERSARY_RIGHTS)[number];

/** The tags that name a cluster by its group. */
const NAMING_TAGS = ['Name', 'consul-roll:cluster'] as const;

type Fields = Readonly<Record<string, string>>;

const PREFIX = 'consul-roll:';
const KEYS = [
  'record',
  'record',
  'record',
  'lock',
  'lock',
  'sentinel',
  'before',
  'journal',
  'history',
  'doctor',
  'x',
] as const;
const GARBAGE = [
  '',
  'x',
  'none',
  '-1',
  '99999999999999999999',
  '{}',
  '[]',
  'null',
  '\u001b[2J\n::error::',
  '"'.repeat(256),
];
const MAX_TAG_LENGTH = 256;
/** Who alters tags again and again delays a roll for as long: an attack ends well before the longest run (checkers/run-end.ts). */
const MAX_ATTACK_MS = 3_600_000;
const NOTHING: Fields = {};

/**
 * Writes what steers a roll, at random moments, also while no process runs: records that are forged as a whole, the
 * record of the roll with other values in some fields, records of a moment ago, garbage; and removes what is there. The
 * other team's cluster is its own: the store there confirms what it likes.
 */
export class Adversary {
  /** Number of writes so far. */
  count = 0;
  readonly #oracle: Oracle;
  readonly #chance: Chance;
  readonly #right: AdversaryRight;
  readonly #log: (what: string) => void;
  readonly #everyMs: number;
  /** Records that it has seen, for use at another moment. */
  readonly #seen: Fields[] = [];
  readonly #ownName: GroupTag | undefined;
  /** The naming tags that groups had. */
  readonly #names = new Map<string, ReadonlyMap<string, GroupTag>>();
  /** The tags it has written, by group. */
  readonly #written = new Map<string, Map<string, string>>();
  readonly #endMs: number;
  #stopped = false;

  constructor(oracle: Oracle, chance: Chance, right: AdversaryRight, log: (what: string) => void) {
    this.#oracle = oracle;
    this.#chance = chance;
    this.#right = right;
    this.#ownName = oracle.group('old')?.tags.get('Name');
    this.#log = log;
    this.#endMs = oracle.nowMs + MAX_ATTACK_MS;
    this.#everyMs = chance.pick([5_000, 20_000, 60_000, 180_000]);
  }

  /** In half of the cases there is something already when the first process starts. */
  start(): void {
    if (this.#chance.happens(0.5)) this.#write();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What is still there of its tags is removed, as by an operator who knows every tag of the account. */
  removeTags(): void {
    this.restoreNames();
    for (const [name, tags] of this.#written) {
      const group = this.#oracle.state.groups.get(name);
      const keys = [...tags].flatMap(([key, value]) => (group?.tags.get(key)?.value === value ? [key] : []));
      if (group !== undefined && keys.length > 0) this.#untag(group, keys);
    }
    const victim = this.#oracle.state.groups.get(VICTIM.group);
    for (const [key, tag] of this.#names.get(VICTIM.group) ?? []) victim?.tags.set(key, tag);
  }

  #schedule(): void {
    const { environment } = this.#oracle;
    environment.after(this.#chance.between(1, 2 * this.#everyMs), () => {
      if (this.#stopped || environment.nowMs > this.#endMs) return;
      this.#write();
      this.#schedule();
    });
  }

  #write(): void {
    const { record } = this.#oracle;
    if (record !== undefined && this.#chance.happens(0.3)) this.#seen.push(record);
    const isByTags = this.#right === 'tags' || (this.#right === 'both' && this.#chance.happens(0.5));
    const what = isByTags ? this.#writeTags() : this.#writeKey();
    this.#oracle.environment.touch();
    if (what === undefined) return;
    this.count++;
    this.#log(`adversary ${what}`);
  }

  #writeTags(): string | undefined {
    const groups = [...this.#oracle.state.groups.values()].filter(({ deleting }) => !deleting);
    if (groups.length === 0) return undefined;
    const group = this.#chance.pick(groups);
    if (this.#chance.happens(0.1)) return this.#moveName();
    if (this.#chance.happens(0.2)) return this.#removeTags(group);
    const fields = this.#chance.happens(0.15) ? { pause: 'a stranger' } : this.#forge();
    // A group of another cluster counts only if it has the name of this one.
    const named =
      group.name === VICTIM.group && this.#chance.happens(0.7) ? { cluster: this.#oracle.cluster } : NOTHING;
    const tags = Object.entries({ ...fields, ...named }).map(([field, text]) => [PREFIX + field, text]);
    this.#tag(group, Object.fromEntries(tags));
    this.#confirm(fields);
    return `tags ${group.name} with ${JSON.stringify({ ...fields, ...named })}`;
  }

  /** Takes one or both names from the groups of the cluster, and mostly gives them to the other team's, in either order. */
  #moveName(): string | undefined {
    const keys = this.#chance.happens(0.6) ? NAMING_TAGS : [this.#chance.pick(NAMING_TAGS)];
    for (const group of this.#listOwn()) {
      this.#keepNames(group);
      const there = keys.filter((key) => group.tags.has(key));
      if (there.length > 0) this.#untag(group, there);
    }
    const victim = this.#oracle.state.groups.get(VICTIM.group);
    if (victim !== undefined) this.#keepNames(victim);
    const isGiven = victim !== undefined && this.#chance.happens(0.8);
    if (isGiven) this.#tag(victim, Object.fromEntries(keys.map((key) => [key, this.#oracle.cluster])));
    return `takes ${keys.join(' ')} from the cluster${isGiven ? `, for ${VICTIM.group}` : ''}`;
  }

  #keepNames({ name, tags }: GroupRecord): void {
    if (this.#names.has(name)) return;
    this.#names.set(name, new Map([...tags].filter(([key]) => NAMING_TAGS.some((one) => one === key))));
  }

  #listOwn(): readonly GroupRecord[] {
    return (['old', 'new'] as const).flatMap((side) => this.#oracle.group(side) ?? []);
  }

  /**
   * The names are what they were, as by an operator who knows the cluster: on its groups, and on the servers that they have
   * launched meanwhile.
   */
  restoreNames(): void {
    const name = this.#ownName;
    if (name === undefined) return;
    for (const group of this.#listOwn()) {
      // One that was created meanwhile has lacked it from the start.
      const names = [['Name', name] as const, ...(this.#names.get(group.name) ?? [])];
      for (const [key, tag] of names) group.tags.set(key, tag);
      for (const { instance } of group.members.values()) instance.tags.set('Name', name.value);
    }
    this.#oracle.environment.touch();
  }

  /** The record in the store of its own cluster. */
  #confirm(fields: Fields): void {
    const { cluster, environment, state, net } = this.#oracle;
    const own = [...net.servers.values()].find(({ nodeName }) =>
      state.groups.get(VICTIM.group)?.members.has(nodeName),
    )?.group;
    const leader = own && findActingLeader(own);
    if (leader === undefined) return;
    const value = Buffer.from(JSON.stringify(fields));
    environment.net.kvPut(leader.address, `consul-roll/${cluster}/record`, value, {}, () => {});
  }

  #tag({ name }: GroupRecord, tags: Fields): void {
    const written = this.#written.get(name) ?? new Map<string, string>();
    this.#written.set(name, written);
    const ofGroup = { ResourceId: name, ResourceType: 'auto-scaling-group', PropagateAtLaunch: false };
    const Tags = Object.entries(tags).map(([Key, text]) => {
      const Value = text.slice(0, MAX_TAG_LENGTH);
      written.set(Key, Value);
      return { ...ofGroup, Key, Value };
    });
    this.#oracle.environment.aws.call('autoscaling', 'CreateOrUpdateTags', { Tags });
  }

  /** Also the name of the cluster on the group that the roll has created. */
  #removeTags(group: GroupRecord): string | undefined {
    const keys = [...group.tags.keys()].filter((key) => key.startsWith(PREFIX));
    if (keys.length === 0) return undefined;
    const removed = this.#chance.happens(0.5) ? keys : [this.#chance.pick(keys)];
    this.#untag(group, removed);
    return `removes ${removed.join(' ')} of ${group.name}`;
  }

  #untag({ name }: GroupRecord, keys: readonly string[]): void {
    const Tags = keys.map((Key) => ({ ResourceId: name, ResourceType: 'auto-scaling-group', Key }));
    this.#oracle.environment.aws.call('autoscaling', 'DeleteTags', { Tags });
  }

  #writeKey(): string | undefined {
    const { leader, cluster, environment } = this.#oracle;
    if (leader === undefined) return undefined;
    const name = this.#chance.pick(KEYS);
    const key = `consul-roll/${this.#chance.happens(0.9) ? cluster : VICTIM.cluster}/${name}`;
    if (this.#chance.happens(0.2)) {
      environment.net.kvDelete(leader.address, key, {}, () => {});
      return `deletes ${key}`;
    }
    const value = this.#drawValue(name);
    environment.net.kvPut(leader.address, key, Buffer.from(value), {}, () => {});
    return `puts ${key} ${value.slice(0, 600)}`;
  }

  #drawValue(name: (typeof KEYS)[number]): string {
    if (this.#chance.happens(0.2)) return this.#chance.pick(GARBAGE);
    if (name === 'sentinel') return this.#chance.pick(['7f3a', '0'.repeat(31) + 1, `${'0'.repeat(31)}1 done`]);
    if (name !== 'lock') return JSON.stringify(this.#forge());
    const { nowMs } = this.#oracle;
    const ttlMs = this.#chance.pick([0, 1, 30_000, 3_600_000, 1e300, -1]);
    const renewedAtMs = this.#chance.pick([0, nowMs, nowMs + 1e12]);
    return JSON.stringify({ holder: 'a stranger', rollId: '7f3a', sinceMs: nowMs, renewedAtMs, ttlMs });
  }

  /** A record. */
  #forge(): Fields {
    const real = this.#oracle.record;
    if (real !== undefined && this.#chance.happens(0.1)) return { ...real, ...this.#drawLaunchSource() };
    if (this.#chance.happens(0.15)) return this.#claimCluster();
    if (real !== undefined && this.#chance.happens(0.6)) return { ...real, ...this.#drawSome() };
    if (this.#seen.length > 0 && this.#chance.happens(0.3)) return this.#chance.pick(this.#seen);
    return this.#chance.happens(0.2) ? this.#drawSome() : this.#drawFields();
  }

  /** As if the roll that the cluster's group may be named for had replaced the other team's group, and were still in progress. */
  #claimCluster(): Fields {
    const { cluster, oldGroup } = this.#oracle;
    const [, roll = 'beef'] = /-roll-([\da-f]+)$/.exec(oldGroup) ?? [];
    const own = { of: cluster, roll, 'old-group': VICTIM.group, 'new-group': oldGroup, 'new-template': oldGroup };
    return { ...this.#drawFields(), ...own, 'old-template': VICTIM.launchConfiguration };
  }

  /** What a rollback sets the group to. */
  #drawLaunchSource(): Fields {
    const key = 'old-template';
    return { [key]: this.#drawFields()[key] ?? '' };
  }

  /** One to three fields; half of them name what a roll changes. */
  #drawSome(): Fields {
    const all = Object.entries(this.#drawFields());
    const naming = all.filter(([key]) => /-(group|template)$/.test(key));
    const draw = () => this.#chance.pick(this.#chance.happens(0.5) ? naming : all);
    const some = Array.from({ length: this.#chance.between(1, 3) }, draw);
    const isGarbled = this.#chance.happens(0.2);
    return Object.fromEntries(some.map(([key, value]) => [key, isGarbled ? this.#chance.pick(GARBAGE) : value]));
  }

  #drawFields(): Record<string, string> {
    const { cluster, oldGroup, nowMs } = this.#oracle;
    const pick = <T>(...from: readonly T[]): T => this.#chance.pick(from);
    const roll = pick('7f3a', 'beef', this.#oracle.record?.roll ?? 'e0');
    const newGroup = this.#oracle.group('new')?.name ?? oldGroup;
    const own = `${cluster}-roll-${roll}`;
    return {
      of: pick(cluster, cluster, cluster, VICTIM.cluster),
      roll,
      side: pick('old', 'new'),
      direction: pick('forward', 'back'),
      // That of the operator's roll too: a roll onto another one is refused.
      image: pick(pick(...SANDBOX_IMAGES).imageId, ...this.#oracle.images),
      size: pick('0', '1', '3', '9', '99999'),
      surge: pick('0', '1', '3', '9'),
      'old-group': pick(oldGroup, newGroup, VICTIM.group),
      'old-template': pick(VICTIM.launchConfiguration, VICTIM.unusedLaunchConfiguration, this.#versionOfVictim()),
      'new-group': pick(own, own, newGroup, VICTIM.group),
      'new-template': pick(own, own, VICTIM.unusedLaunchConfiguration, `launch-template/${VICTIM.launchTemplate}`),
      'was-sizes': pick('0 0 0', '1 3 3', '1 9 9', '3 3 1'),
      'was-suspended': pick('none', 'Launch Terminate', 'ReplaceUnhealthy HealthCheck'),
      'was-protected': pick('on', 'off'),
      'keep-old': pick('true', 'false'),
      'from-version': pick('none', '1.20.2', '9.9.9'),
      'allow-downgrade': pick('true', 'false'),
      started: new Date(nowMs - this.#chance.between(0, 1e9)).toISOString(),
    };
  }

  /** The victim's launch template, as a record names the one that a group launches from. */
  #versionOfVictim(): string {
    const found = [...this.#oracle.state.launchTemplates.values()].find(({ name }) => name === VICTIM.launchTemplate);
    return `launch-template/${found?.templateId ?? 'lt-0'}/1/number/1/group/${VICTIM.launchTemplate}`;
  }
}

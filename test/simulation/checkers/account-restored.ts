import { listForeignResources, listOwnResources, listSuccessorResources } from '../account.js';
import type { Oracle } from '../oracle.js';
import type { SimulationEnd } from '../simulation-end.js';
import type { Checker } from './checker.js';

/** only-our-own: resources that do not belong to the cluster are unchanged, whatever the outcome. */
export function createForeignResourcesChecker(): Checker {
  return {
    invariant: 'only-our-own',
    atEnd: (oracle, { before }) => findChanged(before.foreign, listForeignResources(oracle)),
  };
}

/** everything-restored: temporary resources of the roll are deleted, and no other resource is. */
export function createAccountRestoredChecker(): Checker {
  return { invariant: 'everything-restored', atEnd: findAccountDifference };
}

function findAccountDifference(oracle: Oracle, ending: SimulationEnd): string | undefined {
  const { before } = ending;
  const { environment, oldGroup } = oracle;
  const leftOver = findLeftOver(before.foreign, listForeignResources(oracle));
  if (leftOver !== undefined) return leftOver;
  switch (ending.outcome) {
    case 'refused':
    case 'rolled-back':
      return (
        findDifference(before.own, listOwnResources(environment, oldGroup)) ??
        findProtected(oracle, ending, 'old') ??
        findLeftOverKeys(oracle, ending)
      );
    case 'rolled':
      return (
        findDifference(before.rolledCopies, listRolledResources(oracle)) ??
        findProtected(oracle, ending, 'new') ??
        checkOldGroup(oracle, ending) ??
        findOldInstance(oracle, ending) ??
        findLeftOverKeys(oracle, ending)
      );
    default:
      return undefined;
  }
}

type Resources = ReadonlyMap<string, string>;

/** The first resource that differs, is gone or is new. */
function findDifference(before: Resources, now: Resources): string | undefined {
  return findChanged(before, now) ?? findLeftOver(before, now);
}

function findChanged(before: Resources, now: Resources): string | undefined {
  for (const [name, was] of before) {
    const is = now.get(name);
    if (is === undefined) return `${name} is gone`;
    if (is !== was) return `${name} was changed: ${excerpt(is, was)} instead of ${excerpt(was, is)}`;
  }
  return undefined;
}

function findLeftOver(before: Resources, now: Resources): string | undefined {
  const added = [...now.keys()].find((name) => !before.has(name));
  return added && `${added} is left over`;
}

/** The part of a text from where it differs from another. */
function excerpt(text: string, other: string): string {
  let at = 0;
  while (text[at] !== undefined && text[at] === other[at]) at++;
  return `…${text.slice(Math.max(0, at - 30), at + 50)}…`;
}

/** The resources that replaced the old group. */
function listRolledResources(oracle: Oracle): Resources {
  const { environment, oldGroup, inPlaceOnto } = oracle;
  return inPlaceOnto === undefined ? listSuccessorResources(oracle) : listOwnResources(environment, oldGroup);
}

/** What launches servers, or sets the size of a group. */
const LAUNCHING = ['Launch', 'ScheduledActions', 'AlarmNotification'] as const;

/** The old group and its launch source are deleted, or with `--keep-old` the group is kept empty, and acts no more. */
function checkOldGroup(oracle: Oracle, { keepOld }: SimulationEnd): string | undefined {
  if (oracle.inPlaceOnto !== undefined) return undefined;
  const old = oracle.group('old');
  if (!keepOld) return old && `${old.name} is still there`;
  if (old === undefined) return 'the old group was to be kept';
  if (old.members.size > 0) return `${old.name} is kept with ${old.members.size} instances`;
  const active = LAUNCHING.find((process) => !old.suspended.has(process));
  return active && `${old.name} is kept with ${active} active`;
}

/** Scale-in protection: of a server as it was, of a new one as its group launches it. */
function findProtected(oracle: Oracle, { before }: SimulationEnd, side: 'old' | 'new'): string | undefined {
  const group = oracle.group(side);
  for (const [id, { protectedFromScaleIn }] of group?.members ?? []) {
    const was = before.protection.get(id) ?? group?.fields.NewInstancesProtectedFromScaleIn === true;
    if (was !== protectedFromScaleIn) return `${id} ends ${was ? 'without' : 'with'} protection from scale-in`;
  }
  return undefined;
}

/** Every instance runs the image of the roll. */
function findOldInstance(oracle: Oracle, { imageId }: SimulationEnd): string | undefined {
  const { state, foreign } = oracle;
  for (const { instanceId, spec, state: phase } of state.instances.values()) {
    if (foreign.groups.has(oracle.launcherOf(instanceId) ?? '')) continue;
    const isLive = phase === 'pending' || phase === 'running';
    if (isLive && spec.image.imageId !== imageId) return `${instanceId} runs ${spec.image.imageId}`;
  }
  return undefined;
}

/**
 * Keys of the roll in Consul. The journal and the history stay. Of a run that could not clear up after itself a lock stays, which
 * expires, and before its first change what others had, which the next roll overwrites.
 */
function findLeftOverKeys({ raft }: Oracle, { undisturbed, outcome }: SimulationEnd): string | undefined {
  const keys = raft.store.keys.list('consul-roll/').entries.map(({ key }) => key);
  const staying = ['journal', 'history'];
  if (!undisturbed) staying.push('lock');
  if (!undisturbed && outcome === 'refused') staying.push('before');
  const left = keys.filter((key) => !staying.some((name) => key.endsWith(`/${name}`)));
  return left.length === 0 ? undefined : `the keys ${left.join(', ')} are left over`;
}

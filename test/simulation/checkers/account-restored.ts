import { listForeignResources, listOwnResources, listSuccessorResources } from '../account.js';
import type { Ending } from '../ending.js';
import type { Oracle } from '../oracle.js';
import type { Checker } from './checker.js';

/** only-our-own: what does not belong to the cluster is as it was, however the roll ended. */
export function createForeignResourcesChecker(): Checker {
  return {
    invariant: 'only-our-own',
    atEnd: ({ universe, oldGroup }, { before }) =>
      findChanged(before.foreign, listForeignResources(universe, oldGroup)),
  };
}

/** everything-restored: what the roll created and does not need is gone, and nothing else is. */
export function createAccountRestoredChecker(): Checker {
  return { invariant: 'everything-restored', atEnd: findAccountDifference };
}

function findAccountDifference(truth: Oracle, ending: Ending): string | undefined {
  const { before } = ending;
  const { universe, oldGroup } = truth;
  const leftOver = findLeftOver(before.foreign, listForeignResources(universe, oldGroup));
  if (leftOver !== undefined) return leftOver;
  switch (ending.outcome) {
    case 'refused':
    case 'rolled-back':
      return difference(before.own, listOwnResources(universe, oldGroup)) ?? remains(truth, ending);
    case 'rolled':
      return (
        difference(before.rolledCopies, rolledOf(truth)) ??
        kept(truth, ending) ??
        mixed(truth, ending) ??
        remains(truth, ending)
      );
    default:
      return undefined;
  }
}

type Resources = ReadonlyMap<string, string>;

/** The first resource that differs, is gone or is new. */
function difference(before: Resources, now: Resources): string | undefined {
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

/** Where a text begins to differ from another. */
function excerpt(text: string, other: string): string {
  let at = 0;
  while (text[at] !== undefined && text[at] === other[at]) at++;
  return `…${text.slice(Math.max(0, at - 30), at + 50)}…`;
}

/** What replaced the old group. */
function rolledOf({ universe, oldGroup, inPlaceOnto }: Oracle): Resources {
  return inPlaceOnto === undefined ? listSuccessorResources(universe, oldGroup) : listOwnResources(universe, oldGroup);
}

/** The old group is gone with its template, or kept empty where that was asked for. */
function kept(truth: Oracle, { keepOld }: Ending): string | undefined {
  if (truth.inPlaceOnto !== undefined) return undefined;
  const old = truth.group('old');
  if (!keepOld) return old && `${old.name} is still there`;
  if (old === undefined) return 'the old group was to be kept';
  return old.members.size === 0 ? undefined : `${old.name} is kept with ${old.members.size} instances`;
}

/** Every server that is there runs the image of the roll. */
function mixed({ state }: Oracle, { imageId }: Ending): string | undefined {
  for (const { instanceId, spec, state: phase } of state.instances.values()) {
    const lives = phase === 'pending' || phase === 'running';
    if (lives && spec.image.imageId !== imageId) return `${instanceId} runs ${spec.image.imageId}`;
  }
  return undefined;
}

/** Keys of the roll in Consul. The journal stays; a lock that could not be given back expires by itself. */
function remains({ raft }: Oracle, { undisturbed }: Ending): string | undefined {
  const keys = raft.store.keys.list('consul-roll/').entries.map(({ key }) => key);
  const left = keys.filter((key) => !key.endsWith('/journal') && (undisturbed || !key.endsWith('/lock')));
  return left.length === 0 ? undefined : `the keys ${left.join(', ')} are left over`;
}

import { listForeignResources, listOwnResources, listSuccessorResources } from '../account.js';
import type { Ending } from '../ending.js';
import type { Oracle } from '../truth.js';
import type { Checker } from './checker.js';

/** 10: what was made and not needed is gone, and nothing is gone but what was to be replaced. */
export function createAccountRestoredChecker(): Checker {
  return { invariant: '10', atEnd: findAccountDifference };
}

function findAccountDifference(truth: Oracle, ending: Ending): string | undefined {
  const { before } = ending;
  const { universe, oldGroup } = truth;
  const foreign = difference(before.foreign, listForeignResources(universe, oldGroup));
  if (foreign !== undefined) return `somebody else's ${foreign}`;
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

/** The first resource that is not as it was. */
function difference(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string | undefined {
  for (const [name, was] of before) {
    const is = now.get(name);
    if (is === undefined) return `${name} is gone`;
    if (is !== was) return `${name} is not as it was: ${excerpt(is, was)} instead of ${excerpt(was, is)}`;
  }
  for (const name of now.keys()) if (!before.has(name)) return `${name} is left over`;
  return undefined;
}

/** Where a text begins to differ from another. */
function excerpt(text: string, other: string): string {
  let at = 0;
  while (text[at] !== undefined && text[at] === other[at]) at++;
  return `…${text.slice(Math.max(0, at - 30), at + 50)}…`;
}

/** What there is in the stead of the old group. */
function rolledOf({ universe, oldGroup, inPlaceOnto }: Oracle): ReadonlyMap<string, string> {
  return inPlaceOnto === undefined
    ? listSuccessorResources(universe, oldGroup)
    : listOwnResources(universe, oldGroup);
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

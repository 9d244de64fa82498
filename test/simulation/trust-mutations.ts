import { chooseOwnGroup } from '../../src/lib/engine/observe/own-group.js';
import { findForeignName, findUnprovedGroup } from '../../src/lib/engine/observe/own-names.js';
import { readStore } from '../../src/lib/engine/observe/read-store.js';
import { listUntagged } from '../../src/lib/engine/observe/untagged-groups.js';
import { requireConfirmed } from '../../src/lib/engine/safety/leadership.js';
import { readIntent } from '../../src/lib/model/tags.js';
import { type Mutation, NO_FAULTS, replace } from './mutation.js';

/** Broken rules of what is believed. */
export const TRUST_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a roll is what the tags of a group say',
    breaks: 'only-our-own',
    replaces: [
      replace(requireConfirmed, () => () => undefined),
      replace(findForeignName, () => () => undefined),
      replace(readStore, (original) => async (engine, cluster, query) => {
        const [intent] = query.groups.flatMap((group) => readIntent(group) ?? []);
        if (intent === undefined) return original(engine, cluster, query);
        return { record: { intent, side: 'old' }, believed: undefined, members: new Set(), unvouched: [] };
      }),
    ],
    provokedBy: { ...NO_FAULTS, adversary: 'tags', changesMind: true, kills: [25] },
  },
  {
    name: 'the oldest of several groups is the cluster',
    breaks: 'token-to-members-only',
    replaces: [
      replace(
        chooseOwnGroup,
        () =>
          ([first]) =>
            first,
      ),
    ],
    provokedBy: { ...NO_FAULTS, adversary: 'tags', victimIsOlder: true, rolledBefore: true, needsToken: true },
  },
  {
    name: 'the cluster is the group that has its name in a tag',
    breaks: 'token-to-members-only',
    replaces: [replace(listUntagged, () => () => [])],
    provokedBy: { ...NO_FAULTS, adversary: 'tags', needsToken: true },
  },
  {
    name: 'a record may name any group',
    breaks: 'only-our-own',
    replaces: [replace(findForeignName, () => () => undefined), replace(findUnprovedGroup, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, adversary: 'store', changesMind: true, kills: [25] },
  },
];

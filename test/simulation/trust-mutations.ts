import { findForeignName } from '../../src/lib/engine/observe/own-names.js';
import { readStore } from '../../src/lib/engine/observe/read-store.js';
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
      replace(readStore, (original) => async (engine, cluster, groups, name) => {
        const [intent] = groups.flatMap((group) => readIntent(group) ?? []);
        return intent === undefined ? original(engine, cluster, groups, name) : { intent, side: 'old' };
      }),
    ],
    provokedBy: { ...NO_FAULTS, adversary: 'tags' },
  },
  {
    name: 'a record may name any group',
    breaks: 'only-our-own',
    replaces: [replace(findForeignName, () => () => undefined)],
    provokedBy: { ...NO_FAULTS, adversary: 'store' },
  },
];

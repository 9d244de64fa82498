import { findForeignName } from '../../src/lib/engine/observe/own-names.js';
import { readStore } from '../../src/lib/engine/observe/read-store.js';
import { checkSafety } from '../../src/lib/engine/safety/safety.js';
import { isConfirmed } from '../../src/lib/model/servers.js';
import { readIntent } from '../../src/lib/model/tags.js';
import { type Mutation, NO_FAULTS, replace } from './mutation.js';

/** Broken rules of what is believed. */
export const TRUST_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a roll is what the tags of a group say',
    breaks: 'only-our-own',
    replaces: [
      replace(checkSafety, () => () => undefined),
      replace(isConfirmed, () => () => true),
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

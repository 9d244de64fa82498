import type { Intent } from '../model/intent.js';
import { type Addresses, asKind, GROUP_TYPE, guessedAddresses, TEMPLATE_TYPES } from './addresses.js';
import type { Tracked } from './tracked.js';

/** What is known of the Terraform that made the old group. */
export interface Knowledge {
  /** Addresses that somebody gave; they overrule the state's. */
  readonly given: Partial<Addresses>;
  /** What its state tracks, as of before the roll; undefined where no state was given. */
  readonly tracked: readonly Tracked[] | undefined;
}

/** Where the addresses come from: only those that somebody gave, or a state, are certain. */
export type AddressSource = 'given' | 'state' | 'guessed';

/** The addresses to speak of. */
export interface KnownAddresses {
  readonly group: string;
  /** Undefined where the state tracks the group, but not what it launches from. */
  readonly template: string | undefined;
  readonly source: AddressSource;
}

/** The resource of the old group in a state; undefined where the state does not track it. */
export function trackedGroup({ oldGroup }: Pick<Intent, 'oldGroup'>, tracked: readonly Tracked[]) {
  return named(tracked, GROUP_TYPE, oldGroup);
}

/** What the old group and its template are called in Terraform: as given, else as the state says, else a guess. */
export function addressesOf(intent: Intent, { given, tracked }: Knowledge): KnownAddresses {
  const { kind, name } = intent.oldTemplate;
  // Whoever converts a template may have thought of what it becomes.
  const template = given.template === undefined ? undefined : asKind(given.template, kind);
  const guessed = guessedAddresses(kind);
  if (tracked === undefined) {
    const certain = given.group !== undefined && template !== undefined;
    return {
      group: given.group ?? guessed.group,
      template: template ?? guessed.template,
      source: certain ? 'given' : 'guessed',
    };
  }
  const group = given.group ?? trackedGroup(intent, tracked)?.address;
  return {
    group: group ?? guessed.group,
    template: template ?? named(tracked, TEMPLATE_TYPES[kind], name)?.address,
    source: group === undefined ? 'guessed' : 'state',
  };
}

function named(tracked: readonly Tracked[], type: string, name: string): Tracked | undefined {
  return tracked.find((one) => one.type === type && one.values.name === name);
}

import type { Outcome, RollResult } from '../model/event.js';
import { type Intent, isInPlace } from '../model/intent.js';
import { TAG_PREFIX } from '../model/tags.js';
import { type AddressSource, addressesOf, type Knowledge } from './address-book.js';
import { type Attached, attachedTo, type Import } from './attached.js';
import { type Conversion, ignoring, type Setting, templateChange } from './template-change.js';
import { hclString } from './text.js';

/** What brings Terraform's state in line with a roll. */
export type Adoption = Adopt | { readonly kind: 'nothing'; readonly because: NothingToAdopt };

/** Terraform must forget what the roll replaced, and adopt what it made. */
export interface Adopt {
  readonly kind: 'adopt';
  readonly source: AddressSource;
  /** Addresses to remove from the state. */
  readonly forget: readonly string[];
  readonly imports: readonly Import[];
  /** Of `forget`, those that no import brings back: Terraform adds them again, onto a group that has them already. */
  readonly addedAgain: readonly string[];
  /** What the configuration must say for a plan to be empty. */
  readonly settings: readonly Setting[];
  /** The group launches from a template of another kind now; undefined where it does not. */
  readonly conversion: Conversion | undefined;
}

/** Why there is nothing to adopt. */
export type NothingToAdopt = 'rolled-back' | 'nothing-changed' | 'not-ended';

/** What Terraform must be told about how a roll ended. */
export function adoptionAfter(result: RollResult, knowledge: Knowledge): Adoption {
  const { outcome, intent, survey, unbegun } = result;
  if (outcome !== 'rolled' || intent === undefined) {
    return { kind: 'nothing', because: unbegun ? 'nothing-changed' : REASONS[outcome] };
  }
  const { tracked = [] } = knowledge;
  const { group, template, source } = addressesOf(intent, knowledge);
  const launchTemplateId = survey?.launchTemplate?.id;
  const change =
    template === undefined ? undefined : templateChange(intent, template, launchTemplateId, tracked);
  const moved = isInPlace(intent) ? [] : [{ address: group, importId: intent.newGroup }];
  const parts = isInPlace(intent) ? [] : attachedTo(tracked, intent.oldGroup, intent.newGroup);
  return {
    kind: 'adopt',
    source,
    forget: [...moved.map(addressOf), ...(change?.forget ?? []), ...parts.map(addressOf)],
    imports: [...moved.flatMap(importOf), ...(change?.imports ?? []), ...parts.flatMap(importOf)],
    addedAgain: parts.filter(({ importId }) => importId === undefined).map(addressOf),
    settings: [...(change === undefined ? [] : [change.setting]), ...groupSettings(intent, group)],
    conversion: change?.conversion,
  };
}

const REASONS: Readonly<Record<Outcome, NothingToAdopt>> = {
  rolled: 'nothing-changed',
  'nothing-to-do': 'nothing-changed',
  refused: 'nothing-changed',
  locked: 'nothing-changed',
  'rolled-back': 'rolled-back',
  stopped: 'not-ended',
  'quorum-at-risk': 'not-ended',
  interrupted: 'not-ended',
};

function addressOf({ address }: Attached): string {
  return address;
}

function importOf({ address, importId }: Attached): Import[] {
  return importId === undefined ? [] : [{ to: address, id: importId }];
}

/**
 * The new group's name is ours, and a configuration that names its group would have the provider replace it; the tag
 * that names the cluster is ours too.
 */
function groupSettings(intent: Intent, group: string): Setting[] {
  if (isInPlace(intent)) return [];
  const tags = `ignore_tags { key_prefixes = [${hclString(TAG_PREFIX)}] }`;
  return [
    { block: group, lines: [ignoring(['name', 'name_prefix'])] },
    { block: 'provider "aws"', lines: [tags] },
  ];
}

import type { Outcome, RollResult } from '../model/event.js';
import { type Intent, isInPlace } from '../model/intent.js';
import { TAG_PREFIX } from '../model/tags.js';
import { type AddressSource, addressesOf, type Knowledge, type KnownAddresses } from './address-book.js';
import { guessedAddresses, type TemplateKind } from './addresses.js';
import { type Attached, attachedTo, type Import } from './attached.js';
import { hclString } from './text.js';
import type { Tracked } from './tracked.js';

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
}

/** Why there is nothing to adopt. */
export type NothingToAdopt = 'rolled-back' | 'nothing-changed' | 'not-ended';

/** Lines that a block of the configuration must hold. */
export interface Setting {
  /** A resource's address, or `provider "aws"`. */
  readonly block: string;
  readonly lines: readonly string[];
}

/** What Terraform must be told about how a roll ended. */
export function adoptionAfter(result: RollResult, knowledge: Knowledge): Adoption {
  const { outcome, intent, survey } = result;
  if (outcome !== 'rolled' || intent === undefined) return { kind: 'nothing', because: REASONS[outcome] };
  const kind = intent.oldTemplate.kind;
  const addresses = addressesOf(intent, kind, knowledge);
  const replaced = replacedBy(intent, addresses);
  const converted = convertedIn(intent, survey?.launchTemplate?.id);
  const parts = isInPlace(intent)
    ? []
    : attachedTo(knowledge.tracked ?? [], intent.oldGroup, intent.newGroup);
  return {
    kind: 'adopt',
    source: addresses.source,
    forget: [
      ...replaced.map(({ to }) => to),
      ...goneWith(intent, addresses),
      ...parts.map(({ address }) => address),
    ],
    imports: [...replaced, ...converted, ...parts.flatMap(importOf)],
    addedAgain: parts.filter(({ importId }) => importId === undefined).map(({ address }) => address),
    settings: settingsFor(intent, kind, addresses, knowledge.tracked ?? []),
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

/**
 * What has a new id at its old address: the group unless the roll was in place, a launch configuration where it made
 * another one. A launch template is the same one with a new version.
 */
function replacedBy(intent: Intent, { group, template }: KnownAddresses): Import[] {
  const { oldTemplate, newTemplate, newGroup } = intent;
  const moved = newTemplate.kind === 'launch-configuration' && oldTemplate.kind === newTemplate.kind;
  return [
    ...(isInPlace(intent) ? [] : [{ to: group, id: newGroup }]),
    ...(moved && template !== undefined ? [{ to: template, id: newTemplate.name }] : []),
  ];
}

/** A template of another kind than before, at the address such a one has in most configurations. */
function convertedIn({ oldTemplate, newTemplate }: Intent, launchTemplateId: string | undefined): Import[] {
  if (newTemplate.kind === 'launch-template-version' || newTemplate.kind === oldTemplate.kind) return [];
  const id = newTemplate.kind === 'launch-template' ? launchTemplateId : newTemplate.name;
  return id === undefined ? [] : [{ to: guessedAddresses(newTemplate.kind).template, id }];
}

/** A launch configuration whose contents are a launch template now was deleted; a launch template stays. */
function goneWith({ oldTemplate, newTemplate }: Intent, { template }: KnownAddresses): string[] {
  const gone = oldTemplate.kind === 'launch-configuration' && newTemplate.kind !== oldTemplate.kind;
  return gone && template !== undefined ? [template] : [];
}

function importOf({ address, importId }: Attached): Import[] {
  return importId === undefined ? [] : [{ to: address, id: importId }];
}

/**
 * The new names are ours, and a configuration that names its group or launch configuration would have the provider
 * replace them; the tag that names the cluster is ours too.
 */
function settingsFor(
  intent: Intent,
  kind: TemplateKind,
  { group, template }: KnownAddresses,
  tracked: readonly Tracked[],
): Setting[] {
  const settings: Setting[] = [];
  if (template !== undefined) {
    const image = `image_id = ${hclString(intent.imageId)}`;
    // What the roll wrote as the description of its version is no part of anybody's configuration.
    const named =
      kind === 'launch-configuration'
        ? [ignoring(['name', 'name_prefix', ...userDataOf(template, tracked)])]
        : [ignoring(['description'])];
    settings.push({ block: template, lines: [image, ...named] });
  }
  if (isInPlace(intent)) return settings;
  const tags = `ignore_tags { key_prefixes = [${hclString(TAG_PREFIX)}] }`;
  return [
    ...settings,
    { block: group, lines: [ignoring(['name', 'name_prefix'])] },
    { block: 'provider "aws"', lines: [tags] },
  ];
}

function ignoring(what: readonly string[]): string {
  return `lifecycle { ignore_changes = [${what.join(', ')}] }`;
}

/** An imported launch configuration has its user data as `user_data`, whichever argument the configuration uses. */
function userDataOf(address: string, tracked: readonly Tracked[]): string[] {
  const encoded = tracked.find((one) => one.address === address)?.values.user_data_base64;
  return typeof encoded === 'string' && encoded !== '' ? ['user_data', 'user_data_base64'] : [];
}

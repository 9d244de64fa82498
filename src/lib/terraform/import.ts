import { type Intent, isInPlace } from '../model/intent.js';
import { findChangeExtent, type RollResult } from '../model/outcome.js';
import { TAG_PREFIX } from '../model/tags.js';
import {
  type AddressSource,
  getNewLaunchSourceKind,
  replaceResourceType,
  resolveAddresses,
  type StateResource,
  type TerraformSources,
} from './state.js';

/** What brings Terraform's state in line with a roll. */
export type TerraformImport = RequiredImport | { readonly kind: 'nothing'; readonly because: NoImportReason };

/** Terraform must forget what the roll replaced, and adopt what it made. */
export interface RequiredImport {
  readonly kind: 'adopt';
  readonly source: AddressSource;
  /** Addresses to remove from the state. */
  readonly forget: readonly string[];
  readonly imports: readonly ImportBlock[];
  /** Of `forget`, those that no import brings back: Terraform adds them again, onto a group that has them already. */
  readonly addedAgain: readonly string[];
  /** What the configuration must say for a plan to be empty. */
  readonly settings: readonly TerraformSetting[];
  /** The group launches from a template of another kind now; undefined where it does not. */
  readonly conversion: ResourceConversion | undefined;
}

/** Why there is nothing to adopt. */
export type NoImportReason = 'rolled-back' | 'nothing-changed' | 'not-ended';

/** What Terraform must be told about how a roll ended. */
export function planTerraformImport(result: RollResult, knowledge: TerraformSources): TerraformImport {
  const { outcome, intent, observation } = result;
  const unbegun = findChangeExtent(result) === 'nothing';
  if (outcome !== 'rolled' || intent === undefined) {
    return { kind: 'nothing', because: unbegun ? 'nothing-changed' : NO_IMPORT_REASONS[outcome] };
  }
  const { state: tracked = [] } = knowledge;
  const { group, template, source } = resolveAddresses(intent, knowledge);
  const launchTemplateId = observation?.launchTemplate?.id;
  const change =
    template === undefined ? undefined : planLaunchSourceChange(intent, template, launchTemplateId, tracked);
  const moved = isInPlace(intent) ? [] : [{ address: group, importId: intent.newGroup }];
  const parts = isInPlace(intent) ? [] : findAttachedResources(tracked, intent.oldGroup, intent.newGroup);
  return {
    kind: 'adopt',
    source,
    forget: [...moved.map(getAddress), ...(change?.forget ?? []), ...parts.map(getAddress)],
    imports: [
      ...moved.flatMap(buildImportBlocks),
      ...(change?.imports ?? []),
      ...parts.flatMap(buildImportBlocks),
    ],
    addedAgain: parts.filter(({ importId }) => importId === undefined).map(getAddress),
    settings: [...(change === undefined ? [] : [change.setting]), ...listGroupSettings(intent, group)],
    conversion: change?.conversion,
  };
}

const NO_IMPORT_REASONS: Readonly<Record<RollResult['outcome'], NoImportReason>> = {
  rolled: 'nothing-changed',
  'nothing-to-do': 'nothing-changed',
  refused: 'nothing-changed',
  'rolled-back': 'rolled-back',
  stopped: 'not-ended',
  'quorum-at-risk': 'not-ended',
  interrupted: 'not-ended',
};

function getAddress({ address }: AttachedResource): string {
  return address;
}

function buildImportBlocks({ address, importId }: AttachedResource): ImportBlock[] {
  return importId === undefined ? [] : [{ to: address, id: importId }];
}

/**
 * The new group's name is ours, and a configuration that names its group would have the provider replace it; the tag
 * that names the cluster is ours too.
 */
function listGroupSettings(intent: Intent, group: string): TerraformSetting[] {
  if (isInPlace(intent)) return [];
  const tags = `ignore_tags { key_prefixes = [${quoteHcl(TAG_PREFIX)}] }`;
  return [
    { block: group, lines: [formatIgnoreChanges(['name', 'name_prefix'])] },
    { block: 'provider "aws"', lines: [tags] },
  ];
}

/** One `import` block. */
export interface ImportBlock {
  /** The resource's address. */
  readonly to: string;
  /** What AWS's provider calls it. */
  readonly id: string;
}

/** A resource that belongs to the old group, and what becomes of it; its copy stands on the new group already. */
export interface AttachedResource {
  readonly address: string;
  /** The copy's id; undefined for a kind the provider cannot import: Terraform makes it again, which changes nothing. */
  readonly importId: string | undefined;
}

/** How the resources that name a group do so, and their import ids. */
interface AttachmentType {
  readonly group: string;
  readonly importId?: (group: string, values: StateResource['values']) => string;
}

const ATTACHMENT_TYPES: Readonly<Record<string, AttachmentType>> = {
  aws_autoscaling_attachment: { group: 'autoscaling_group_name' },
  aws_autoscaling_group_tag: {
    group: 'autoscaling_group_name',
    importId: (group, { tag }) => `${group},${toText(Array.isArray(tag) ? tag[0]?.key : undefined)}`,
  },
  aws_autoscaling_lifecycle_hook: {
    group: 'autoscaling_group_name',
    importId: (group, { name }) => `${group}/${toText(name)}`,
  },
  aws_autoscaling_notification: { group: 'group_names' },
  aws_autoscaling_policy: {
    group: 'autoscaling_group_name',
    importId: (group, { name }) => `${group}/${toText(name)}`,
  },
  aws_autoscaling_schedule: {
    group: 'autoscaling_group_name',
    importId: (group, { scheduled_action_name: name }) => `${group}/${toText(name)}`,
  },
  aws_autoscaling_traffic_source_attachment: { group: 'autoscaling_group_name' },
};

/** Every resource of the state that is a part of the old group without being it. */
export function findAttachedResources(
  tracked: readonly StateResource[],
  oldGroup: string,
  newGroup: string,
): AttachedResource[] {
  return tracked.flatMap(({ address, type, values }) => {
    const kind = ATTACHMENT_TYPES[type];
    if (kind === undefined || !refersToGroup(values[kind.group], oldGroup)) return [];
    return [{ address, importId: kind.importId?.(newGroup, values) }];
  });
}

function refersToGroup(value: unknown, group: string): boolean {
  return Array.isArray(value) ? value.includes(group) : value === group;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The first line of every file written here, by which one is known again. */
export const IMPORT_FILE_MARK = '# Written by consul-roll: what Terraform must import after a roll.';

/** `import` blocks (Terraform 1.5 and later), a line each. */
export function formatImportBlocks(imports: readonly ImportBlock[]): string[] {
  return imports.flatMap(({ to, id }) => ['import {', `  to = ${to}`, `  id = ${quoteHcl(id)}`, '}']);
}

/** The commands that have the state forget what the roll replaced; nothing is destroyed by them. */
export function formatStateRmCommands({ forget }: RequiredImport): string[] {
  return forget.length === 0 ? [] : [['terraform state rm', ...forget.map(quoteShell)].join(' ')];
}

/**
 * What a plan with the import blocks must say; one that destroys or replaces must not be applied. It may change
 * settings that only Terraform knows, like `force_delete`: AWS cannot tell it those at an import.
 */
export function formatExpectedPlan({ imports, addedAgain }: RequiredImport): string {
  if (imports.length + addedAgain.length === 0) return 'No changes';
  return `${imports.length} to import, ${addedAgain.length} to add, 0 to destroy`;
}

/** A configuration file with the import blocks, and what else is to be done as comments. */
export function formatImportFile(adopt: RequiredImport): string {
  const { settings, imports, forget } = adopt;
  const steps = [
    'The configuration must say:',
    ...settings.flatMap(({ block, lines }) => lines.map((line) => `  ${block}: ${line}`)),
    ...formatConversion(adopt),
    '',
    ...(forget.length === 0 ? [] : ['The state must forget what was replaced:']),
    ...formatStateRmCommands(adopt).map((command) => `  ${command}`),
    ...(forget.length === 0 ? [] : ['']),
    `Then terraform plan says: ${formatExpectedPlan(adopt)}. What it changes are settings that only`,
    'Terraform knows, like force_delete. Apply that, and delete this file. Do not apply a plan that',
    'destroys or replaces anything.',
  ];
  const comments = steps.map((step) => (step === '' ? '#' : `# ${step}`));
  return `${[IMPORT_FILE_MARK, '#', ...comments, '', ...formatImportBlocks(imports)].join('\n')}\n`;
}

function formatConversion({ conversion }: RequiredImport): string[] {
  if (conversion === undefined) return [];
  const { from, to } = conversion;
  return [`${to} takes the place of ${from}, and the group launches from it.`];
}

/** Lines that a block of the configuration must hold. */
export interface TerraformSetting {
  /** A resource's address, or `provider "aws"`. */
  readonly block: string;
  readonly lines: readonly string[];
}

/** A resource that takes the place of one of another type, which nobody but a person can write down. */
export interface ResourceConversion {
  readonly from: string;
  readonly to: string;
}

/** What became of the resource that the old group was launched from. */
export interface LaunchSourceChange {
  readonly forget: readonly string[];
  readonly imports: readonly ImportBlock[];
  readonly setting: TerraformSetting;
  readonly conversion: ResourceConversion | undefined;
}

/**
 * A launch configuration has a successor, under the same address or as a launch template; a launch template stays the
 * same resource, with a new version.
 *
 * @param address of the old template
 * @param launchTemplateId of the launch template the new group is on
 */
export function planLaunchSourceChange(
  intent: Intent,
  address: string,
  launchTemplateId: string | undefined,
  tracked: readonly StateResource[],
): LaunchSourceChange {
  const to = replaceResourceType(address, getNewLaunchSourceKind(intent));
  const { nextLaunchSource } = intent;
  const image = `image_id = ${quoteHcl(intent.imageId)}`;
  const ignored = listIgnoredChanges(intent, address, tracked);
  const change = {
    setting: { block: to, lines: [image, formatIgnoreChanges(ignored)] },
    conversion: to === address ? undefined : { from: address, to },
  };
  if (nextLaunchSource.kind === 'launch-template-version') return { ...change, forget: [], imports: [] };
  const id = nextLaunchSource.kind === 'launch-configuration' ? nextLaunchSource.name : launchTemplateId;
  return { ...change, forget: [address], imports: id === undefined ? [] : [{ to, id }] };
}

/** Arguments whose values are the roll's own, or that an import cannot tell. */
function listIgnoredChanges(intent: Intent, address: string, tracked: readonly StateResource[]): string[] {
  switch (intent.nextLaunchSource.kind) {
    case 'launch-configuration':
      return ['name', 'name_prefix', ...formatUserData(address, tracked)];
    case 'launch-template':
      return ['name', 'name_prefix', 'description'];
    case 'launch-template-version':
      return ['description'];
  }
}

export function formatIgnoreChanges(what: readonly string[]): string {
  return `lifecycle { ignore_changes = [${what.join(', ')}] }`;
}

/** An imported launch configuration has its user data as `user_data`, whichever argument the configuration uses. */
function formatUserData(address: string, tracked: readonly StateResource[]): string[] {
  const encoded = tracked.find((one) => one.address === address)?.values.user_data_base64;
  return typeof encoded === 'string' && encoded !== '' ? ['user_data', 'user_data_base64'] : [];
}

/** A quoted string of HCL: templates in it are escaped, so that it means itself. */
export function quoteHcl(text: string): string {
  return JSON.stringify(text).replaceAll(/([$%])\{/g, '$1$1{');
}

/** One word of a POSIX shell, quoted only where it must be. */
export function quoteShell(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

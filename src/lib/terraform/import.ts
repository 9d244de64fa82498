import type { LaunchSourceKind } from '../model/cluster-spec.js';
import type { Intent } from '../model/intent.js';
import { asLaunchConfiguration, type NextLaunchSource } from '../model/launch-source.js';
import { findChangeExtent, type RollResult } from '../model/outcome.js';
import { stringifyPrintable, toPrintable } from '../model/printable.js';
import { TAG_PREFIX } from '../model/tags.js';
import {
  type AddressSource,
  replaceResourceType,
  resolveAddresses,
  type StateResource,
  type TerraformSources,
} from './state.js';

/** What brings Terraform's state in line with a roll. */
export type TerraformImport = RequiredImport | { readonly kind: 'nothing'; readonly because: NoImportReason };

/** Terraform's state must drop what the roll replaced, and import what it created. */
export interface RequiredImport {
  readonly kind: 'import';
  readonly source: AddressSource;
  /** Addresses to remove from the state. */
  readonly stateRm: readonly string[];
  readonly imports: readonly ImportBlock[];
  /** Those of `stateRm` that cannot be imported: Terraform adds them to a group that has them already. */
  readonly addedAgain: readonly string[];
  /** What the configuration must contain for an empty plan. */
  readonly settings: readonly TerraformSetting[];
  /** The new launch source is of another resource type; otherwise undefined. */
  readonly conversion: ResourceConversion | undefined;
}

export type NoImportReason = 'rolled-back' | 'nothing-changed' | 'not-ended';

/** @param createdGroup the group that the roll created beside the old one, if it did */
export function planTerraformImport(
  result: RollResult,
  sources: TerraformSources,
  createdGroup: string | undefined,
): TerraformImport {
  const { outcome, intent, observation } = result;
  const isUnchanged = findChangeExtent(result) === 'nothing';
  if (outcome !== 'rolled' || intent === undefined) {
    return { kind: 'nothing', because: isUnchanged ? 'nothing-changed' : NO_IMPORT_REASONS[outcome] };
  }
  const { state: resources = [] } = sources;
  const { group, launchSource, source } = resolveAddresses(intent, sources);
  const launchTemplateId = observation?.launchTemplate?.id;
  const change =
    launchSource === undefined ? undefined : planLaunchSourceChange(intent, launchSource, launchTemplateId, resources);
  const moved = createdGroup === undefined ? [] : [{ address: group, importId: createdGroup }];
  const parts = moved.flatMap(({ importId }) => findAttachedResources(resources, intent.oldGroup, importId));
  return {
    kind: 'import',
    source,
    stateRm: [...moved.map(getAddress), ...(change?.stateRm ?? []), ...parts.map(getAddress)],
    imports: [...moved.flatMap(buildImportBlocks), ...(change?.imports ?? []), ...parts.flatMap(buildImportBlocks)],
    addedAgain: parts.filter(({ importId }) => importId === undefined).map(getAddress),
    settings: [...(change === undefined ? [] : [change.setting]), ...moved.flatMap(listGroupSettings)],
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
 * Consul-roll named the new group and tagged it with the name of the cluster. Terraform must ignore both, or it would
 * replace the group.
 */
function listGroupSettings({ address }: AttachedResource): TerraformSetting[] {
  const tags = `ignore_tags { key_prefixes = [${quoteHcl(TAG_PREFIX)}] }`;
  return [
    { block: address, lines: [formatIgnoreChanges(['name', 'name_prefix'])] },
    { block: 'provider "aws"', lines: [tags] },
  ];
}

interface ImportBlock {
  /** Address of the resource. */
  readonly to: string;
  /** Its id for the AWS provider. */
  readonly id: string;
}

/** A resource of the old group that the new group has a copy of. */
interface AttachedResource {
  readonly address: string;
  /** Id of the copy; undefined for a type that cannot be imported: Terraform creates it again, without an effect. */
  readonly importId: string | undefined;
}

/** The attribute that names the group, and the import id. */
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

function findAttachedResources(
  resources: readonly StateResource[],
  oldGroup: string,
  newGroup: string,
): AttachedResource[] {
  return resources.flatMap(({ address, type, values }) => {
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

/** The first line of every import file, by which consul-roll recognises its own. */
export const IMPORT_FILE_MARK = '# Written by consul-roll: what Terraform must import after a roll.';

/** Lines of `import` blocks (Terraform 1.5 and later). */
export function formatImportBlocks(imports: readonly ImportBlock[]): string[] {
  return imports.flatMap(({ to, id }) => ['import {', `  to = ${to}`, `  id = ${quoteHcl(id)}`, '}']);
}

/** Commands that drop what the roll replaced from the state; they destroy nothing. */
export function formatStateRmCommands({ stateRm }: RequiredImport): string[] {
  return stateRm.length === 0 ? [] : [['terraform state rm', ...stateRm.map(quoteShell)].join(' ')];
}

/**
 * The summary that a plan with the import blocks must print. It may change settings that AWS does not store, like
 * `force_delete`; one that destroys or replaces must not be applied.
 */
export function formatExpectedPlan({ imports, addedAgain }: RequiredImport): string {
  if (imports.length + addedAgain.length === 0) return 'No changes';
  return `${imports.length} to import, ${addedAgain.length} to add, 0 to destroy`;
}

/** A configuration file with the import blocks, and the other steps as comments. */
export function formatImportFile(required: RequiredImport): string {
  const { settings, imports, conversion } = required;
  const steps = [
    'The configuration must contain:',
    ...settings.flatMap(({ block, lines }) => lines.map((line) => `  ${block}: ${line}`)),
    ...(conversion ? [`${conversion.to} replaces ${conversion.from}, and the group launches from it.`] : []),
    '',
    ...formatStateRmCommands(required).flatMap((rm) => ['Remove what was replaced from the state:', `  ${rm}`, '']),
    `Then terraform plan prints: ${formatExpectedPlan(required)}. It may change settings that AWS does`,
    'not store, like force_delete. Apply it, and delete this file. Do not apply a plan that destroys or',
    'replaces anything.',
  ];
  const comments = steps.map((step) => (step === '' ? '#' : `# ${step}`));
  const lines = [IMPORT_FILE_MARK, '#', ...comments, '', ...formatImportBlocks(imports)];
  return `${lines.map(toPrintable).join('\n')}\n`;
}

/** Lines that a block of the configuration must contain. */
export interface TerraformSetting {
  /** Address of a resource, or `provider "aws"`. */
  readonly block: string;
  readonly lines: readonly string[];
}

/** A resource that replaces one of another type; the operator must write it. */
interface ResourceConversion {
  readonly from: string;
  readonly to: string;
}

/** The change to the launch source resource of the old group. */
interface LaunchSourceChange {
  readonly stateRm: readonly string[];
  readonly imports: readonly ImportBlock[];
  readonly setting: TerraformSetting;
  readonly conversion: ResourceConversion | undefined;
}

/** The resource of the launch source after a roll, and its arguments that the roll sets or that an import cannot read. */
const NEW_RESOURCES: Readonly<
  Record<NextLaunchSource['kind'], { kind: LaunchSourceKind; isNew: boolean; ignored: readonly string[] }>
> = {
  'launch-configuration': { kind: 'launch-configuration', isNew: true, ignored: ['name', 'name_prefix'] },
  'launch-template': { kind: 'launch-template', isNew: true, ignored: ['name', 'name_prefix', 'description'] },
  'launch-template-version': { kind: 'launch-template', isNew: false, ignored: ['description'] },
};

/**
 * A launch configuration is replaced, at the same address or by a launch template; a launch template stays the same
 * resource with a new version.
 *
 * @param address of the old launch source
 * @param launchTemplateId of the new group
 */
function planLaunchSourceChange(
  intent: Intent,
  address: string,
  launchTemplateId: string | undefined,
  resources: readonly StateResource[],
): LaunchSourceChange {
  const { kind, isNew, ignored } = NEW_RESOURCES[intent.nextLaunchSource.kind];
  const to = replaceResourceType(address, kind);
  const image = `image_id = ${quoteHcl(intent.imageId)}`;
  const ignoreChanges = formatIgnoreChanges([...ignored, ...listUserDataArguments(to, resources)]);
  const change = {
    setting: { block: to, lines: [image, ignoreChanges] },
    conversion: to === address ? undefined : { from: address, to },
  };
  if (!isNew) return { ...change, stateRm: [], imports: [] };
  const id = asLaunchConfiguration(intent.nextLaunchSource)?.name ?? launchTemplateId;
  return { ...change, stateRm: [address], imports: id === undefined ? [] : [{ to, id }] };
}

function formatIgnoreChanges(names: readonly string[]): string {
  return `lifecycle { ignore_changes = [${names.join(', ')}] }`;
}

/** An import stores user data as `user_data`, even if the configuration uses `user_data_base64`. */
function listUserDataArguments(address: string, resources: readonly StateResource[]): string[] {
  const encoded = resources.find((one) => one.address === address)?.values.user_data_base64;
  return typeof encoded === 'string' && encoded !== '' ? ['user_data', 'user_data_base64'] : [];
}

/** A quoted string of HCL, with `${` and `%{` escaped. */
export function quoteHcl(text: string): string {
  return stringifyPrintable(text).replaceAll(/([$%])\{/g, '$1$1{');
}

/** One word of a POSIX shell, quoted if necessary. */
export function quoteShell(text: string): string {
  return /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

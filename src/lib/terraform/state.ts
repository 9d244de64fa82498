import { z } from 'zod';
import type { Intent } from '../model/intent.js';

/** One resource that a Terraform state tracks. */
export interface StateResource {
  /** As Terraform writes it: `module.consul.aws_autoscaling_group.this[0]`. */
  readonly address: string;
  /** `aws_autoscaling_group`, ... */
  readonly type: string;
  /** Its attributes as of the last refresh. A state holds secrets: nothing of them may be shown. */
  readonly values: Readonly<Record<string, unknown>>;
}

const attributesSchema = z.record(z.string(), z.unknown());

/** A state file, and what `terraform state pull` prints: version 4, since Terraform 0.12. */
const stateFileSchema = z.object({
  version: z.literal(4),
  resources: z.array(
    z.object({
      module: z.string().optional(),
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({
          index_key: z.union([z.string(), z.number()]).optional(),
          deposed: z.string().optional(),
          attributes: attributesSchema.nullish(),
        }),
      ),
    }),
  ),
});

const shownResourceSchema = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  values: attributesSchema.nullish(),
  deposed_key: z.string().optional(),
});

const shownModuleSchema = z.object({
  resources: z.array(shownResourceSchema).default([]),
  get child_modules() {
    return z.array(shownModuleSchema).default([]);
  },
});

/** What `terraform show -json` prints; without `values` where the state is empty. */
const shownStateSchema = z.object({
  format_version: z.string(),
  values: z.object({ root_module: shownModuleSchema }).optional(),
});

/**
 * Every managed resource of a Terraform state: a state file's own format, or that of `terraform show -json`.
 * Undefined when the document is neither.
 */
export function parseState(document: unknown): readonly StateResource[] | undefined {
  const file = stateFileSchema.safeParse(document);
  if (file.success) return file.data.resources.flatMap(listFileResources);
  const report = shownStateSchema.safeParse(document);
  if (!report.success) return undefined;
  return report.data.values === undefined ? [] : listModuleResources(report.data.values.root_module);
}

function listFileResources(resource: z.infer<typeof stateFileSchema>['resources'][number]): StateResource[] {
  const { module, mode, type, name, instances } = resource;
  if (mode !== 'managed') return [];
  const address = `${module === undefined ? '' : `${module}.`}${type}.${name}`;
  return instances
    .filter(({ deposed }) => deposed === undefined)
    .map(({ index_key: key, attributes: values }) => ({
      address: key === undefined ? address : `${address}[${JSON.stringify(key)}]`,
      type,
      values: values ?? {},
    }));
}

function listModuleResources(module: z.infer<typeof shownModuleSchema>): StateResource[] {
  const own = module.resources
    .filter(({ mode, deposed_key: deposed }) => mode === 'managed' && deposed === undefined)
    .map(({ address, type, values }) => ({ address, type, values: values ?? {} }));
  return [...own, ...module.child_modules.flatMap(listModuleResources)];
}

/** Who seems to have made a group. Terraform leaves no mark of its own, so this is told by what people and its provider leave. */
export type InfrastructureTool = 'terraform' | 'cloudformation' | 'unknown';

/** What the provider appends to a prefix, or to `terraform-` where there is none: a time and a counter. */
const GENERATED_NAME_PATTERN = /\d{18}[0-9a-f]{8}$/;
const TERRAFORM_TAG_PATTERN = /terraform|opentofu|terragrunt/i;

/**
 * Who made the group that a roll replaces: by its tags (`ManagedBy = terraform`, in whatever words), and by its name and
 * that of what it launches from.
 *
 * @param tags of the group, before the roll
 */
export function detectInfrastructureTool(
  { oldGroup, previousLaunchSource }: Pick<Intent, 'oldGroup' | 'previousLaunchSource'>,
  tags: Readonly<Record<string, string>>,
): InfrastructureTool {
  if (Object.keys(tags).some((key) => key.startsWith('aws:cloudformation:'))) return 'cloudformation';
  const tagged = Object.entries(tags).some((words) => words.some((word) => TERRAFORM_TAG_PATTERN.test(word)));
  const named = [oldGroup, previousLaunchSource.name].some((name) => GENERATED_NAME_PATTERN.test(name));
  return tagged || named ? 'terraform' : 'unknown';
}

/** What is known of the Terraform that made the old group. */
export interface TerraformSources {
  /** Addresses that somebody gave; they overrule the state's. */
  readonly addresses: Partial<TerraformAddresses>;
  /** What its state tracks, as of before the roll; undefined where no state was given. */
  readonly state: readonly StateResource[] | undefined;
}

/** Where the addresses come from: only those that somebody gave, or a state, are certain. */
export type AddressSource = 'given' | 'state' | 'guessed';

/** The addresses to speak of. */
export interface ResolvedAddresses {
  readonly group: string;
  /** Undefined where the state tracks the group, but not what it launches from. */
  readonly template: string | undefined;
  readonly source: AddressSource;
}

/** The resource of the old group in a state; undefined where the state does not track it. */
export function findGroupInState({ oldGroup }: Pick<Intent, 'oldGroup'>, tracked: readonly StateResource[]) {
  return findInState(tracked, GROUP_RESOURCE_TYPE, oldGroup);
}

/** What the old group and its template are called in Terraform: as given, else as the state says, else a guess. */
export function resolveAddresses(
  intent: Intent,
  { addresses: given, state: tracked }: TerraformSources,
): ResolvedAddresses {
  const { kind, name } = intent.previousLaunchSource;
  // Whoever converts a template may have thought of what it becomes.
  const template = given.template === undefined ? undefined : replaceResourceType(given.template, kind);
  const guessed = guessAddresses(kind);
  if (tracked === undefined) {
    const certain = given.group !== undefined && template !== undefined;
    return {
      group: given.group ?? guessed.group,
      template: template ?? guessed.template,
      source: certain ? 'given' : 'guessed',
    };
  }
  const group = given.group ?? findGroupInState(intent, tracked)?.address;
  return {
    group: group ?? guessed.group,
    template: template ?? findInState(tracked, LAUNCH_SOURCE_RESOURCE_TYPES[kind], name)?.address,
    source: group === undefined ? 'guessed' : 'state',
  };
}

function findInState(
  tracked: readonly StateResource[],
  type: string,
  name: string,
): StateResource | undefined {
  return tracked.find((one) => one.type === type && one.values.name === name);
}

/** What a group and what it launches from are called in Terraform. */
export interface TerraformAddresses {
  readonly group: string;
  /** Of the launch configuration or launch template. */
  readonly template: string;
}

/** The kinds of templates Terraform has a resource for. */
export type LaunchSourceResourceKind = 'launch-configuration' | 'launch-template';

export const GROUP_RESOURCE_TYPE = 'aws_autoscaling_group';

export const LAUNCH_SOURCE_RESOURCE_TYPES: Readonly<Record<LaunchSourceResourceKind, string>> = {
  'launch-configuration': 'aws_launch_configuration',
  'launch-template': 'aws_launch_template',
};

/** The addresses in the article's Terraform, and in most: a guess. */
export function guessAddresses(kind: LaunchSourceResourceKind): TerraformAddresses {
  return { group: `${GROUP_RESOURCE_TYPE}.consul`, template: `${LAUNCH_SOURCE_RESOURCE_TYPES[kind]}.consul` };
}

const INDEX_PATTERN = String.raw`(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?`;
const NAME_PATTERN = String.raw`[\p{L}_][\p{L}\p{N}_-]*`;
const ADDRESS_PATTERN = new RegExp(
  `^(?:module\\.${NAME_PATTERN}${INDEX_PATTERN}\\.)*(${NAME_PATTERN})\\.${NAME_PATTERN}${INDEX_PATTERN}$`,
  'u',
);

/** The resource type an address names; undefined for what is no address of a managed resource. */
export function parseResourceType(address: string): string | undefined {
  return ADDRESS_PATTERN.exec(address)?.[1];
}

/** The address of a template, as one of that kind would be called in its place. */
export function replaceResourceType(address: string, kind: LaunchSourceResourceKind): string {
  const type = parseResourceType(address);
  if (type === undefined || type === LAUNCH_SOURCE_RESOURCE_TYPES[kind]) return address;
  const at = address.lastIndexOf(`${type}.`);
  return address.slice(0, at) + LAUNCH_SOURCE_RESOURCE_TYPES[kind] + address.slice(at + type.length);
}

/** The kind of template a roll makes: its own, or a version of the one there is. */
export function getNewLaunchSourceKind({
  nextLaunchSource,
}: Pick<Intent, 'nextLaunchSource'>): LaunchSourceResourceKind {
  return nextLaunchSource.kind === 'launch-configuration' ? nextLaunchSource.kind : 'launch-template';
}

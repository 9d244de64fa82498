import * as z from 'zod';
import type { LaunchSourceKind } from '../model/cluster-spec.js';
import type { Intent } from '../model/intent.js';

/** A resource in a Terraform state. */
export interface StateResource {
  /** `module.consul.aws_autoscaling_group.this[0]`. */
  readonly address: string;
  /** `aws_autoscaling_group`, ... */
  readonly type: string;
  /** Attributes as of the last refresh. They may contain secrets and must not be shown. */
  readonly values: Readonly<Record<string, unknown>>;
}

const attributesSchema = z.record(z.string(), z.unknown());

/** A state file, or the output of `terraform state pull`: version 4, since Terraform 0.12. */
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

/** The output of `terraform show -json`; without `values` for an empty state. */
const shownStateSchema = z.object({
  format_version: z.string(),
  values: z.object({ root_module: shownModuleSchema }).optional(),
});

/** The managed resources of a state file or of `terraform show -json`. Undefined if the document is neither. */
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

/** Terraform leaves no mark of its own; tags of operators and generated names reveal it. */
type InfrastructureTool = 'terraform' | 'cloudformation' | 'unknown';

/** A time and a counter, which the provider appends to a prefix or to `terraform-`. */
const GENERATED_NAME_PATTERN = /\d{18}[0-9a-f]{8}$/;
const TERRAFORM_TAG_PATTERN = /terraform|opentofu|terragrunt/i;

/**
 * The tool that created the group, by its tags (`ManagedBy = terraform` or similar) and by generated names.
 *
 * @param tags of the group before the roll
 */
export function detectInfrastructureTool(
  { oldGroup, previousLaunchSource }: Pick<Intent, 'oldGroup' | 'previousLaunchSource'>,
  tags: Readonly<Record<string, string>>,
): InfrastructureTool {
  if (Object.keys(tags).some((key) => key.startsWith('aws:cloudformation:'))) return 'cloudformation';
  const tagged = Object.entries(tags).some((texts) => texts.some((text) => TERRAFORM_TAG_PATTERN.test(text)));
  const named = [oldGroup, previousLaunchSource.name].some((name) => GENERATED_NAME_PATTERN.test(name));
  return tagged || named ? 'terraform' : 'unknown';
}

export interface TerraformSources {
  /** Addresses from the operator; they override the state. */
  readonly addresses: Partial<TerraformAddresses>;
  /** Resources of the state before the roll; undefined without a state. */
  readonly state: readonly StateResource[] | undefined;
}

/** The source of addresses; guessed ones are uncertain. */
export type AddressSource = 'given' | 'state' | 'guessed';

interface ResolvedAddresses {
  readonly group: string;
  /** Undefined if the state contains the group, but not its launch source. */
  readonly launchSource: string | undefined;
  readonly source: AddressSource;
}

/** The resource of the old group; undefined if the state does not contain it. */
export function findGroupInState(
  { oldGroup }: Pick<Intent, 'oldGroup'>,
  resources: readonly StateResource[],
): StateResource | undefined {
  return findInState(resources, GROUP_RESOURCE_TYPE, oldGroup);
}

/** The addresses of the old group and its launch source: from the operator, or the state, or guessed. */
export function resolveAddresses(
  intent: Intent,
  { addresses: given, state: resources }: TerraformSources,
): ResolvedAddresses {
  const { kind, name } = intent.previousLaunchSource;
  // At a conversion the operator may have given the address of the new type.
  const launchSource = given.launchSource === undefined ? undefined : replaceResourceType(given.launchSource, kind);
  const guessed = guessAddresses(kind);
  if (resources === undefined) {
    const isGiven = given.group !== undefined && launchSource !== undefined;
    return {
      group: given.group ?? guessed.group,
      launchSource: launchSource ?? guessed.launchSource,
      source: isGiven ? 'given' : 'guessed',
    };
  }
  const group = given.group ?? findGroupInState(intent, resources)?.address;
  return {
    group: group ?? guessed.group,
    launchSource: launchSource ?? findInState(resources, LAUNCH_SOURCE_RESOURCE_TYPES[kind], name)?.address,
    source: group === undefined ? 'guessed' : 'state',
  };
}

function findInState(resources: readonly StateResource[], type: string, name: string): StateResource | undefined {
  return resources.find((one) => one.type === type && one.values.name === name);
}

export interface TerraformAddresses {
  readonly group: string;
  /** Of the launch configuration or launch template. */
  readonly launchSource: string;
}

export const GROUP_RESOURCE_TYPE = 'aws_autoscaling_group';

export const LAUNCH_SOURCE_RESOURCE_TYPES: Readonly<Record<LaunchSourceKind, string>> = {
  'launch-configuration': 'aws_launch_configuration',
  'launch-template': 'aws_launch_template',
};

/** The most common addresses. */
function guessAddresses(kind: LaunchSourceKind): TerraformAddresses {
  return { group: `${GROUP_RESOURCE_TYPE}.consul`, launchSource: `${LAUNCH_SOURCE_RESOURCE_TYPES[kind]}.consul` };
}

const INDEX_PATTERN = String.raw`(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?`;
const NAME_PATTERN = String.raw`[\p{L}_][\p{L}\p{N}_-]*`;
const ADDRESS_PATTERN = new RegExp(
  `^(?:module\\.${NAME_PATTERN}${INDEX_PATTERN}\\.)*(${NAME_PATTERN})\\.${NAME_PATTERN}${INDEX_PATTERN}$`,
  'u',
);

/** The resource type in an address; undefined for an invalid one or that of a data source. */
export function parseResourceType(address: string): string | undefined {
  return ADDRESS_PATTERN.exec(address)?.[1];
}

/** The address of a launch source with the resource type of that kind. */
export function replaceResourceType(address: string, kind: LaunchSourceKind): string {
  const type = parseResourceType(address);
  if (type === undefined || type === LAUNCH_SOURCE_RESOURCE_TYPES[kind]) return address;
  const at = address.lastIndexOf(`${type}.`);
  return address.slice(0, at) + LAUNCH_SOURCE_RESOURCE_TYPES[kind] + address.slice(at + type.length);
}

import { z } from 'zod';
import type { Intent } from '../model/intent.js';

/** One resource that a Terraform state tracks. */
export interface Tracked {
  /** As Terraform writes it: `module.consul.aws_autoscaling_group.this[0]`. */
  readonly address: string;
  /** `aws_autoscaling_group`, ... */
  readonly type: string;
  /** Its attributes as of the last refresh. A state holds secrets: nothing of them may be shown. */
  readonly values: Readonly<Record<string, unknown>>;
}

const attributes = z.record(z.string(), z.unknown());

/** A state file, and what `terraform state pull` prints: version 4, since Terraform 0.12. */
const stateFile = z.object({
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
          attributes: attributes.nullish(),
        }),
      ),
    }),
  ),
});

const shownResource = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  values: attributes.nullish(),
  deposed_key: z.string().optional(),
});

const shownModule = z.object({
  resources: z.array(shownResource).default([]),
  get child_modules() {
    return z.array(shownModule).default([]);
  },
});

/** What `terraform show -json` prints; without `values` where the state is empty. */
const shown = z.object({
  format_version: z.string(),
  values: z.object({ root_module: shownModule }).optional(),
});

/**
 * Every managed resource of a Terraform state: a state file's own format, or that of `terraform show -json`.
 * Undefined when the document is neither.
 */
export function trackedIn(document: unknown): readonly Tracked[] | undefined {
  const file = stateFile.safeParse(document);
  if (file.success) return file.data.resources.flatMap(trackedOfFile);
  const report = shown.safeParse(document);
  if (!report.success) return undefined;
  return report.data.values === undefined ? [] : trackedOfModule(report.data.values.root_module);
}

function trackedOfFile(resource: z.infer<typeof stateFile>['resources'][number]): Tracked[] {
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

function trackedOfModule(module: z.infer<typeof shownModule>): Tracked[] {
  const own = module.resources
    .filter(({ mode, deposed_key: deposed }) => mode === 'managed' && deposed === undefined)
    .map(({ address, type, values }) => ({ address, type, values: values ?? {} }));
  return [...own, ...module.child_modules.flatMap(trackedOfModule)];
}

/** Who seems to have made a group. Terraform leaves no mark of its own, so this is told by what people and its provider leave. */
export type Maker = 'terraform' | 'cloudformation' | 'unknown';

/** What the provider appends to a prefix, or to `terraform-` where there is none: a time and a counter. */
const GENERATED_NAME = /\d{18}[0-9a-f]{8}$/;
const NAMED_IN_TAG = /terraform|opentofu|terragrunt/i;

/**
 * Who made the group that a roll replaces: by its tags (`ManagedBy = terraform`, in whatever words), and by its name and
 * that of what it launches from.
 *
 * @param tags of the group, before the roll
 */
export function makerOf(
  { oldGroup, oldTemplate }: Pick<Intent, 'oldGroup' | 'oldTemplate'>,
  tags: Readonly<Record<string, string>>,
): Maker {
  if (Object.keys(tags).some((key) => key.startsWith('aws:cloudformation:'))) return 'cloudformation';
  const tagged = Object.entries(tags).some((words) => words.some((word) => NAMED_IN_TAG.test(word)));
  const named = [oldGroup, oldTemplate.name].some((name) => GENERATED_NAME.test(name));
  return tagged || named ? 'terraform' : 'unknown';
}

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

/** What a group and what it launches from are called in Terraform. */
export interface Addresses {
  readonly group: string;
  /** Of the launch configuration or launch template. */
  readonly template: string;
}

/** The kinds of templates Terraform has a resource for. */
export type TemplateKind = 'launch-configuration' | 'launch-template';

export const GROUP_TYPE = 'aws_autoscaling_group';

export const TEMPLATE_TYPES: Readonly<Record<TemplateKind, string>> = {
  'launch-configuration': 'aws_launch_configuration',
  'launch-template': 'aws_launch_template',
};

/** The addresses in the article's Terraform, and in most: a guess. */
export function guessedAddresses(kind: TemplateKind): Addresses {
  return { group: `${GROUP_TYPE}.consul`, template: `${TEMPLATE_TYPES[kind]}.consul` };
}

const KEY = String.raw`(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?`;
const NAME = String.raw`[\p{L}_][\p{L}\p{N}_-]*`;
const ADDRESS = new RegExp(`^(?:module\\.${NAME}${KEY}\\.)*(${NAME})\\.${NAME}${KEY}$`, 'u');

/** The resource type an address names; undefined for what is no address of a managed resource. */
export function typeOf(address: string): string | undefined {
  return ADDRESS.exec(address)?.[1];
}

/** The address of a template, as one of that kind would be called in its place. */
export function asKind(address: string, kind: TemplateKind): string {
  const type = typeOf(address);
  if (type === undefined || type === TEMPLATE_TYPES[kind]) return address;
  const at = address.lastIndexOf(`${type}.`);
  return address.slice(0, at) + TEMPLATE_TYPES[kind] + address.slice(at + type.length);
}

/** The kind of template a roll makes: its own, or a version of the one there is. */
export function kindMade({ newTemplate }: Pick<Intent, 'newTemplate'>): TemplateKind {
  return newTemplate.kind === 'launch-configuration' ? newTemplate.kind : 'launch-template';
}

import type { Intent } from '../model/intent.js';

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

import type { Intent } from '../model/intent.js';
import { asKind, kindMade } from './addresses.js';
import type { Import } from './attached.js';
import { hclString } from './text.js';
import type { Tracked } from './tracked.js';

/** Lines that a block of the configuration must hold. */
export interface Setting {
  /** A resource's address, or `provider "aws"`. */
  readonly block: string;
  readonly lines: readonly string[];
}

/** A resource that takes the place of one of another type, which nobody but a person can write down. */
export interface Conversion {
  readonly from: string;
  readonly to: string;
}

/** What became of the resource that the old group was launched from. */
export interface TemplateChange {
  readonly forget: readonly string[];
  readonly imports: readonly Import[];
  readonly setting: Setting;
  readonly conversion: Conversion | undefined;
}

/**
 * A launch configuration has a successor, under the same address or as a launch template; a launch template stays the
 * same resource, with a new version.
 *
 * @param address of the old template
 * @param launchTemplateId of the launch template the new group is on
 */
export function templateChange(
  intent: Intent,
  address: string,
  launchTemplateId: string | undefined,
  tracked: readonly Tracked[],
): TemplateChange {
  const to = asKind(address, kindMade(intent));
  const { newTemplate } = intent;
  const image = `image_id = ${hclString(intent.imageId)}`;
  const ignored = ignoredOf(intent, address, tracked);
  const change = {
    setting: { block: to, lines: [image, ignoring(ignored)] },
    conversion: to === address ? undefined : { from: address, to },
  };
  if (newTemplate.kind === 'launch-template-version') return { ...change, forget: [], imports: [] };
  const id = newTemplate.kind === 'launch-configuration' ? newTemplate.name : launchTemplateId;
  return { ...change, forget: [address], imports: id === undefined ? [] : [{ to, id }] };
}

/** Arguments whose values are the roll's own, or that an import cannot tell. */
function ignoredOf(intent: Intent, address: string, tracked: readonly Tracked[]): string[] {
  switch (intent.newTemplate.kind) {
    case 'launch-configuration':
      return ['name', 'name_prefix', ...userDataOf(address, tracked)];
    case 'launch-template':
      return ['name', 'name_prefix', 'description'];
    case 'launch-template-version':
      return ['description'];
  }
}

export function ignoring(what: readonly string[]): string {
  return `lifecycle { ignore_changes = [${what.join(', ')}] }`;
}

/** An imported launch configuration has its user data as `user_data`, whichever argument the configuration uses. */
function userDataOf(address: string, tracked: readonly Tracked[]): string[] {
  const encoded = tracked.find((one) => one.address === address)?.values.user_data_base64;
  return typeof encoded === 'string' && encoded !== '' ? ['user_data', 'user_data_base64'] : [];
}

import type { Intent } from '../model/intent.js';
import {
  findGroupInState,
  GROUP_RESOURCE_TYPE,
  LAUNCH_SOURCE_RESOURCE_TYPES,
  parseResourceType,
  parseState,
  type StateResource,
  type TerraformAddresses,
  type TerraformSources,
} from '../terraform/state.js';
import type { ReadTextFile } from './connection.js';
import { readOrRefuse, usageError } from './validation.js';

export interface TerraformFlags {
  readonly 'terraform-address'?: string | undefined;
  readonly 'terraform-state'?: string | undefined;
  readonly 'write-import'?: string | undefined;
}

/** What a roll needs for the Terraform import at its end. */
export interface TerraformSettings {
  readonly sources: TerraformSources;
  /** Path of the file for the import blocks; undefined to print them. */
  readonly importFile: string | undefined;
  /** Whether a Terraform flag was given, so that the output mentions Terraform even if nothing is to do. */
  readonly requested: boolean;
}

/**
 * Reads the state before the first change, so that a roll does not end at an invalid file.
 *
 * @throws RollError `bad-usage`
 */
export function resolveTerraformSettings(flags: TerraformFlags, readText: ReadTextFile): TerraformSettings {
  const addresses = flags['terraform-address'];
  const state = flags['terraform-state'];
  const importFile = flags['write-import'];
  return {
    sources: {
      addresses: parseAddresses(addresses),
      state: state === undefined ? undefined : readState(state, readText),
    },
    importFile,
    requested: [addresses, state, importFile].some((value) => value !== undefined),
  };
}

/**
 * Refuses a state that does not contain the group: it belongs to another cluster.
 *
 * @throws RollError `bad-usage`
 */
export function assertGroupInState({ sources }: TerraformSettings, intent: Intent): void {
  const { addresses: given, state } = sources;
  if (state === undefined || given.group !== undefined) return;
  if (findGroupInState(intent, state) !== undefined) return;
  throw usageError(
    `The Terraform state has no ${GROUP_RESOURCE_TYPE} named ${intent.oldGroup}.`,
    'refresh it (terraform apply -refresh-only) or give another; --terraform-address group=ADDRESS overrides it',
  );
}

function parseAddresses(text: string | undefined): Partial<TerraformAddresses> {
  const addresses: { group?: string; launchSource?: string } = {};
  // The key of an address may contain a comma. `template` is the old name of `launch-source`.
  for (const part of text?.split(/,(?=(?:group|launch-source|template)=)/) ?? []) {
    const [, name, address = ''] = /^(group|launch-source|template)=(.*)$/.exec(part) ?? [];
    const type = parseResourceType(address);
    if (name === 'group' && type === GROUP_RESOURCE_TYPE) addresses.group = address;
    else if (name !== 'group' && Object.values(LAUNCH_SOURCE_RESOURCE_TYPES).some((known) => known === type))
      addresses.launchSource = address;
    else throw invalidAddressError(part);
  }
  return addresses;
}

function invalidAddressError(part: string): Error {
  return usageError(
    `--terraform-address: ${part} is not the address of a group or a launch source.`,
    'write it like group=aws_autoscaling_group.consul,launch-source=aws_launch_configuration.consul (see terraform state list)',
  );
}

function readState(path: string, readText: ReadTextFile): readonly StateResource[] {
  const text = readOrRefuse(() => readText(path), `--terraform-state ${path} cannot be read`, STATE_ADVICE);
  const resources = parseState(parseStateJson(path, text));
  if (resources !== undefined) return resources;
  throw invalidStateError(path, 'it is neither a state of version 4 nor terraform show -json');
}

function parseStateJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and a state contains secrets.
    throw invalidStateError(path, 'it is not JSON');
  }
}

const STATE_ADVICE = 'create one: terraform show -json > state.json; delete it afterwards, a state contains secrets';

function invalidStateError(path: string, why: string): Error {
  return usageError(`--terraform-state ${path}: ${why}.`, STATE_ADVICE);
}

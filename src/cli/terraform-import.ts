import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Flags } from '@oclif/core';
import { type TerraformFlags, type TerraformSettings, terraformSettings } from '../lib/config/terraform.js';
import { messageOf } from '../lib/model/errors.js';
import type { RollResult } from '../lib/model/events.js';
import { type Adoption, adoptionAfter, importFile } from '../lib/terraform/import.js';

/** What the end of a roll says to Terraform's user. */
export const terraformFlags = {
  'terraform-address': Flags.string({
    summary: "Terraform's addresses of the group and of its launch configuration or template.",
    description:
      'For instance group=aws_autoscaling_group.consul,template=aws_launch_configuration.consul. They go into the import blocks printed at the end.',
  }),
  'terraform-state': Flags.string({
    summary: 'A Terraform state to find the addresses in: a state file, or terraform show -json.',
  }),
  'write-import': Flags.string({
    summary: "Write Terraform's import blocks to this file once the cluster is rolled.",
  }),
};

/** Where nobody said anything about Terraform. */
export const UNASKED: TerraformSettings = {
  knowledge: { given: {}, tracked: undefined },
  importFile: undefined,
  asked: false,
};

/**
 * The flags, with what the files they name say.
 *
 * @throws RollError `bad-usage`
 */
export function terraformFrom(flags: TerraformFlags): TerraformSettings {
  const only: TerraformFlags = {
    'terraform-address': flags['terraform-address'],
    'terraform-state': flags['terraform-state'],
    'write-import': flags['write-import'],
  };
  return terraformSettings(only, {
    textOf: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    hasFolderFor: (path) => existsSync(dirname(path)) && statSync(dirname(path)).isDirectory(),
  });
}

/** What Terraform is to be told, and where it was written. */
export interface Adopted {
  readonly adoption: Adoption;
  readonly file: string | undefined;
  /** Why there is no file although one was asked for: the blocks are printed then. */
  readonly unwritten: string | undefined;
}

/** Works out what Terraform is to be told after a roll, and writes the file that was asked for. */
export function adopt(result: RollResult, settings: TerraformSettings): Adopted {
  const adoption = adoptionAfter(result, settings.knowledge);
  const path = settings.importFile;
  if (path === undefined || adoption.kind === 'nothing') {
    return { adoption, file: undefined, unwritten: undefined };
  }
  try {
    writeFileSync(path, importFile(adoption));
    return { adoption, file: path, unwritten: undefined };
  } catch (thrown) {
    return { adoption, file: undefined, unwritten: `${path} was not written: ${messageOf(thrown)}` };
  }
}

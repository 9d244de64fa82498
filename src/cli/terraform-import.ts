import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Flags } from '@oclif/core';
import {
  resolveTerraformSettings,
  type TerraformFlags,
  type TerraformSettings,
} from '../lib/config/terraform.js';
import { messageOf } from '../lib/model/errors.js';
import type { RollResult } from '../lib/model/events.js';
import { formatImportFile, planTerraformImport, type TerraformImport } from '../lib/terraform/import.js';

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
export const NO_TERRAFORM_SETTINGS: TerraformSettings = {
  knowledge: { addresses: {}, state: undefined },
  importFile: undefined,
  requested: false,
};

/**
 * The flags, with what the files they name say.
 *
 * @throws RollError `bad-usage`
 */
export function parseTerraformFlags(flags: TerraformFlags): TerraformSettings {
  const only: TerraformFlags = {
    'terraform-address': flags['terraform-address'],
    'terraform-state': flags['terraform-state'],
    'write-import': flags['write-import'],
  };
  return resolveTerraformSettings(only, {
    readText: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    hasParentFolder: (path) => existsSync(dirname(path)) && statSync(dirname(path)).isDirectory(),
  });
}

/** What Terraform is to be told, and where it was written. */
export interface TerraformImportResult {
  readonly terraformImport: TerraformImport;
  readonly file: string | undefined;
  /** Why there is no file although one was asked for: the blocks are printed then. */
  readonly writeError: string | undefined;
}

/** Works out what Terraform is to be told after a roll, and writes the file that was asked for. */
export function writeTerraformImport(result: RollResult, settings: TerraformSettings): TerraformImportResult {
  const adoption = planTerraformImport(result, settings.knowledge);
  const path = settings.importFile;
  if (path === undefined || adoption.kind === 'nothing') {
    return { terraformImport: adoption, file: undefined, writeError: undefined };
  }
  try {
    writeFileSync(path, formatImportFile(adoption));
    return { terraformImport: adoption, file: path, writeError: undefined };
  } catch (thrown) {
    return {
      terraformImport: adoption,
      file: undefined,
      writeError: `${path} was not written: ${messageOf(thrown)}`,
    };
  }
}

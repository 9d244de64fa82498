import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Flags } from '@oclif/core';
import { resolveTerraformSettings, type TerraformFlags, type TerraformSettings } from '../lib/config/terraform.js';
import { strategyOf } from '../lib/engine/strategy/strategies.js';
import { messageOf } from '../lib/model/errors.js';
import type { RollResult } from '../lib/model/outcome.js';
import { formatImportFile, planTerraformImport, type TerraformImport } from '../lib/terraform/import.js';
import { isDirectory } from './system.js';

/** Options for the Terraform import blocks printed at the end of a roll. */
export const terraformFlags = {
  'terraform-address': Flags.string({
    summary: 'Terraform addresses of the group and of its launch source.',
    description:
      'For example group=aws_autoscaling_group.consul,launch-source=aws_launch_configuration.consul. They are used in the import blocks printed at the end.',
  }),
  'terraform-state': Flags.string({
    summary: 'Terraform state to read the addresses from: a state file, or the output of terraform show -json.',
  }),
  'write-import': Flags.string({
    summary: 'Write the Terraform import blocks to this file when the roll has succeeded.',
  }),
};

/** No Terraform flag was given. */
export const NO_TERRAFORM_SETTINGS: TerraformSettings = {
  sources: { addresses: {}, state: undefined },
  importFile: undefined,
  requested: false,
};

/**
 * Reads the files that the flags name.
 *
 * @throws RollError `bad-usage`
 */
export function parseTerraformFlags(flags: TerraformFlags): TerraformSettings {
  return resolveTerraformSettings(flags, {
    readText: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    hasParentFolder: (path) => isDirectory(dirname(path)),
  });
}

/** The import, and the file it was written to. */
export interface TerraformImportResult {
  readonly terraformImport: TerraformImport;
  readonly file: string | undefined;
  /** Why the requested file was not written; the blocks are printed instead. */
  readonly writeError: string | undefined;
}

/** Plans the Terraform import after a roll, and writes the requested file. */
export function writeTerraformImport(result: RollResult, settings: TerraformSettings): TerraformImportResult {
  const { intent } = result;
  const createdGroup = intent && strategyOf(intent).createdGroupOf(intent);
  const terraformImport = planTerraformImport(result, settings.sources, createdGroup);
  const path = settings.importFile;
  if (path === undefined || terraformImport.kind === 'nothing') {
    return { terraformImport, file: undefined, writeError: undefined };
  }
  try {
    writeFileSync(path, formatImportFile(terraformImport));
    return { terraformImport, file: path, writeError: undefined };
  } catch (thrown) {
    return { terraformImport, file: undefined, writeError: `${path} was not written: ${messageOf(thrown)}` };
  }
}

import { Flags } from '@oclif/core';
import { MAX_DATA_BYTES, readTextFile } from '../lib/config/file-access.js';
import { resolveTerraformSettings, type TerraformFlags, type TerraformSettings } from '../lib/config/terraform.js';
import { strategyOf } from '../lib/engine/strategy/strategies.js';
import { messageOf } from '../lib/model/errors.js';
import type { RollResult } from '../lib/model/outcome.js';
import {
  formatImportFile,
  IMPORT_FILE_MARK,
  planTerraformImport,
  type TerraformImport,
} from '../lib/terraform/import.js';
import { assertAnswers } from './files.js';
import { assertReplaceable, replaceFile } from './output-files.js';

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
 * Reads the files that the flags name, and checks that the import can be written at the end of the roll.
 *
 * @throws RollError `bad-usage`
 */
export async function parseTerraformFlags(flags: TerraformFlags): Promise<TerraformSettings> {
  const { 'terraform-state': state, 'write-import': importFile } = flags;
  if (state !== undefined) await assertAnswers(state, '--terraform-state');
  if (importFile !== undefined) await assertImportFile(importFile);
  return resolveTerraformSettings(flags, (path) => readTextFile(path, { maxBytes: MAX_DATA_BYTES }));
}

/** A main.tf that was named by mistake must not be overwritten. */
function assertImportFile(path: string): Promise<void> {
  const isOwn = (start: string) => start.startsWith(IMPORT_FILE_MARK);
  return assertReplaceable(path, '--write-import', { what: 'an import file', isOwn });
}

/** The import, and the file it was written to. */
export interface TerraformImportResult {
  readonly terraformImport: TerraformImport;
  readonly file: string | undefined;
  /** Why the requested file was not written; the blocks are printed instead. */
  readonly writeError: string | undefined;
}

/** Plans the Terraform import after a roll, and writes the requested file. */
export async function writeTerraformImport(
  result: RollResult,
  settings: TerraformSettings,
): Promise<TerraformImportResult> {
  const { intent } = result;
  const createdGroup = intent && strategyOf(intent).createdGroupOf(intent);
  const terraformImport = planTerraformImport(result, settings.sources, createdGroup);
  const path = settings.importFile;
  if (path === undefined || terraformImport.kind === 'nothing') {
    return { terraformImport, file: undefined, writeError: undefined };
  }
  try {
    // Another file may have appeared there during the roll.
    await assertImportFile(path);
    await replaceFile(path, formatImportFile(terraformImport));
    return { terraformImport, file: path, writeError: undefined };
  } catch (thrown) {
    return { terraformImport, file: undefined, writeError: `${path} was not written: ${messageOf(thrown)}` };
  }
}

import type { Intent } from '../../model/intent.js';
import {
  formatExpectedPlan,
  formatImportBlocks,
  formatStateRmCommands,
  type NoImportReason,
  type RequiredImport,
  type TerraformImport,
} from '../../terraform/import.js';
import { type StyledLine, styleLines, wrapCommand } from './format.js';

const TERRAFORM_WARNING =
  'If Terraform created this group, do not run terraform apply before these steps: it would launch the old image ' +
  'again.';
const TERRAFORM_INDENT = 3;
const APPLY_HINT =
  'It may change settings that AWS does not store. Then run terraform apply, and remove the import blocks.';

/**
 * The steps that bring Terraform in line with a roll. Text to copy is never wrapped.
 *
 * @param file where the import blocks were written; undefined to print them
 */
export function formatTerraformImport(
  terraformImport: TerraformImport,
  file: string | undefined,
  columns: number,
): StyledLine[] {
  if (terraformImport.kind === 'nothing') {
    return styleLines(`Terraform: ${describeNoImport(terraformImport.because)}`, columns);
  }
  return [
    ...styleLines(TERRAFORM_WARNING, columns, 'busy'),
    ...buildImportSteps(terraformImport, file, columns),
    ...formatGuessNotice(terraformImport, columns),
  ];
}

/** One or two lines, for when it is unknown whether Terraform created the group. */
export function formatTerraformHint({ oldGroup }: Pick<Intent, 'oldGroup'>, columns: number): StyledLine[] {
  return styleLines(
    `If Terraform created group ${oldGroup}, do not run terraform apply before the steps of docs/terraform.md: it would launch the old image again.`,
    columns,
  );
}

function buildImportSteps(required: RequiredImport, file: string | undefined, columns: number): StyledLine[] {
  const last = `terraform plan must print: ${formatExpectedPlan(required)}. ${required.imports.length > 0 ? APPLY_HINT : ''}`;
  const all: ImportStep[] = [
    { text: 'The configuration must contain:', lines: formatTerraformSettings(required) },
    ...buildConversionSteps(required),
    {
      text: 'Remove what was replaced from the state:',
      lines: formatStateRmCommands(required).flatMap((command) => wrapCommand(command, columns - TERRAFORM_INDENT)),
    },
    file === undefined
      ? { text: 'Add to the configuration, for this one apply:', lines: formatImportBlocks(required.imports) }
      : { text: `Put ${file} into the folder of the configuration, for this one apply.`, lines: [] },
    { text: last.trimEnd(), lines: [] },
  ];
  return all
    .filter(({ lines, text }) => lines.length > 0 || !text.endsWith(':'))
    .flatMap(({ text, lines }, index) => [...styleLines(`${index + 1}. ${text}`, columns), ...toUnwrappedLines(lines)]);
}

/** `lines` are text to copy. */
interface ImportStep {
  readonly text: string;
  readonly lines: readonly string[];
}

function buildConversionSteps({ conversion }: RequiredImport): ImportStep[] {
  if (conversion === undefined) return [];
  const { from, to } = conversion;
  const how = 'terraform plan -generate-config-out=FILE drafts it, once you have added the import blocks';
  return [{ text: `${to} replaces ${from}, and the group launches from it; ${how}.`, lines: [] }];
}

function formatTerraformSettings({ settings }: RequiredImport): string[] {
  return settings.flatMap(({ block, lines }) => [block, ...lines.map((line) => `  ${line}`)]);
}

function formatGuessNotice({ source }: RequiredImport, columns: number): StyledLine[] {
  if (source !== 'guessed') return [];
  return styleLines(
    'The addresses are guesses: replace them with yours from terraform state list, or give --terraform-state next time.',
    columns,
  );
}

function toUnwrappedLines(lines: readonly string[]): StyledLine[] {
  return lines.map((line) => ({ text: ' '.repeat(TERRAFORM_INDENT) + line, style: 'plain' }));
}

export function describeNoImport(because: NoImportReason): string {
  switch (because) {
    case 'rolled-back':
      return 'nothing to import: its state contains the group that the cluster still runs in.';
    case 'nothing-changed':
      return 'nothing to import: this command changed nothing.';
    case 'not-ended':
      return 'nothing to import before the roll has ended; do not run terraform apply until then.';
  }
}

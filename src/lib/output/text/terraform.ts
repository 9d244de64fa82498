import type { Intent } from '../../model/intent.js';
import {
  formatExpectedPlan,
  formatImportBlocks,
  formatStateRmCommands,
  type NoImportReason,
  type RequiredImport,
  type TerraformImport,
} from '../../terraform/import.js';
import { type StyledLine, wrapCommand, wrapText } from './format.js';

const TERRAFORM_WARNING =
  'Terraform, if it made this group, does not know of the roll. Run no terraform apply before these steps are ' +
  'done: it would launch the old image again.';
const TERRAFORM_INDENT = 3;
const APPLY_HINT =
  'What it changes are settings that only Terraform knows. Then terraform apply, and take the import blocks out again.';

/**
 * What brings Terraform in line with a roll, to be followed step by step. What is to be copied is never wrapped.
 *
 * @param file where the import blocks were written; undefined to print them
 */
export function formatTerraformImport(
  adoption: TerraformImport,
  file: string | undefined,
  columns: number,
): StyledLine[] {
  if (adoption.kind === 'nothing') {
    return wrapStyled(`Terraform: ${describeNoImport(adoption.because)}`, columns);
  }
  const told = wrapStyled(TERRAFORM_WARNING, columns).map((line): StyledLine => ({ ...line, style: 'busy' }));
  return [...told, ...buildImportSteps(adoption, file, columns), ...formatGuessNotice(adoption, columns)];
}

/** In a line or two, where nobody knows whether Terraform has to do with the group. */
export function formatTerraformHint({ oldGroup }: Pick<Intent, 'oldGroup'>, columns: number): StyledLine[] {
  return wrapStyled(
    `Should Terraform have made group ${oldGroup}, run no terraform apply before the steps of docs/terraform.md: it would launch the old image again.`,
    columns,
  );
}

function buildImportSteps(adopt: RequiredImport, file: string | undefined, columns: number): StyledLine[] {
  const last = `terraform plan must say: ${formatExpectedPlan(adopt)}. ${adopt.imports.length > 0 ? APPLY_HINT : ''}`;
  const all: ImportStep[] = [
    { text: 'The configuration must say:', lines: formatTerraformSettings(adopt) },
    ...buildConversionSteps(adopt),
    {
      text: 'The state must forget what was replaced:',
      lines: formatStateRmCommands(adopt).flatMap((command) =>
        wrapCommand(command, columns - TERRAFORM_INDENT),
      ),
    },
    file === undefined
      ? { text: 'Add to the configuration, for this one apply:', lines: formatImportBlocks(adopt.imports) }
      : { text: `Have ${file} in the configuration's folder, for this one apply.`, lines: [] },
    { text: last.trimEnd(), lines: [] },
  ];
  return all
    .filter(({ lines, text: says }) => lines.length > 0 || !says.endsWith(':'))
    .flatMap(({ text: says, lines }, index) => [
      ...wrapStyled(`${index + 1}. ${says}`, columns),
      ...toUnwrappedLines(lines),
    ]);
}

/** Something to do, and what there is to copy for it. */
interface ImportStep {
  readonly text: string;
  readonly lines: readonly string[];
}

function buildConversionSteps({ conversion }: RequiredImport): ImportStep[] {
  if (conversion === undefined) return [];
  const { from, to } = conversion;
  const how = 'terraform plan -generate-config-out=FILE drafts it once the import blocks are there';
  return [{ text: `${to} takes the place of ${from}, and the group launches from it; ${how}.`, lines: [] }];
}

function formatTerraformSettings({ settings }: RequiredImport): string[] {
  return settings.flatMap(({ block, lines }) => [block, ...lines.map((line) => `  ${line}`)]);
}

function formatGuessNotice({ source }: RequiredImport, columns: number): StyledLine[] {
  if (source !== 'guessed') return [];
  return wrapStyled(
    'The addresses are guesses: take yours from terraform state list, or give --terraform-state next time.',
    columns,
  );
}

function wrapStyled(text: string, columns: number): StyledLine[] {
  return wrapText(text, columns).map((line) => ({ text: line, style: 'plain' }));
}

function toUnwrappedLines(lines: readonly string[]): StyledLine[] {
  return lines.map((line) => ({ text: ' '.repeat(TERRAFORM_INDENT) + line, style: 'plain' }));
}

/** Why Terraform needs to be told nothing, and what not to do meanwhile. */
export function describeNoImport(because: NoImportReason): string {
  switch (because) {
    case 'rolled-back':
      return 'nothing to import: its state names the group the cluster still runs in.';
    case 'nothing-changed':
      return 'nothing to import: this command changed nothing.';
    case 'not-ended':
      return 'nothing to import before the roll has ended; until then, run no terraform apply.';
  }
}

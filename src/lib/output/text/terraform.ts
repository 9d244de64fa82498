import type { Intent } from '../../model/intent.js';
import {
  type Adopt,
  type Adoption,
  expectedPlan,
  forgetCommands,
  importBlocks,
  type NothingToAdopt,
} from '../../terraform/import.js';
import type { ToneLine } from '../server-list.js';
import { continued, wrapped } from './format.js';

const DANGER =
  'Terraform, if it made this group, does not know of the roll. Run no terraform apply before these steps are ' +
  'done: it would launch the old image again.';
const INDENTATION = 3;
const APPLY =
  'What it changes are settings that only Terraform knows. Then terraform apply, and take the import blocks out again.';

/**
 * What brings Terraform in line with a roll, to be followed step by step. What is to be copied is never wrapped.
 *
 * @param file where the import blocks were written; undefined to print them
 */
export function adoptionLines(adoption: Adoption, file: string | undefined, columns: number): ToneLine[] {
  if (adoption.kind === 'nothing') {
    return prose(`Terraform: ${describeNothingToAdopt(adoption.because)}`, columns);
  }
  const told = prose(DANGER, columns).map((line): ToneLine => ({ ...line, tone: 'busy' }));
  return [...told, ...steps(adoption, file, columns), ...guesses(adoption, columns)];
}

/** In a line or two, where nobody knows whether Terraform has to do with the group. */
export function adoptionHint({ oldGroup }: Pick<Intent, 'oldGroup'>, columns: number): ToneLine[] {
  return prose(
    `Should Terraform have made group ${oldGroup}, run no terraform apply before the steps of docs/terraform.md: it would launch the old image again.`,
    columns,
  );
}

function steps(adopt: Adopt, file: string | undefined, columns: number): ToneLine[] {
  const last = `terraform plan must say: ${expectedPlan(adopt)}. ${adopt.imports.length > 0 ? APPLY : ''}`;
  const all: Step[] = [
    { says: 'The configuration must say:', lines: settingLines(adopt) },
    ...conversions(adopt),
    {
      says: 'The state must forget what was replaced:',
      lines: forgetCommands(adopt).flatMap((command) => continued(command, columns - INDENTATION)),
    },
    file === undefined
      ? { says: 'Add to the configuration, for this one apply:', lines: importBlocks(adopt.imports) }
      : { says: `Have ${file} in the configuration's folder, for this one apply.`, lines: [] },
    { says: last.trimEnd(), lines: [] },
  ];
  return all
    .filter(({ lines, says }) => lines.length > 0 || !says.endsWith(':'))
    .flatMap(({ says, lines }, index) => [...prose(`${index + 1}. ${says}`, columns), ...verbatim(lines)]);
}

/** Something to do, and what there is to copy for it. */
interface Step {
  readonly says: string;
  readonly lines: readonly string[];
}

function conversions({ conversion }: Adopt): Step[] {
  if (conversion === undefined) return [];
  const { from, to } = conversion;
  const how = 'terraform plan -generate-config-out=FILE drafts it once the import blocks are there';
  return [{ says: `${to} takes the place of ${from}, and the group launches from it; ${how}.`, lines: [] }];
}

function settingLines({ settings }: Adopt): string[] {
  return settings.flatMap(({ block, lines }) => [block, ...lines.map((line) => `  ${line}`)]);
}

function guesses({ source }: Adopt, columns: number): ToneLine[] {
  if (source !== 'guessed') return [];
  return prose(
    'The addresses are guesses: take yours from terraform state list, or give --terraform-state next time.',
    columns,
  );
}

function prose(text: string, columns: number): ToneLine[] {
  return wrapped(text, columns).map((line) => ({ text: line, tone: 'plain' }));
}

function verbatim(lines: readonly string[]): ToneLine[] {
  return lines.map((line) => ({ text: ' '.repeat(INDENTATION) + line, tone: 'plain' }));
}

/** Why Terraform needs to be told nothing, and what not to do meanwhile. */
export function describeNothingToAdopt(because: NothingToAdopt): string {
  switch (because) {
    case 'rolled-back':
      return 'nothing to import: its state names the group the cluster still runs in.';
    case 'nothing-changed':
      return 'nothing to import: this command changed nothing.';
    case 'not-ended':
      return 'nothing to import before the roll has ended; until then, run no terraform apply.';
  }
}

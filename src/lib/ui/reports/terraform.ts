import type { Adopt, Adoption } from '../../terraform/adoption.js';
import { expectedPlan, forgetCommand, importBlocks } from '../../terraform/import-file.js';
import { describeNothingToAdopt } from '../sentences/terraform.js';
import type { ToneLine } from '../server-lines.js';
import { wrapped } from '../text.js';

const DANGER =
  'Terraform, if it made this group: its state names what the roll replaced. Run no terraform apply before these ' +
  'steps are done: it would launch the old image again.';
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

function steps(adopt: Adopt, file: string | undefined, columns: number): ToneLine[] {
  const saved =
    file === undefined
      ? [
          ...prose('3. Add to the configuration, for this one apply:', columns),
          ...verbatim(importBlocks(adopt.imports)),
        ]
      : prose(`3. Have ${file} in the configuration's folder, for this one apply.`, columns);
  return [
    ...prose('1. The configuration must say:', columns),
    ...verbatim(settingLines(adopt)),
    ...prose('2. The state must forget what was replaced:', columns),
    ...verbatim([forgetCommand(adopt)]),
    ...saved,
    ...prose(`4. terraform plan must say: ${expectedPlan(adopt)}. ${APPLY}`, columns),
  ];
}

function settingLines({ settings }: Adopt): string[] {
  const width = Math.max(0, ...settings.map(({ block }) => block.length));
  return settings.flatMap(({ block, lines }) =>
    lines.map((line, index) => `${(index === 0 ? block : '').padEnd(width)}  ${line}`),
  );
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
  return lines.map((line) => ({ text: `   ${line}`, tone: 'plain' }));
}

import type { Adoption } from '../../terraform/adoption.js';
import { forgetCommands, importBlocks } from '../../terraform/import-file.js';
import { describeNothingToAdopt } from '../sentences/terraform.js';

/**
 * What brings Terraform in line with a roll, for scripts.
 *
 * @param file where the import blocks were written
 */
export function adoptionJson(adoption: Adoption, file: string | undefined) {
  if (adoption.kind === 'nothing') {
    const { kind, because } = adoption;
    return { kind, because, sentence: describeNothingToAdopt(because) };
  }
  return {
    ...adoption,
    conversion: adoption.conversion ?? null,
    commands: forgetCommands(adoption),
    importBlocks: importBlocks(adoption.imports)
      .map((line) => `${line}\n`)
      .join(''),
    file: file ?? null,
  };
}

import type { Adopt } from './adoption.js';
import type { Import } from './attached.js';
import { hclString, shellWord } from './text.js';

/** The first line of every file written here, by which one is known again. */
export const IMPORT_FILE_MARK = '# Written by consul-roll: what Terraform must import after a roll.';

/** `import` blocks (Terraform 1.5 and later), a line each. */
export function importBlocks(imports: readonly Import[]): string[] {
  return imports.flatMap(({ to, id }) => ['import {', `  to = ${to}`, `  id = ${hclString(id)}`, '}']);
}

/** The commands that have the state forget what the roll replaced; nothing is destroyed by them. */
export function forgetCommands({ forget }: Adopt): string[] {
  return forget.length === 0 ? [] : [['terraform state rm', ...forget.map(shellWord)].join(' ')];
}

/**
 * What a plan with the import blocks must say; one that destroys or replaces must not be applied. It may change
 * settings that only Terraform knows, like `force_delete`: AWS cannot tell it those at an import.
 */
export function expectedPlan({ imports, addedAgain }: Adopt): string {
  if (imports.length + addedAgain.length === 0) return 'No changes';
  return `${imports.length} to import, ${addedAgain.length} to add, 0 to destroy`;
}

/** A configuration file with the import blocks, and what else is to be done as comments. */
export function importFile(adopt: Adopt): string {
  const { settings, imports, forget } = adopt;
  const steps = [
    'The configuration must say:',
    ...settings.flatMap(({ block, lines }) => lines.map((line) => `  ${block}: ${line}`)),
    ...conversionLines(adopt),
    '',
    ...(forget.length === 0 ? [] : ['The state must forget what was replaced:']),
    ...forgetCommands(adopt).map((command) => `  ${command}`),
    ...(forget.length === 0 ? [] : ['']),
    `Then terraform plan says: ${expectedPlan(adopt)}. What it changes are settings that only`,
    'Terraform knows, like force_delete. Apply that, and delete this file. Do not apply a plan that',
    'destroys or replaces anything.',
  ];
  const comments = steps.map((step) => (step === '' ? '#' : `# ${step}`));
  return `${[IMPORT_FILE_MARK, '#', ...comments, '', ...importBlocks(imports)].join('\n')}\n`;
}

function conversionLines({ conversion }: Adopt): string[] {
  if (conversion === undefined) return [];
  const { from, to } = conversion;
  return [`${to} takes the place of ${from}, and the group launches from it.`];
}

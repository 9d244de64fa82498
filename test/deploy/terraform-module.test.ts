import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasTerraform, openTerraform, warnIfNoTerraform } from '../helpers/terraform.js';

warnIfNoTerraform("the Terraform module's validation");

const MODULE = fileURLToPath(new URL('../../deploy/terraform', import.meta.url));
const read = (name: string) => readFileSync(join(MODULE, name), 'utf8');
const isOnPath = spawnSync('terraform', ['version']).status === 0;

/** The blocks of a kind in a file: their names, and what is in them. */
function blocksOf(kind: string, file: string): { name: string; body: string }[] {
  const found = read(file).matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n(.*?)^\\}`, 'gms'));
  return [...found].map(([, name = '', body = '']) => ({ name, body }));
}

function argument(body: string, name: string): string | undefined {
  return new RegExp(`^ {2}${name} += (.*)$`, 'm').exec(body)?.[1];
}

/** The rows of the README's table that begins below a heading, cell by cell. */
function rowsBelow(heading: string): string[][] {
  const [, section = ''] = read('README.md').split(`## ${heading}\n`);
  const rows = section.split('\n## ')[0]?.matchAll(/^\| `.*\|$/gm) ?? [];
  return [...rows].map(([row]) => row.slice(2, -2).split(' | '));
}

describe("the module's README", () => {
  it('has every input, as it is', () => {
    const inputs = blocksOf('variable', 'variables.tf').map(({ name, body }) => {
      const type = argument(body, 'type')?.replace('object({', 'object') ?? '';
      const preset = argument(body, 'default');
      const description = argument(body, 'description')?.slice(1, -1) ?? '';
      return [`\`${name}\``, `\`${type}\``, preset === undefined ? 'required' : `\`${preset}\``, description];
    });
    expect(inputs.length).toBeGreaterThan(10);
    expect(rowsBelow('Inputs')).toEqual(inputs);
  });

  it('has every output, as it is', () => {
    const outputs = blocksOf('output', 'outputs.tf').map(({ name, body }) => [
      `\`${name}\``,
      argument(body, 'description')?.slice(1, -1) ?? '',
    ]);
    expect(outputs.length).toBeGreaterThan(3);
    expect(rowsBelow('Outputs')).toEqual(outputs);
  });
});

describe('the module', () => {
  it.skipIf(!isOnPath)('is formatted', () => {
    const { status, stdout } = spawnSync('terraform', ['fmt', '-check', '-recursive', MODULE], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.skipIf(!hasTerraform)(
    'is valid in every example',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'module-'));
      try {
        cpSync(MODULE, folder, { recursive: true });
        for (const example of readdirSync(join(folder, 'examples'))) {
          const terraform = await openTerraform(join(folder, 'examples', example), {});
          expect(await terraform.run('terraform validate -no-color')).toMatchObject({
            exitCode: 0,
            stderr: '',
            stdout: 'Success! The configuration is valid.\n\n',
          });
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    120_000,
  );
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { actions } from '../../../src/sandbox/aws/actions.js';
import { DELAYS } from '../../../src/sandbox/aws/delays.js';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';

const spec = readFileSync(new URL('../../../src/sandbox/SPEC.md', import.meta.url), 'utf8');

/** The text under a heading, as far as the next heading of its kind or a higher one. */
function section(heading: RegExp): string {
  const [, after = ''] = spec.split(heading);
  return after.split(/^#{1,3} /m)[0] ?? '';
}

/** What stands between the first two bars, and between the next two, of each row with a name in code. */
function rows(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

test.each(Object.entries(actions))('lists every action of %s, and no other', (service, implemented) => {
  const listed = section(new RegExp(`^### .*\\(\`${service}\`\\)$`, 'm')).match(/(?<=^- `)\w+/gm);
  expect(listed).toEqual(Object.keys(implemented));
});

test('lists every delay, with its length', () => {
  const listed = rows(section(/^## Delays$/m)).map(([, name = '', ms]) => [name, Number(ms)]);
  expect(Object.fromEntries(listed)).toEqual(DELAYS);
});

test('lists every image, with its id and its boot time', () => {
  const listed = rows(section(/^## Images$/m)).map(([, name, id, , boot]) => [name, id, boot]);
  expect(listed).toEqual(SANDBOX_IMAGES.map((image) => [image.name, image.imageId, `${image.bootMs / 1_000} s`]));
});

test('lists every error that the code can name', () => {
  for (const code of codes()) expect(spec).toContain(`\`${code}\``);
});

/** The error codes in the code: what is thrown by name. */
function codes(): string[] {
  const found = ['aws', 'endpoint'].flatMap(sources).flatMap((source) => {
    return [...source.matchAll(/new AwsFault\(\s*'([\w.]+)'/g)].map(([, code = '']) => code);
  });
  expect(found.length).toBeGreaterThan(30);
  return [...new Set(found)];
}

function sources(folder: string): string[] {
  const root = new URL(`../../../src/sandbox/${folder}/`, import.meta.url);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => readFileSync(new URL(name, root), 'utf8'));
}

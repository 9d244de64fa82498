import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseClusterFile } from '../../src/lib/config/cluster-file.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
  ...['deploy/README.md', 'deploy/terraform/README.md'],
].filter((path) => path.endsWith('.md'));

interface Known {
  readonly flags: Readonly<Record<string, { readonly char?: string }>>;
}
const commands: Readonly<Record<string, Known>> = JSON.parse(read('oclif.manifest.json')).commands;

/** The code blocks of a page, without fences. */
function blocksOf(text: string, language = ''): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, body = '']) => body);
}

/** Every `consul-roll ...` in the code blocks of a page, with continued lines and without comments. */
function callsIn(text: string): string[] {
  const lines = ['', 'sh', 'bash', 'yaml'].flatMap((language) => blocksOf(text, language));
  const whole = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  return whole.flatMap((line) =>
    [...line.matchAll(/(?:^|\$\(|&& )(?:consul-roll|bin\/run\.js) ([^#|>&)]*)/g)].map(([, rest = '']) => rest.trim()),
  );
}

/** The unknown command of a call, or its unknown flags. */
function unknownIn(call: string): string[] {
  const [first = '', second = ''] = call.split(/\s+/);
  const id = `${first}:${second}` in commands ? `${first}:${second}` : first;
  const command = commands[id];
  if (command === undefined) return [id];
  const characters = Object.values(command.flags).map(({ char }) => char);
  const flags = [...call.matchAll(/(?:^|\s)--?([a-z][a-z0-9-]*)/g)].map(([, flag = '']) => flag);
  return flags.filter((flag) => !(flag in command.flags || characters.includes(flag) || flag === 'help'));
}

/** The anchors of a page: its headings, and those of rows. */
function anchorsOf(text: string): string[] {
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  return [...titles, ...[...text.matchAll(/<a id="([^"]*)">/g)].map(([, id = '']) => id)];
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('calls existing commands with existing flags', () => {
    expect(callsIn(text).flatMap((call) => unknownIn(call).map((what) => `${what}: ${call}`))).toEqual([]);
  });

  it('has no broken links', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g)];
    const broken = links.filter(([, path = '', anchor = '']) => {
      const target = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
      if (!existsSync(target)) return true;
      return anchor !== '' && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

describe('docs/first-cluster.md', () => {
  it('has valid cluster files', () => {
    const files = blocksOf(read('docs/first-cluster.md'), 'yaml');
    expect(files.map((file) => parseClusterFile(file, 'cluster.yaml').cluster)).toEqual(['consul', 'consul']);
  });

  it('would fail with an unknown command or flag', () => {
    expect(unknownIn('upgrade --cluster consul --amy ami-1')).toEqual(['amy']);
    expect(unknownIn('upgarde --cluster consul')).toEqual(['upgarde']);
    expect(callsIn('```sh\neval "$(consul-roll sandbox env)" # x\nconsul-roll plan \\\n  --ami a\n```\n')).toEqual([
      'sandbox env',
      'plan --ami a',
    ]);
  });
});

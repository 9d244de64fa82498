import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');

describe('docs/troubleshooting.md', () => {
  it('quotes only messages of consul-roll', () => {
    const headings = page.match(/^\*\*.*?\*\*/gm) ?? [];
    const quoted = headings.flatMap((heading) => [...heading.matchAll(/`([^`]+)`/g)].map(([, said = '']) => said));
    const messages = quoted.filter((said) => !/^[a-z-]+$/.test(said));
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.filter((said) => !source().includes(said))).toEqual([]);
  });

  it.each(['README.md', 'docs/troubleshooting.md', 'docs/failure-modes.md', 'docs/glossary.md'])(
    '%s links only existing documents',
    (name) => {
      const links = [...readFileSync(join(ROOT, name), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)];
      const local = links.map(([, to = '']) => to).filter((to) => !/^https?:/.test(to));
      const folder = join(ROOT, name, '..');
      expect(local.filter((to) => !existsSync(join(folder, to)))).toEqual([]);
    },
  );
});

/** All sources as one text. */
function source(): string {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(join(ROOT, 'src', name), 'utf8')).join('\n');
}

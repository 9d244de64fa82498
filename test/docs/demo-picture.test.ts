import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const picture = readFileSync(join(ROOT, 'docs/demo.svg'), 'utf8');

describe('the recorded demo', () => {
  it('is at the top of the README', () => {
    const firstScreen = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').slice(0, 15).join('\n');
    expect(firstScreen).toContain('](docs/demo.svg)');
  });

  it('shows a roll to its end, with nothing lost', () => {
    for (const said of ['Preflight', 'Canary', 'Drain', 'Rolled:', ' 0 lost'])
      expect(picture).toContain(said);
  });

  it('asks for nothing from elsewhere, and tells nothing of the machine it was made on', () => {
    const addresses = [...picture.matchAll(/https?:\/\/[^"\s<]+/g)].map(([address]) => address);
    expect(addresses).toEqual(['http://www.w3.org/2000/svg']);
    expect(picture).not.toMatch(/<script|@import|url\(/);
    for (const path of [homedir(), tmpdir(), ROOT]) expect(picture).not.toContain(path);
  });

  it('stands still, at its end, for who wants no motion', () => {
    expect(picture).toMatch(/prefers-reduced-motion:reduce\)\{\.film\{animation:none/);
  });
});

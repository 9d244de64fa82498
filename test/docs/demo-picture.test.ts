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

  it('shows a complete roll without a lost write', () => {
    for (const said of ['Preflight', 'Canary', 'Drain', 'Rolled:', ' 0 lost']) expect(picture).toContain(said);
  });

  it('loads nothing, and shows nothing of the machine that recorded it', () => {
    const addresses = [...picture.matchAll(/https?:\/\/[^"\s<]+/g)].map(([address]) => address);
    expect(addresses).toEqual(['http://www.w3.org/2000/svg']);
    expect(picture).not.toMatch(/<script|@import|url\(/);
    for (const path of [homedir(), tmpdir(), ROOT]) expect(picture).not.toContain(path);
  });

  it('shows the last frame with prefers-reduced-motion', () => {
    expect(picture).toMatch(/prefers-reduced-motion:reduce\)\{\.film\{animation:none/);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/security.md`, 'utf8');
const SECTION = PAGE.split('\n## What consul-roll never does\n')[1]?.split('\n## ')[0] ?? '';
/** The rows of its tables, without heads: a promise, and its test. */
const PROMISES = SECTION.split('\n').filter((line) => /^\|(?! [^|]+ \| test \|$|-)/.test(line));

describe('docs/security.md', () => {
  it('names a test for every promise', () => {
    expect(PROMISES.length).toBeGreaterThan(20);
    const broken = PROMISES.filter((row) => {
      const [, file = '', title = ''] = /^\| .+ \| `([\w./-]+)`: (.+) \|$/.exec(row) ?? [];
      const path = `${ROOT}test/${file}`;
      return title === '' || !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
    });
    expect(broken).toEqual([]);
  });

  it('says how to report a fault, where GitHub looks for it too', () => {
    expect(PAGE).toMatch(/^## How to report a fault\n/m);
    expect(readFileSync(`${ROOT}SECURITY.md`, 'utf8')).toContain('docs/security.md#how-to-report-a-fault');
  });
});

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('docs/doctor.md', () => {
  it('has a fresh table of checks', () => {
    expect(() => execFileSync(process.execPath, ['scripts/doctor-docs.mjs', '--check'])).not.toThrow();
  });
});

describe('docs/permissions.md', () => {
  it('has fresh tables', () => {
    expect(() => execFileSync(process.execPath, ['scripts/permissions.mjs', '--check'])).not.toThrow();
  });
});

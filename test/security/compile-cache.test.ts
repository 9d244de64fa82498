import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Says which folder Node would run compiled code from. */
const TELL = `data:text/javascript,process.getBuiltinModule('module').enableCompileCache=(folder)=>console.error('CACHE',folder)`;

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'consul-roll-home-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function findCacheFolder(): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, ['--import', TELL, resolve('bin/run.js'), '--version'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home },
  });
  expect(status, stderr).toBe(0);
  return /^CACHE (.*)$/m.exec(stderr)?.[1];
}

// Node checks neither the owner nor a signature of what is in the folder, and runs it.
describe('compiled code', () => {
  it('is kept in a folder of the user alone', () => {
    const folder = findCacheFolder();
    expect(folder).toBe(join(home, '.cache/consul-roll/compiled'));
    expect(statSync(folder ?? '').mode & 0o777).toBe(0o700);
  });

  it.each<[string, () => void]>([
    ['the home folder is writable by others', () => chmodSync(home, 0o777)],
    ['a folder on the way is writable by others', () => makeCache(0o777)],
    ['a folder on the way is a link', () => symlinkSync(mkdtempSync(join(home, 'x-')), join(home, '.cache'))],
  ])('is not kept where %s', (_, prepare) => {
    prepare();
    expect(findCacheFolder()).toBeUndefined();
  });
});

function makeCache(mode: number): void {
  mkdirSync(join(home, '.cache'));
  chmodSync(join(home, '.cache'), mode);
}

import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { assertVariablesKnown, listHooks, resolveSettings } from '../../src/lib/config/resolve-settings.js';

const HOOK = "hooks:\n  - on: before-phase\n    run: 'touch /tmp/pwned'\n";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'));
  path = join(folder, 'consul-roll.yaml');
  writeFileSync(path, HOOK, { mode: 0o644 });
  chmodSync(path, 0o644);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function readHooks(config?: string, cwd = folder) {
  const sources = { config, cluster: undefined, env: {}, cwd, home: '/' };
  return (await resolveSettings(sources)).layer.values.hooks?.length;
}

const isRoot = process.getuid?.() === 0;

describe('a settings file with hooks that was found', () => {
  it('runs where only its owner may write', async () => {
    expect(await readHooks()).toBe(1);
  });

  it.runIf(isRoot)('of another user does not run, for root neither', async () => {
    chownSync(path, 4321, 4321);
    await expect(readHooks()).rejects.toThrow(/belongs to another user, and the file may name commands to run/);
  });

  it.runIf(isRoot)('does not run in a folder of another user, nor below one', async () => {
    const below = join(folder, 'below');
    mkdirSync(below);
    writeFileSync(join(below, 'consul-roll.yaml'), HOOK);
    chownSync(folder, 4321, 4321);
    await expect(readHooks()).rejects.toThrow(`${folder}, on the way to ${path}, belongs to another user`);
    await expect(readHooks(undefined, below)).rejects.toThrow(`${folder}, on the way to`);
  });

  it.runIf(isRoot)("does not run by another user's link to a file of one's own", async () => {
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs);
    symlinkSync(path, join(theirs, 'consul-roll.yaml'));
    expect(await readHooks(undefined, theirs)).toBe(1);
    lchownSync(join(theirs, 'consul-roll.yaml'), 4321, 4321);
    await expect(readHooks(undefined, theirs)).rejects.toThrow(/belongs to another user/);
    rmSync(join(theirs, 'consul-roll.yaml'));
    chownSync(theirs, 4321, 4321);
    symlinkSync(path, join(theirs, 'hop'));
    const mine = join(folder, 'mine');
    mkdirSync(mine);
    symlinkSync(join(theirs, 'hop'), join(mine, 'consul-roll.yaml'));
    await expect(readHooks(undefined, mine)).rejects.toThrow(`${theirs}, on the way to`);
  });

  it('runs its hooks in its own folder, also where a link leads to it', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(path, join(elsewhere, 'consul-roll.yaml'));
    for (const config of [undefined, join(elsewhere, 'consul-roll.yaml')]) {
      const sources = { config, cluster: undefined, env: {}, cwd: elsewhere, home: '/' };
      expect(listHooks(await resolveSettings(sources)).map((hook) => hook.folder)).toEqual([realpathSync(folder)]);
    }
  });

  it('of another user does not run', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(4321);
    if (isRoot) chownSync(path, 1234, 1234);
    await expect(readHooks()).rejects.toThrow(/belongs to another user/);
  });

  it('that every user may write does not run', async () => {
    chmodSync(path, 0o666);
    await expect(readHooks()).rejects.toThrow(/Other users may write .* and the file may name commands to run/);
  });

  it('that a group may write does not run; that of its owner alone may', async () => {
    const { uid, gid } = statSync(path);
    chmodSync(path, 0o664);
    if (gid === uid) expect(await readHooks()).toBe(1);
    if (gid === uid && !isRoot) return;
    // The primary group of every user of a Mac is `staff`, on other systems `users`.
    if (isRoot) chownSync(path, uid, 20);
    vi.spyOn(process, 'getgid').mockReturnValue(20);
    await expect(readHooks()).rejects.toThrow(/Other users may write/);
  });

  it('that every user may replace does not run; in a sticky folder no other user may', async () => {
    chmodSync(folder, 0o777);
    await expect(readHooks()).rejects.toThrow(/Other users may write/);
    chmodSync(folder, 0o1777);
    expect(await readHooks()).toBe(1);
  });

  it('runs all the same once it is named', async () => {
    chmodSync(path, 0o666);
    expect(await readHooks(path)).toBe(1);
  });
});

describe('a variable that would be ignored', () => {
  it.each([
    [
      'CONSUL_ROLL_HELTH_TIMEOUT',
      /CONSUL_ROLL_HELTH_TIMEOUT is not a variable of consul-roll; CONSUL_ROLL_HEALTH_TIMEOUT is/,
    ],
    ['CONSUL_ROLL_TOKEN', /^CONSUL_ROLL_TOKEN is not a variable of consul-roll; CONSUL_HTTP_TOKEN is\.$/],
    ['CONSUL_ROLL_CONSUL_TOKEN_FILE', /; CONSUL_HTTP_TOKEN_FILE is\.$/],
    ['CONSUL_ROLL_SNAPSHOT_TOKN', /; CONSUL_ROLL_SNAPSHOT_TOKEN is\.$/],
    ['CONSUL_ROLL_TAKE', /CONSUL_ROLL_TAKE is not a variable of consul-roll; CONSUL_ROLL_BAKE is\.$/],
    ['CONSUL_ROLL_CODE', /CONSUL_ROLL_CODE is not a variable of consul-roll\.$/],
    ['CONSUL_ROLL_XYZZY', /CONSUL_ROLL_XYZZY is not a variable of consul-roll\.$/],
  ])('is refused: %s', (name, message) => {
    expect(() => assertVariablesKnown({ [name]: '1m' })).toThrow(message);
  });

  it('is not one of those that hooks and completion have', () => {
    assertVariablesKnown({ CONSUL_ROLL_HOOK: 'before-phase', CONSUL_ROLL_MOVE: 'leave' });
    assertVariablesKnown({ CONSUL_ROLL_AC_BASH_SETUP_PATH: '/x', CONSUL_ROLL_CACHE_DIR: '/y' });
  });
});

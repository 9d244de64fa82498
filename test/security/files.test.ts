import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesIn } from '../../src/cli/files.js';
import {
  assertReplaceable,
  assertReportFile,
  openEventsFile,
  openReportFile,
  replaceFile,
} from '../../src/cli/output-files.js';
import { openEventOutput } from '../../src/cli/outputs.js';
import { parseTerraformFlags, writeTerraformImport } from '../../src/cli/terraform-import.js';
import { resolveConnectionSettings } from '../../src/lib/config/connection.js';
import { parseEventFiles } from '../../src/lib/output/report/runs.js';
import { canMountHanging, type HangingFileSystem, mountHanging } from '../helpers/hanging-file-system.js';
import { listChildren } from '../helpers/processes.js';
import { compileProgram } from '../helpers/program.js';
import { readRollFile } from '../helpers/rolls.js';
import { buildResult } from '../helpers/scripted-roll.js';

const isRoot = process.getuid?.() === 0;
const OTHER_USER = 65_534;
const SECRET = 'BEGIN-OF-A-PRIVATE-KEY';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const [event] = parseEventFiles([readRollFile('killed-and-resumed')]).documents;
if (event === undefined) throw new Error('the recorded roll has no event');
const bytes = () => Readable.from([Buffer.from('state')]);
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a snapshot', () => {
  it('replaces no file, and is readable by its owner only whatever was there', async () => {
    const snapshots = join(folder, 'snapshots');
    mkdirSync(snapshots, { mode: 0o700 });
    writeFileSync(join(snapshots, 'a.snap'), 'earlier', { mode: 0o644 });
    symlinkSync('/etc/passwd', join(snapshots, 'a-2.snap'));
    writeFileSync(join(snapshots, 'a.snap.partial'), 'of a run that was killed', { mode: 0o666 });
    const saved = await filesIn(snapshots).save('a.snap', bytes());
    expect(saved.path).toBe(join(snapshots, 'a-3.snap'));
    expect(modeOf(saved.path)).toBe(0o600);
    expect(readFileSync(join(snapshots, 'a.snap'), 'utf8')).toBe('earlier');
    expect(readdirSync(snapshots).sort()).toEqual(['.gitignore', 'a-2.snap', 'a-3.snap', 'a.snap']);
  });

  it('is in a folder that git leaves alone', async () => {
    const repository = join(folder, 'repository');
    execFileSync('git', ['init', '-q', repository]);
    const statusOf = () =>
      execFileSync('git', ['-C', repository, 'status', '--porcelain', '--untracked-files=all']).toString();
    await filesIn(join(repository, 'snapshots')).save('a.snap', bytes());
    expect(statusOf()).toBe('');
    // One that was made before, or by an earlier process that went no further.
    mkdirSync(join(repository, 'made'), { mode: 0o700 });
    await filesIn(join(repository, 'made')).save('a.snap', bytes());
    expect(statusOf()).toBe('');
    // Not one with other files in it: they would be ignored too.
    writeFileSync(join(repository, 'main.tf'), '');
    await filesIn(repository).save('a.snap', bytes());
    expect(statusOf()).toContain('main.tf');
  });

  it('takes no name that another process takes at the same time', async () => {
    const wanted = join(folder, 'a.snap');
    const meanwhile = async function* () {
      yield Buffer.from('state');
      writeFileSync(wanted, 'of the other');
    };
    expect(await filesIn(folder).save('a.snap', meanwhile())).toMatchObject({ path: join(folder, 'a-2.snap') });
    expect(readFileSync(wanted, 'utf8')).toBe('of the other');
  });

  it('goes outside of the working folder unless another one is named', () => {
    const from = (env: Record<string, string>) => resolveConnectionSettings({}, env, () => '').snapshotDir;
    expect(from({ XDG_STATE_HOME: '/state', HOME: '/home/ops' })).toBe('/state/consul-roll/snapshots');
    expect(from({ HOME: '/home/ops' })).toBe('/home/ops/.local/state/consul-roll/snapshots');
  });

  it.each([
    ['that every user may write', 0o777],
    ['that every user may write, as /tmp', 0o1777],
  ])('is not written to a folder %s', async (_, mode) => {
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, mode);
    expect(await filesIn(shared).findProblem()).toEqual({
      why: `other users may write ${shared}`,
      remedy: expect.stringMatching(/^chmod go-w .*--snapshot-dir$/),
    });
    await expect(filesIn(shared).save('a.snap', bytes())).rejects.toMatchObject({ code: 'file-not-written' });
    expect(readdirSync(shared)).toEqual([]);
    chmodSync(shared, mode & ~0o022);
    expect(await filesIn(shared).findProblem()).toBeUndefined();
  });

  it.each([0o777, 0o755])('has no file truncated by the probe of its folder (mode %o)', async (mode) => {
    writeFileSync(join(folder, 'precious'), 'mine');
    symlinkSync(join(folder, 'precious'), join(folder, '.consul-roll-probe'));
    chmodSync(folder, mode);
    await filesIn(folder).findProblem();
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['.consul-roll-probe', 'precious']);
  });

  it('is not written to a folder that another user can replace', async () => {
    const below = join(folder, 'below');
    mkdirSync(below, { mode: 0o700 });
    chmodSync(folder, 0o777);
    expect(await filesIn(below).findProblem()).toMatchObject({ why: expect.stringContaining('replace the folder') });
  });

  it.skipIf(!isRoot)('is not written to a folder of another user', async () => {
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs, { mode: 0o700 });
    chownSync(theirs, OTHER_USER, OTHER_USER);
    expect(await filesIn(theirs).findProblem()).toMatchObject({ why: `${theirs} belongs to another user` });
    const below = join(theirs, 'below');
    mkdirSync(below, { mode: 0o700 });
    const why = `${theirs} belongs to another user, who may replace the folder in it`;
    for (const one of [below, join(below, 'not', 'yet')])
      expect(await filesIn(one).findProblem()).toMatchObject({ why });
    await expect(filesIn(below).save('a.snap', bytes())).rejects.toMatchObject({ code: 'file-not-written' });
    expect(readdirSync(below)).toEqual([]);
  });
});

describe('a folder that cannot be written', () => {
  // failure-mode: snapshot-folder
  it('is known before it exists, and is not created', async () => {
    writeFileSync(join(folder, 'file'), '');
    const problem = await filesIn(join(folder, 'file', 'deep', 'er')).findProblem();
    expect(problem?.why).toContain(`${join(folder, 'file')} is a file`);
    expect(await filesIn(join(folder, 'new', 'er')).findProblem()).toBeUndefined();
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('is not taken for one where the server that sends the snapshot is slow', async () => {
    const slow = async function* () {
      yield Buffer.from('sta');
      await new Promise((resolve) => setTimeout(resolve, 600));
      yield Buffer.from('te');
    };
    expect(await filesIn(folder, 300).save('a.snap', slow())).toMatchObject({ bytes: 5 });
  });
});

describe('the report', () => {
  it.each(['#!/bin/sh\necho mine\n', '<!doctype html><title>another page</title>'])(
    'does not overwrite %j',
    async (content) => {
      const path = join(folder, 'other');
      writeFileSync(path, content);
      await expect(assertReportFile(path, '--out')).rejects.toMatchObject({
        code: 'bad-usage',
        message: expect.stringContaining('is not a report of consul-roll'),
        next: expect.stringContaining('--out'),
      });
      await expect(openReportFile(path, undefined, () => undefined)).rejects.toMatchObject({ code: 'bad-usage' });
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );

  it('replaces an earlier one, also where others could read that', async () => {
    const path = join(folder, 'roll.html');
    const { documents } = parseEventFiles([readRollFile('killed-and-resumed')]);
    for (const _ of [1, 2]) {
      const output = await openReportFile(path, undefined, () => undefined);
      documents.forEach(output.take);
      await output.end();
      expect(readFileSync(path, 'utf8')).toContain('<!doctype html>');
      expect(modeOf(path)).toBe(0o600);
      chmodSync(path, 0o644);
    }
    expect(readdirSync(folder)).toEqual(['roll.html']);
  });

  it('does not write through a link in its way', async () => {
    const path = join(folder, 'roll.html');
    writeFileSync(join(folder, 'precious'), 'mine');
    symlinkSync(join(folder, 'precious'), path);
    await replaceFile(path, 'page');
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('mine');
  });
});

describe('the import file', () => {
  const settings = (path: string) => parseTerraformFlags({ 'write-import': path });

  it.each([
    ['a file that consul-roll did not write', 'main.tf', /is not an import file of consul-roll/],
    ['a file in a missing folder', 'nowhere/imports.tf', /The directory .* for --write-import does not exist/],
    ['a folder', '.', /is a directory/],
  ])('is known to be unfit before a roll: %s', async (_, name, message) => {
    writeFileSync(join(folder, 'main.tf'), 'resource');
    await expect(settings(join(folder, name))).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringMatching(message),
    });
  });

  it.skipIf(isRoot)('is known to be unfit before a roll: a folder that this user may not write', async () => {
    chmodSync(folder, 0o500);
    await expect(settings(join(folder, 'imports.tf'))).rejects.toMatchObject({ code: 'bad-usage' });
    chmodSync(folder, 0o700);
  });

  it('replaces no file that has appeared during the roll, and the blocks are printed', async () => {
    const path = join(folder, 'imports.tf');
    const checked = await settings(path);
    writeFileSync(path, 'resource');
    const written = await writeTerraformImport(buildResult(), checked);
    expect(written).toMatchObject({ file: undefined, writeError: expect.stringContaining('is not an import file') });
    expect(readFileSync(path, 'utf8')).toBe('resource');
  });

  it('is not written through a link, and readable by its owner only', async () => {
    const path = join(folder, 'imports.tf');
    const checked = await settings(path);
    writeFileSync(join(folder, 'precious'), '');
    symlinkSync(join(folder, 'precious'), path);
    expect(await writeTerraformImport(buildResult(), checked)).toMatchObject({ file: path, writeError: undefined });
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('');
    expect(modeOf(path)).toBe(0o600);
  });
});

describe('the events', () => {
  const open = (path: string, warn = (_: string) => {}) =>
    openEventOutput({ output: 'quiet', events: path, json: false }, warn);

  it('are readable by their owner only', async () => {
    const path = join(folder, 'roll.ndjson');
    for (const runs of [1, 2]) {
      const output = await open(path);
      for (const _ of [1, 2, 3]) output.take(event);
      await output.end();
      expect(modeOf(path)).toBe(0o600);
      expect(parseEventFiles([{ name: path, text: readFileSync(path, 'utf8') }]).documents).toHaveLength(3 * runs);
      chmodSync(path, 0o644);
    }
  });

  it.skipIf(!isRoot)('that do not fit on the disk are a warning', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'none', disk]);
    try {
      const said: string[] = [];
      const output = await open(join(disk, 'roll.ndjson'), (text) => said.push(text));
      for (let count = 0; count < 100; count += 1) output.take(event);
      await output.end();
      output.take(event);
      expect(said).toEqual([expect.stringContaining('No space left on device')]);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  // failure-mode: output-not-ours
  it('do not quote a file that is something else', async () => {
    const path = join(folder, 'id_rsa');
    writeFileSync(path, `${SECRET}\n`);
    const thrown = await open(path).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: 'bad-usage' });
    expect(String(thrown)).not.toContain('BEGIN');
    expect(readFileSync(path, 'utf8')).toBe(`${SECRET}\n`);
  });

  // failure-mode: output-hangs
  it('hold up no roll when their file system no longer answers', async () => {
    const output = await openEventsFile(join(folder, 'roll.ndjson'), 300);
    const writer = listChildren(process.pid).find(({ command }) => command[0] === 'cat');
    if (writer === undefined) throw new Error('nothing writes the events');
    // It stands still as in a write that does not return.
    process.kill(writer.pid, 'SIGSTOP');
    try {
      const startMs = performance.now();
      const takeUntilRefused = async () => {
        for (let count = 0; count < 10_000; count += 1) {
          output.take(event);
          if (count % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        }
      };
      await expect(takeUntilRefused()).rejects.toThrow('the file system does not answer');
      await expect(output.end()).rejects.toThrow('the file system does not answer');
      expect(performance.now() - startMs).toBeLessThan(5_000);
    } finally {
      process.kill(writer.pid, 'SIGKILL');
    }
  });

  it('go to no pipe without a reader', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(open(path)).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringContaining('no program reads it'),
    });
  });

  it('do not wait for a reader that has stopped reading', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = spawn('/bin/sh', ['-c', 'exec 3< "$1"; echo open; read -r line <&4', 'sh', path], {
      stdio: ['ignore', 'pipe', 'ignore', 'ignore', 'pipe'],
    });
    try {
      // A pipe is opened by both ends at once.
      const writer = spawn('/bin/sh', ['-c', 'exec 3> "$1"; sleep 30', 'sh', path], { stdio: 'ignore' });
      await new Promise((resolve) => reader.stdout?.once('data', resolve));
      const said: string[] = [];
      const output = await open(path, (text) => said.push(text));
      const startMs = performance.now();
      for (let count = 0; count < 1_000 && said.length === 0; count += 1) output.take(event);
      expect(said).toEqual([expect.stringContaining('the program that reads it is too slow')]);
      expect(performance.now() - startMs).toBeLessThan(10_000);
      writer.kill('SIGKILL');
    } finally {
      reader.kill('SIGKILL');
    }
  });
});

const canHang = canMountHanging();
if (!canHang) process.stderr.write('\n*** SKIPPED: file systems that hang: this user may not mount one ***\n\n');

describe.skipIf(!canHang)('a file system that does not answer', () => {
  const LIMIT_MS = 300;
  let at: string;
  let hanging: HangingFileSystem | undefined;
  const hang = async () => {
    hanging = await mountHanging(at);
    if (hanging === undefined) throw new Error('it could not be mounted');
  };
  beforeEach(() => {
    at = join(folder, 'gone');
    mkdirSync(at);
  });
  afterEach(() => hanging?.end());

  /** What is returned, or thrown, well before the file system gives up. */
  async function inTime<Result>(pending: Promise<Result>): Promise<Result> {
    const startMs = performance.now();
    try {
      return await pending;
    } finally {
      expect(performance.now() - startMs).toBeLessThan(5_000);
    }
  }

  it.each(['', 'snapshots/not/yet'])(
    'holds up no check of the folder for snapshots, nor its size: %j',
    async (name) => {
      await hang();
      const files = filesIn(join(at, name), LIMIT_MS);
      const cannot = `${join(at, name)} cannot be written: the file system does not answer`;
      expect(await inTime(files.findProblem())).toEqual({
        why: cannot,
        remedy: expect.stringContaining('--snapshot-dir'),
      });
      expect(await inTime(files.countFreeBytes())).toBeUndefined();
      await expect(inTime(files.save('a.snap', bytes()))).rejects.toMatchObject({ code: 'file-not-written' });
    },
  );

  it('is known before a roll, whichever file is on it', async () => {
    await hang();
    const path = join(at, 'file');
    const own = { what: 'a file', isOwn: () => true };
    const message = expect.stringContaining('the file system does not answer');
    await expect(inTime(openEventsFile(path, LIMIT_MS))).rejects.toMatchObject({ message });
    await expect(inTime(assertReplaceable(path, '--report', own, LIMIT_MS))).rejects.toMatchObject({ message });
    await expect(inTime(replaceFile(path, 'page', LIMIT_MS))).rejects.toMatchObject({ message });
  });

  it('ends with what is to be said at the end where the process is ended before that time is over', async () => {
    const files = join(compileProgram().root, 'dist', 'cli', 'files.js');
    await hang();
    const code = `
      const { filesIn } = await import(${JSON.stringify(files)});
      process.once('SIGTERM', () => {
        process.once('exit', (code) => process._rawDebug('Stopped during a step, ' + code));
        process.exit(143);
      });
      filesIn(${JSON.stringify(at)}).save('a.snap', []).catch(() => undefined);
      setTimeout(() => process.stdout.write('asked'), 1_500);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => child.once('close', (exit, signal) => resolve(exit ?? signal)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    expect(await inTime(ended)).toBe('SIGKILL');
    expect(said).toBe('Stopped during a step, 143\n');
  }, 60_000);

  it('ends no process that asked it once it has answered, be it late', async () => {
    const files = join(compileProgram().root, 'dist', 'cli', 'files.js');
    await hang();
    const code = `
      const { filesIn } = await import(${JSON.stringify(files)});
      await filesIn(${JSON.stringify(at)}, 300).countFreeBytes();
      process.stdout.write('asked');
      process.stdin.once('data', () => setTimeout(() => process.exit(3), 500));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.once('close', (exit, signal) => resolve(exit ?? signal)));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await hanging?.end();
    child.stdin.end('end');
    expect(await inTime(ended)).toBe(3);
  }, 60_000);
});

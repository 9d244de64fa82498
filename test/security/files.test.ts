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
import { assertReportFile, createEventSinks, createReportFileSink, writeReport } from '../../src/cli/outputs.js';
import { resolveConnectionSettings } from '../../src/lib/config/connection.js';
import { parseEventFiles } from '../../src/lib/output/report/runs.js';
import { readRollFile } from '../helpers/rolls.js';

const isRoot = process.getuid?.() === 0;
const OTHER_USER = 65_534;
const SECRET = 'BEGIN-OF-A-PRIVATE-KEY';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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
    expect(readdirSync(snapshots).sort()).toEqual(['a-2.snap', 'a-3.snap', 'a.snap']);
  });

  it('is in a folder that git leaves alone', async () => {
    const repository = join(folder, 'repository');
    execFileSync('git', ['init', '-q', repository]);
    await filesIn(join(repository, 'snapshots')).save('a.snap', bytes());
    const status = execFileSync('git', ['-C', repository, 'status', '--porcelain', '--untracked-files=all']);
    expect(status.toString()).toBe('');
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

  it('is known by its time limit where its file system hangs, and the process ends', async () => {
    // Opening a pipe that has no reader hangs as a file system does that is gone.
    execFileSync('mkfifo', [join(folder, '.consul-roll-probe')]);
    const startMs = performance.now();
    const problem = await filesIn(folder, 300).findProblem();
    expect(problem).toEqual({
      why: `${folder} cannot be written: the file system does not answer`,
      remedy: expect.stringContaining('--snapshot-dir'),
    });
    expect(performance.now() - startMs).toBeLessThan(5_000);
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
      await expect(createReportFileSink(path, undefined, () => undefined)).rejects.toMatchObject({ code: 'bad-usage' });
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );

  it('replaces an earlier one, also where others could read that', async () => {
    const path = join(folder, 'roll.html');
    const { documents } = parseEventFiles([readRollFile('killed-and-resumed')]);
    for (const _ of [1, 2]) {
      const sink = await createReportFileSink(path, undefined, () => undefined);
      documents.forEach(sink);
      expect(readFileSync(path, 'utf8')).toContain('<!doctype html>');
      expect(modeOf(path)).toBe(0o600);
      chmodSync(path, 0o644);
    }
    expect(readdirSync(folder)).toEqual(['roll.html']);
  });

  it('does not write through a link in its way', () => {
    const path = join(folder, 'roll.html');
    writeFileSync(join(folder, 'precious'), 'mine');
    symlinkSync(join(folder, 'precious'), path);
    writeReport(path, 'page');
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('mine');
  });
});

describe('the events', () => {
  const open = (path: string, warn = (_: string) => {}) =>
    createEventSinks({ output: 'quiet', events: path, json: false }, warn);
  const [event] = parseEventFiles([readRollFile('killed-and-resumed')]).documents;
  if (event === undefined) throw new Error('the recorded roll has no event');

  it('are readable by their owner only', async () => {
    const path = join(folder, 'roll.ndjson');
    for (const sink of await open(path)) sink(event);
    expect(modeOf(path)).toBe(0o600);
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
      const sinks = await open(path, (text) => said.push(text));
      const startMs = performance.now();
      for (let count = 0; count < 1_000 && said.length === 0; count += 1) for (const sink of sinks) sink(event);
      expect(said).toEqual([expect.stringContaining('the program that reads it is too slow')]);
      expect(performance.now() - startMs).toBeLessThan(10_000);
      writer.kill('SIGKILL');
    } finally {
      reader.kill('SIGKILL');
    }
  });
});

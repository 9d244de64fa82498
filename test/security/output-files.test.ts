import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assertReportFile, openEventsFile, openReportFile } from '../../src/cli/output-files.js';
import { writeOutputs } from '../../src/cli/outputs.js';
import { parseTerraformFlags } from '../../src/cli/terraform-import.js';
import { parseEventFiles } from '../../src/lib/output/report/runs.js';
import { compileProgram, type Program } from '../helpers/program.js';
import { readRollFile } from '../helpers/rolls.js';

const isRoot = process.getuid?.() === 0;
const OTHER_USER = 65_534;
const { text: EVENTS } = readRollFile('killed-and-resumed');
const [event] = parseEventFiles([readRollFile('killed-and-resumed')]).documents;
if (event === undefined) throw new Error('the recorded roll has no event');

let folder: string;
let path: string;
let precious: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outputs-'));
  [path, precious] = [join(folder, 'roll.ndjson'), join(folder, 'precious')];
  // An events file too, so that only the name tells that it was not meant.
  writeFileSync(precious, EVENTS, { mode: 0o640 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (message: RegExp) => ({ code: 'bad-usage', message: expect.stringMatching(message) });
const isUntouched = () => {
  expect(readFileSync(precious, 'utf8')).toBe(EVENTS);
  expect(statSync(precious).mode & 0o777).toBe(0o640);
};

describe('events are written to no file but the one that was named', () => {
  // failure-mode: output-not-ours
  it.each([
    ['a link', () => symlinkSync(precious, path), /is a link/],
    ['a link to nothing', () => symlinkSync(join(folder, 'nothing'), path), /is a link/],
    ['a hard link', () => linkSync(precious, path), /a second name/],
  ])('%s is refused', async (_, make, message) => {
    make();
    await expect(openEventsFile(path)).rejects.toMatchObject(refusal(message));
    isUntouched();
    expect(() => statSync(join(folder, 'nothing'))).toThrow('ENOENT');
  });

  it.skipIf(!isRoot)('a file or a pipe of another user is refused', async () => {
    writeFileSync(path, EVENTS);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('/bin/sh', ['-c', 'exec 3<> "$1"; echo open; sleep 30', 'sh', pipe], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await new Promise((done) => reader.stdout?.once('data', done));
      for (const theirs of [path, pipe]) {
        chownSync(theirs, OTHER_USER, OTHER_USER);
        chmodSync(theirs, 0o666);
        await expect(openEventsFile(theirs)).rejects.toMatchObject(refusal(/belongs to another user/));
      }
      expect(readFileSync(path, 'utf8')).toBe(EVENTS);
      expect(statSync(path).mode & 0o777).toBe(0o666);
    } finally {
      reader.kill('SIGKILL');
    }
  });

  it('also where another is put in its place during the roll', async () => {
    const output = await openEventsFile(path);
    output.take(event);
    renameSync(path, join(folder, 'moved'));
    symlinkSync(precious, path);
    output.take(event);
    await output.end();
    isUntouched();
    expect(readFileSync(join(folder, 'moved'), 'utf8').trimEnd().split('\n')).toHaveLength(2);
  });
});

describe('a pipe by its name, where a file is replaced when the roll has ended', () => {
  it.each<[string, (name: string) => Promise<unknown>]>([
    ['--report', (name) => openReportFile(name, undefined, () => undefined)],
    ['--out', (name) => assertReportFile(name, '--out')],
    ['--write-import', (name) => parseTerraformFlags({ 'write-import': name })],
  ])('is refused before the roll: %s', async (_, open) => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(open(pipe)).rejects.toMatchObject(refusal(/is a pipe/));
    symlinkSync(pipe, path);
    await expect(open(path)).rejects.toMatchObject(refusal(/is a pipe/));
  });
});

it('a pipe that no program reads holds up no output of the action', () => {
  execFileSync('mkfifo', [path]);
  const said: string[] = [];
  writeOutputs({ GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: path }, { outcome: 'rolled' }, (line) => said.push(line));
  expect(said).toEqual([expect.stringContaining('was not written')]);
});

describe('a descriptor that the program was started with', () => {
  let program: Program;
  beforeAll(() => {
    program = compileProgram();
  }, 120_000);

  const report = (target: string) => {
    // With what the command prints at its end behind the page.
    const script = `exec "$0" "$1" report "$2" --out /dev/fd/3 3> ${target} >&3`;
    const words = [process.execPath, join(program.root, 'bin', 'run.js'), precious];
    return execFileSync('bash', ['-c', script, ...words], { cwd: folder, timeout: 30_000 });
  };

  const PAGE = /^<!doctype html>.*<\/html>\s*The report of .* was written to \/dev\/fd\/3\.\n$/s;

  it('takes a page, and is replaced by no file', () => {
    writeFileSync(path, '', { mode: 0o640 });
    report('roll.ndjson');
    expect(readFileSync(path, 'utf8')).toMatch(PAGE);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('takes a page through a pipe', () => {
    report('>(cat > page; mv page done)');
    execFileSync('bash', ['-c', 'until [ -e done ]; do sleep 0.1; done'], { cwd: folder, timeout: 10_000 });
    expect(readFileSync(join(folder, 'done'), 'utf8')).toMatch(PAGE);
  });

  it('takes events behind what is there already', async () => {
    writeFileSync(path, 'a log\n');
    const file = openSync(path, 'a');
    const output = await openEventsFile(`/dev/fd/${file}`);
    output.take(event);
    await output.end();
    closeSync(file);
    expect(readFileSync(path, 'utf8')).toMatch(/^a log\n\{"schema":.*\}\n$/);
  });
});

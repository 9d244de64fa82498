import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOutputFiles } from '../../../src/cli/outputs.js';
import { findCheckGroup } from '../../../src/lib/engine/checks/check-groups.js';

describe('the files that a run would write', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'consul-roll-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('pass where they can be made, and none is made', async () => {
    const results = await checkOutputFiles({ events: at('e'), 'log-file': at('l'), report: at('r') });
    expect(results.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'events-file pass',
      'log-file pass',
      'report-file pass',
    ]);
    expect(new Set(results.map(({ id }) => findCheckGroup(id)))).toEqual(new Set(['files of the run']));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('have no result where none is named', async () => {
    expect(await checkOutputFiles({})).toEqual([]);
  });

  it('stay as they are, an incomplete last line too', async () => {
    const line = '{"schema":"consul-roll/error/1"}';
    writeFileSync(at('e'), line);
    expect(await checkOutputFiles({ events: at('e') })).toMatchObject([{ status: 'pass' }]);
    expect(readFileSync(at('e'), 'utf8')).toBe(line);
  });

  it.each<['events' | 'log-file' | 'report', string, RegExp]>([
    ['events', 'nowhere/e', /The directory .*nowhere for --events does not exist/],
    ['events', 'folder', /is a directory/],
    ['events', 'text', /is not an events file: its first line is not a JSON document/],
    ['events', 'link', /is a link, which is not followed/],
    ['log-file', 'twice', /has a second name \(a hard link\)/],
    ['log-file', 'nowhere/l', /for --log-file does not exist/],
    ['report', 'text', /exists, and is not a report of consul-roll/],
  ])('fail, with a remedy: %s %s', async (flag, name, observed) => {
    mkdirSync(at('folder'));
    writeFileSync(at('text'), 'hello\n');
    writeFileSync(at('one'), '');
    linkSync(at('one'), at('twice'));
    symlinkSync(at('text'), at('link'));
    const results = await checkOutputFiles({ [flag]: at(name) });
    expect(results).toMatchObject([
      { status: 'fail', observed: expect.stringMatching(observed), remedy: expect.stringContaining(`with --${flag}`) },
    ]);
    expect(existsSync(at('nowhere'))).toBe(false);
    expect(readFileSync(at('text'), 'utf8')).toBe('hello\n');
  });
});

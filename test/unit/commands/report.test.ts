import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReportFile } from '../../../src/cli/output-files.js';
import { RollError } from '../../../src/lib/model/errors.js';
import { parseEventFiles } from '../../../src/lib/output/report/runs.js';
import { readRollFile } from '../../helpers/rolls.js';

describe('--report', () => {
  let folder: string;
  const said: string[] = [];
  const tell = (text: string) => void said.push(text);
  const { documents } = parseEventFiles([readRollFile('killed-and-resumed')]);
  const second = documents.findLastIndex(({ kind }) => kind === 'started');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'consul-roll-report-'));
    said.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes the page when the run ends, not earlier', async () => {
    const path = join(folder, 'roll.html');
    const output = await openReportFile(path, undefined, tell);
    documents.slice(second, -1).forEach(output.take);
    await output.end();
    expect(() => readFileSync(path)).toThrow('ENOENT');
    documents.slice(-1).forEach(output.take);
    await output.end();
    expect(readFileSync(path, 'utf8')).toContain('This record begins in the middle');
    expect(said).toEqual([]);
  });

  it('includes the earlier runs of the events file', async () => {
    const events = join(folder, 'roll.ndjson');
    const path = join(folder, 'roll.html');
    writeFileSync(events, documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
    const output = await openReportFile(path, events, tell);
    documents.slice(second).forEach(output.take);
    await output.end();
    const page = readFileSync(path, 'utf8');
    expect(page).toContain(' in 2 runs');
    expect(page).not.toContain('This record begins in the middle');
  });

  it('warns if the file cannot be written', async () => {
    const below = mkdtempSync(join(folder, 'below-'));
    const path = join(below, 'roll.html');
    const output = await openReportFile(path, undefined, tell);
    rmSync(below, { recursive: true });
    documents.slice(second).forEach(output.take);
    await output.end();
    expect(said).toEqual([expect.stringMatching(/roll\.html was not written: .*[Nn]o/)]);
  });

  it.each([
    ['in a missing directory', 'nowhere/roll.html', undefined, /The directory .*nowhere for --report does not exist/],
    ['that is a directory', '.', undefined, /is a directory/],
    ['that is the events file', 'roll.html', 'roll.html', /--events and --report both name/],
  ])('rejects a file %s at once', async (_, name, events, message) => {
    const inFolder = (one: string) => join(folder, one);
    const thrown = await openReportFile(inFolder(name), events && inFolder(events), tell).catch((error) => error);
    expect(thrown).toBeInstanceOf(RollError);
    expect(thrown).toMatchObject({ kind: 'usage', message: expect.stringMatching(message) });
  });
});

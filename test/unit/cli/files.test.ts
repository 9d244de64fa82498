import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesIn } from '../../../src/cli/files.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('a saved file', () => {
  it('has every byte, and only its owner can read it', async () => {
    const saved = await filesIn(join(folder, 'new')).save(
      'a.snap',
      Readable.from([Buffer.from('ab'), Buffer.from('c')]),
    );
    expect(saved).toEqual({ path: join(folder, 'new', 'a.snap'), bytes: 3 });
    expect(await readFile(saved.path, 'utf8')).toBe('abc');
    expect((await stat(saved.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'new'))).toEqual(['.gitignore', 'a.snap']);
  });

  // failure-mode: snapshot-not-written
  it('leaves nothing behind when what it is read from fails, and the earlier one as it was', async () => {
    await writeFile(join(folder, 'a.snap'), 'earlier');
    const failing = async function* () {
      yield Buffer.from('half');
      throw new Error('cut');
    };
    await expect(filesIn(folder).save('a.snap', failing())).rejects.toThrow('cut');
    expect(await readdir(folder)).toEqual(['.gitignore', 'a.snap']);
    expect(await readFile(join(folder, 'a.snap'), 'utf8')).toBe('earlier');
  });

  it('knows how much room there is, also in a folder that does not exist yet', async () => {
    expect(await filesIn(join(folder, 'none', 'yet')).countFreeBytes()).toBeGreaterThan(0);
  });

  it('is not written through a link that is in its way', async () => {
    await writeFile(join(folder, 'precious'), 'mine');
    await symlink(join(folder, 'precious'), join(folder, 'a.snap.partial'));
    await filesIn(folder).save('a.snap', Readable.from([Buffer.from('abc')]));
    expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('mine');
  });

  it('that cannot be written is an error with the path and a remedy', async () => {
    await writeFile(join(folder, 'file'), '');
    const saving = filesIn(join(folder, 'file')).save('a.snap', Readable.from([Buffer.from('abc')]));
    await expect(saving).rejects.toMatchObject({
      code: 'file-not-written',
      message: expect.stringContaining(join(folder, 'file', 'a.snap')),
      next: expect.stringContaining('--snapshot-dir'),
    });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findConsul } from '../../../src/sandbox/instances/binary.js';
import { writeProgram } from './program.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binary-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, said: string) => writeProgram(folder, name, said);

describe('finding Consul', () => {
  it('takes the path it is given first, then CONSUL_BIN, then the PATH', async () => {
    const given = program('given', 'Consul v1.20.2');
    const variable = program('variable', 'Consul v1.8.7');
    const onPath = program('consul', 'Consul v1.21.1+ent');
    const env = { CONSUL_BIN: variable, PATH: `/nowhere:${folder}` };
    expect(await findConsul(given, env)).toEqual({ path: given, version: '1.20.2' });
    expect(await findConsul(undefined, env)).toEqual({ path: variable, version: '1.8.7' });
    expect(await findConsul(undefined, { PATH: env.PATH })).toEqual({ path: onPath, version: '1.21.1+ent' });
  });

  it('finds none on a machine without one', async () => {
    expect(await findConsul(undefined, { PATH: folder, CONSUL_BIN: '' })).toBeUndefined();
  });

  it('reports a path that does not exist or cannot be run', async () => {
    const plain = join(folder, 'plain');
    writeFileSync(plain, 'text');
    for (const path of [join(folder, 'missing'), plain, folder]) {
      await expect(findConsul(path, {})).rejects.toMatchObject({ code: 'consul-not-found' });
    }
  });

  it('reports a program that is not Consul', async () => {
    const other = program('other', 'Nomad v1.9.0');
    await expect(findConsul(undefined, { CONSUL_BIN: other })).rejects.toMatchObject({
      code: 'not-consul',
      message: expect.stringContaining('Nomad v1.9.0'),
    });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_IMAGES } from '../../../src/sandbox/aws/images.js';
import { describeConsul, installConsul, parseConsulChoice } from '../../../src/sandbox/instances/consul-choice.js';
import { writeProgram } from './program.js';

const inFolder = (path: string) => `${process.cwd()}/${path}`;

describe('the choice of a Consul', () => {
  it('parses two keywords, and anything else as a path', () => {
    expect(parseConsulChoice('auto')).toEqual({ kind: 'auto' });
    expect(parseConsulChoice('simulated')).toEqual({ kind: 'simulated' });
    expect(parseConsulChoice('/opt/consul')).toEqual({ kind: 'path', path: '/opt/consul' });
    expect(parseConsulChoice('./consul')).toEqual({ kind: 'path', path: inFolder('consul') });
    expect(parseConsulChoice('./v1=consul')).toEqual({ kind: 'path', path: inFolder('v1=consul') });
  });

  it('parses a path for each image', () => {
    const paths = (text: string) => {
      const choice = parseConsulChoice(text);
      return choice.kind === 'images' && Object.fromEntries(choice.paths);
    };
    expect(paths('v1=/opt/old,v2=new')).toEqual({ 'consul-v1': '/opt/old', 'consul-v2': inFolder('new') });
    expect(paths('v2=/a,b/c=d,v1=/d')).toEqual({ 'consul-v2': '/a,b/c=d', 'consul-v1': '/d' });
  });

  it.each([
    ['v3=/opt/consul', 'there is no image "v3"; the images are v1, v2, broken, lonely'],
    ['v1=/a,v2=/b,consul-v2=/c', 'there is no image "consul-v2"'],
    ['v1=/a,v1=/b', 'it names v1 twice'],
    ['v1=,v2=/b', 'it has no path for v1'],
    ['v1=/a', 'it does not name v2'],
    ['v2=/a,slow=/b', 'it does not name v1'],
  ])('refuses %s', (text, why) => {
    const refusal = { code: 'bad-consul-choice', message: expect.stringContaining(why) };
    expect(() => parseConsulChoice(text)).toThrow(expect.objectContaining(refusal));
  });
});

describe('the Consul in each image', () => {
  let folder: string;
  const program = (name: string, version: string) => writeProgram(folder, name, `Consul v${version}`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'choice-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is simulated on request, and where there is none', async () => {
    expect(await installConsul({ kind: 'simulated' }, { CONSUL_BIN: program('consul', '1.8.7') })).toBe(SANDBOX_IMAGES);
    expect(await installConsul({ kind: 'auto' }, { PATH: '/nowhere' })).toBe(SANDBOX_IMAGES);
    expect(describeConsul(SANDBOX_IMAGES, 'consul-v2')).toEqual({ kind: 'simulated', version: '1.21.1' });
  });

  it('is the same in all, and described by the version it reports', async () => {
    const path = program('consul', '1.9.0');
    const images = await installConsul({ kind: 'path', path }, {});
    expect(new Set(images.map((image) => `${image.consulPath} ${image.consulVersion}`))).toEqual(
      new Set([`${path} 1.9.0`]),
    );
    expect(images.map(({ description }) => description).join('\n')).toMatch(/^Good: boots, Consul 1\.9\.0 starts/);
    expect(images.map(({ description }) => description).join('\n')).not.toContain('1.2');
  });

  it('is the one that is named, and that of v2 in images that are not', async () => {
    const paths = { v1: program('old', '1.8.7'), v2: program('new', '1.14.11'), slow: program('slow', '1.15.2') };
    const text = Object.entries(paths).map(([name, path]) => `${name}=${path}`);
    const images = await installConsul(parseConsulChoice(text.join(',')), {});
    expect(images.map(({ name, consulVersion }) => `${name} ${consulVersion}`)).toEqual([
      'consul-v1 1.8.7',
      'consul-v2 1.14.11',
      'consul-broken 1.14.11',
      'consul-lonely 1.14.11',
      'consul-slow 1.15.2',
      'consul-crashloop 1.14.11',
      'consul-founder 1.14.11',
      'consul-clone 1.14.11',
      'consul-namesake 1.14.11',
      'consul-stuck 1.14.11',
    ]);
    expect(images[0]).toMatchObject({ consulPath: paths.v1, description: expect.stringContaining('Consul 1.8.7') });
    expect(describeConsul(images, 'consul-v2')).toEqual({ kind: 'process', version: '1.14.11' });
  });

  it('must be Consul, in every image', async () => {
    const other = writeProgram(folder, 'other', 'Nomad v1.9.0');
    const choose = (v2: string) => installConsul(parseConsulChoice(`v1=${program('old', '1.8.7')},v2=${v2}`), {});
    await expect(choose(other)).rejects.toMatchObject({ code: 'not-consul' });
    await expect(choose(join(folder, 'missing'))).rejects.toMatchObject({ code: 'consul-not-found' });
  });
});

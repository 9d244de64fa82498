import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderBootScript, renderDefaultBootScript } from '../../../src/lib/create/boot/script.js';
import { findProgram } from '../../../src/sandbox/instances/binary.js';
import { Instance } from '../../../src/sandbox/instances/instance.js';
import { readJoinSettings, withBootScripts } from '../../../src/sandbox/instances/scripted-instances.js';
import type { InstanceService } from '../../../src/sandbox/instances/shims.js';
import { createTools } from '../../../src/sandbox/instances/tools.js';
import type { InstanceSpec } from '../../../src/sandbox/interfaces.js';
import { listProcesses } from '../../helpers/processes.js';
import { plainOptions } from '../../unit/create/boot/options.js';
import { base64, cloudOf, imageOf, siteIn, specOf } from './context.js';
import { writeProgram } from './program.js';
import { until } from './until.js';

const ADDRESS = '127.79.5.4';
const OTHER = specOf({ instanceId: 'i-0b', address: '127.79.5.5' });

let folder: string;
let started: number;

const service: InstanceService = {
  get active() {
    return started > 0;
  },
  start: () => {
    started += 1;
    return undefined;
  },
  stop: async () => {},
};

beforeEach(() => {
  started = 0;
  folder = mkdtempSync(join(tmpdir(), 'instance-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const booting = (script: string | undefined, more: Partial<InstanceSpec> = {}) =>
  specOf({ instanceId: 'i-0a', address: ADDRESS, ...more }, { userData: script && base64(script) });

async function boot(spec: InstanceSpec, site = siteIn(folder, cloudOf([spec, OTHER]))): Promise<Instance> {
  const instance = new Instance(spec, site);
  await instance.boot(service);
  instance.off();
  return instance;
}

describe('an instance', () => {
  it('runs its user data on a disk of its own', async () => {
    const mark = `mark-${process.pid}`;
    const script = `#!/bin/bash\necho here > /tmp/${mark}; rm -rf "/var/lib/consul"/*; cat /etc/hostname\n`;
    const { disk, console } = await boot(booting(script)).then((one) => ({ disk: one.files, console: one.console() }));
    expect(existsSync(join(tmpdir(), mark))).toBe(false);
    expect(readFileSync(join(disk.root, 'tmp', mark), 'utf8')).toBe('here\n');
    expect(console).toBe('ip-127-0-0-1.eu-west-1.compute.internal\n[sandbox] the boot script ended, exit 0\n');
    expect(started).toBe(0);
  });

  it('runs only shell scripts', async () => {
    const instance = await boot(booting('#cloud-config\nruncmd: [reboot]\n'));
    expect([instance.console(), started]).toEqual([
      '[sandbox] the user data is not a shell script: nothing is run\n',
      0,
    ]);
  });

  it('boots with consul-roll’s script when it has no user data', async () => {
    const spec = booting(undefined, { bootstrapExpect: 2 });
    const site = siteIn(folder, cloudOf([spec, OTHER]));
    const { files: disk } = await boot(spec, site);
    expect(readJoinSettings(disk, site.cloud)).toEqual({ peers: ['127.79.5.5'], bootstrapExpect: 2 });
    expect(started).toBe(1);
  });

  it('has the Consul of its image on its PATH', async () => {
    const site = siteIn(folder, cloudOf([]), true);
    const versions = ['1.8.7', '1.14.11'].map(async (version) => {
      const consulPath = writeProgram(folder, `consul-${version}`, `Consul v${version}`);
      const image = { ...imageOf('good'), consulPath };
      const script = '#!/bin/bash\nconsul version; /usr/local/bin/consul version\n';
      const instance = await boot(booting(script, { instanceId: `i-${version}`, image }), site);
      return instance.console().split('\n').slice(0, 2);
    });
    expect((await Promise.all(versions)).flat()).toEqual([
      'Consul v1.8.7',
      'Consul v1.8.7',
      'Consul v1.14.11',
      'Consul v1.14.11',
    ]);
  });

  it('boots on a machine without curl and aws', async () => {
    const bare = join(folder, 'bare');
    mkdirSync(bare);
    for (const name of ['bash', 'cat', 'find', 'mkdir', 'rm', 'sed', 'sleep'])
      symlinkSync(findProgram(name, process.env.PATH ?? '') ?? '', join(bare, name));
    const spec = booting(renderBootScript({ ...plainOptions, bootstrapExpect: 2 }));
    const cloud = cloudOf([spec, OTHER]);
    const tools = createTools(join(folder, 'bin'), { env: { PATH: bare }, aws: undefined, consul: false });
    const instance = await boot(spec, { folder, cloud, tools, renderBootScript: renderDefaultBootScript });
    expect(instance.console()).toContain('expects 2 founders, joins ["127.79.5.5"]');
    expect(started).toBe(1);
  });

  it('joins without a script on a machine without bash, and says so', async () => {
    const spec = booting(undefined, { peers: ['127.79.5.9'], bootstrapExpect: 3 });
    const cloud = cloudOf([]);
    const instance = await boot(spec, { folder, cloud, tools: undefined, renderBootScript: renderDefaultBootScript });
    expect(instance.console()).toContain('there is no bash on this machine');
    expect(readJoinSettings(instance.files, cloud)).toEqual({ peers: ['127.79.5.9'], bootstrapExpect: 3 });
    expect(started).toBe(1);
  });

  it('ends a hanging script and its child processes at power off', async () => {
    // Told from other processes by its argument: its id may be one of a namespace.
    const seconds = `600.${process.pid}`;
    const listSleeping = () => listProcesses().filter(({ command }) => command.includes(seconds));
    const instance = new Instance(
      booting(`#!/bin/bash\nsleep ${seconds} &\necho hangs > /tmp/said\nwait\n`),
      siteIn(folder, cloudOf([])),
    );
    const booted = instance.boot(service);
    const file = join(instance.files.root, 'tmp', 'said');
    await until('the script hangs', () => existsSync(file) && listSleeping().length === 1);
    instance.off();
    await booted;
    await until('the end of its sleep', () => listSleeping().length === 0);
    expect(instance.console()).toContain('the boot script was ended');
    expect(readdirSync(instance.folder)).not.toContain('boot.pid');
  });
});

describe('simulated servers behind boot scripts', () => {
  it('start when the script starts the service, with what it wrote, and never on a broken image', async () => {
    const booted: InstanceSpec[] = [];
    const servers = {
      boot: (spec: InstanceSpec) => booted.push(spec),
      shutdown: (_id: string, _graceMs: number, done: () => void) => done(),
      check: () => {},
      close: async () => {},
    };
    const specs = [
      booting(renderBootScript(plainOptions), { peers: ['127.1.1.1'], bootstrapExpect: 9 }),
      booting(renderBootScript(plainOptions), { instanceId: 'i-0c', address: '127.79.5.6', image: imageOf('broken') }),
    ];
    const machines = withBootScripts(servers, siteIn(folder, cloudOf([...specs, OTHER])), (_id, thrown) => {
      throw thrown;
    });
    for (const spec of specs) machines.boot(spec);
    const ended = (id: string) => /the boot script ended, exit (\d)/.exec(machines.console?.(id) ?? '')?.[1];
    await until('both scripts have ended', () => specs.every(({ instanceId }) => ended(instanceId)));
    expect(specs.map(({ instanceId }) => ended(instanceId))).toEqual(['0', '5']);
    expect(booted).toEqual([expect.objectContaining({ instanceId: 'i-0a', bootstrapExpect: undefined })]);
    expect(booted[0]?.peers).toEqual(['127.79.5.6', '127.79.5.5']);
    await machines.close();
  });
});

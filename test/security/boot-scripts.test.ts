import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findContainment, NO_CONTAINMENT } from '../../src/sandbox/instances/containment.js';
import { Instance } from '../../src/sandbox/instances/instance.js';
import { Supervisor } from '../../src/sandbox/instances/supervisor.js';
import { startCleanupProcess } from '../../src/sandbox/lifecycle/cleanup-process.js';
import { listProcesses } from '../helpers/processes.js';
import { base64, cloudOf, siteIn, specOf } from '../sandbox/instances/context.js';
import { until } from '../sandbox/instances/until.js';

const containment = findContainment(process.env);
const { kind } = containment;
if (kind !== 'bwrap')
  process.stderr.write(`\n*** SKIPPED: what bwrap keeps from a boot script: there is ${kind} ***\n\n`);

/** A length of sleep that no other process has. */
const MARK = `600.${process.pid}`;
/** Job control gives a background job a process group of its own, as setsid does. */
const DAEMON = `#!/bin/bash\nset -m\nsleep ${MARK} > /dev/null 2>&1 &\ndisown\necho started\n`;

let folder: string;
let instance: Instance | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boot-'));
});
afterEach(() => {
  instance?.off();
  instance = undefined;
  for (const { pid } of listDaemons()) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const service = { active: false, start: () => undefined, stop: async () => {} };
/** A shell that has not become it yet has another command line. */
const untilDaemon = () => until('the daemon', () => listDaemons().length === 1, 10_000);
const listDaemons = () => listProcesses().filter(({ command }) => command.includes(MARK));

async function boot(script: string, contained = containment): Promise<Instance> {
  const spec = specOf({ instanceId: 'i-0a', address: '127.79.9.4' }, { userData: base64(script) });
  const site = siteIn(folder, cloudOf([spec]));
  if (site.tools === undefined) throw new Error('there is no bash on this machine');
  instance = new Instance(spec, { ...site, tools: { ...site.tools, containment: contained } });
  await instance.boot(service);
  return instance;
}

describe('a process that a boot script leaves behind', () => {
  it.skipIf(kind === 'none')('runs as long as its instance, and ends with it', async () => {
    const booted = await boot(DAEMON);
    expect(booted.console()).toContain('the boot script ended, exit 0');
    await untilDaemon();
    booted.off();
    await until('the end of the daemon', () => listDaemons().length === 0, 10_000);
  });

  it('ends with the sandbox where this machine cannot contain it', async () => {
    const cleanup = startCleanupProcess(folder);
    const booted = await boot(DAEMON, NO_CONTAINMENT);
    await untilDaemon();
    booted.off();
    expect(listDaemons()).toHaveLength(1);
    await cleanup.release();
    await until('the end of the daemon', () => listDaemons().length === 0, 10_000);
  });
});

describe.skipIf(kind !== 'bwrap')('a contained boot script', () => {
  it('writes to the folder of its instance alone', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    try {
      // The path is put together, so that it is not taken for one on the disk of the instance.
      const script = `#!/bin/bash\nup=..; to=$PWD; while [ "$to" != / ]; do to=$(dirname "$to"); done\n: > "${'$'}{to}${outside.slice(1)}/proof"; : > here && echo wrote here\n`;
      const { files, ...booted } = await boot(script).then((one) => ({ files: one.files, console: one.console() }));
      expect(existsSync(join(outside, 'proof'))).toBe(false);
      expect(booted.console).toMatch(/Read-only file system/);
      expect(booted.console).toContain('wrote here');
      expect(existsSync(join(files.root, 'here'))).toBe(true);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it('does not see the home folder', async () => {
    const secrets = mkdtempSync(join(homedir(), '.consul-roll-test-'));
    try {
      writeFileSync(join(secrets, 'credentials'), 'mArKeD');
      const script = `#!/bin/bash\nto=$PWD; while [ "$to" != / ]; do to=$(dirname "$to"); done\ncat "${'$'}{to}${secrets.slice(1)}/credentials"\n`;
      expect((await boot(script)).console()).not.toContain('mArKeD');
    } finally {
      rmSync(secrets, { recursive: true, force: true });
    }
  });
});

describe('an agent', () => {
  it('gets nothing of the environment of its user', async () => {
    process.env.AWS_SECRET_ACCESS_KEY_OF_TEST = 'mArKeD';
    mkdirSync(join(folder, 'agent'));
    const command = { program: '/usr/bin/env', args: [], folder: join(folder, 'agent'), crashAfterMs: undefined };
    const supervisor = new Supervisor({ ...command, restartAfterMs: 1_000 });
    supervisor.start();
    const log = () => readFileSync(join(folder, 'agent', 'agent.log'), 'utf8');
    await until('its environment', () => log().includes('LANG='));
    delete process.env.AWS_SECRET_ACCESS_KEY_OF_TEST;
    expect(
      log()
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('=')[0])
        .sort(),
    ).toEqual(['LANG', 'PATH']);
  });
});

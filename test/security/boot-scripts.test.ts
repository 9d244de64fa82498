import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
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
if (kind === 'none')
  process.stderr.write(
    '\n*** SKIPPED: that what a boot script starts ends with its instance: there is no unshare ***\n\n',
  );
if (kind !== 'bwrap')
  process.stderr.write(`\n*** SKIPPED: what bwrap keeps from a boot script: there is ${kind} ***\n\n`);

/** A length of sleep that no other process has. */
const MARK = `600.${process.pid}`;
/** `setsid` is not among the programs on the PATH of a script. */
const DAEMONS = [
  [
    'in a session of its own',
    `#!/bin/bash\ncommand -p setsid sleep ${MARK} > /dev/null 2>&1 < /dev/null &\necho started\n`,
  ],
  ['in a group of its own', `#!/bin/bash\nset -m\nsleep ${MARK} > /dev/null 2>&1 &\ndisown\necho started\n`],
] as const;

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

describe.each(DAEMONS)('a process that a boot script leaves behind, %s', (_where, daemon) => {
  it.skipIf(kind === 'none')('runs as long as its instance, and ends with it', async () => {
    const booted = await boot(daemon);
    expect(booted.console()).toContain('the boot script ended, exit 0');
    await untilDaemon();
    booted.off();
    await until('the end of the daemon', () => listDaemons().length === 0, 10_000);
  });

  it('ends with the sandbox where this machine cannot contain it', async () => {
    const cleanup = startCleanupProcess(folder);
    const booted = await boot(daemon, NO_CONTAINMENT);
    await untilDaemon();
    booted.off();
    expect(listDaemons()).toHaveLength(1);
    await cleanup.release();
    await until('the end of the daemon', () => listDaemons().length === 0, 10_000);
  });
});

describe.skipIf(kind !== 'bwrap')('a contained boot script', () => {
  /** Folders outside of the sandbox, for what a test puts there. */
  const outside: string[] = [];
  afterEach(() => {
    for (const path of outside.splice(0)) rmSync(path, { recursive: true, force: true });
  });
  const makeIn = (parent: string) => {
    const made = mkdtempSync(join(parent, '.consul-roll-test-'));
    outside.push(made);
    return made;
  };
  /** Runs lines with `$top` as the root of the file system: an absolute path would be taken for one on the instance's disk. */
  const bootWithTop = (lines: string) =>
    boot(`#!/bin/bash\ntop=$PWD; while [ "$top" != / ]; do top=$(dirname "$top"); done\n${lines}\n`);

  it('writes to the disk of its instance alone', async () => {
    const proof = join(makeIn(tmpdir()), 'proof');
    const booted = await bootWithTop(
      `: > "\${top}${proof.slice(1)}"; : > "$top"usr/proof; : > here && echo wrote here`,
    );
    expect(existsSync(proof)).toBe(false);
    expect(booted.console()).toMatch(/Read-only file system/);
    expect(booted.console()).toContain('wrote here');
    expect(existsSync(join(booted.files.root, 'here'))).toBe(true);
  });

  // The sandbox kills the processes that these name when it ends.
  it.each(['agent.pid', 'boot.pid', 'agent.log', 'netrc', 'console.log'])(
    'cannot put another %s in its place',
    async (name) => {
      const booted = await bootWithTop(
        `rm -f ../${name}; ln -s /etc/hostname ../${name}; echo 1 > ../${name}; echo ended`,
      );
      expect(booted.console()).toContain('ended');
      expect(booted.console()).toContain('Read-only file system');
    },
  );

  it('leads the sandbox to no file by a link on its disk', async () => {
    const target = join(makeIn(tmpdir()), 'precious');
    writeFileSync(target, 'mine');
    await bootWithTop(
      `rm -f etc/hostname; ln -s "\${top}${target.slice(1)}" etc/hostname; hostnamectl set-hostname other`,
    );
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });

  it('sees no file of the user, of another instance or of another sandbox', async () => {
    const neighbour = join(folder, 'i-0b');
    mkdirSync(neighbour);
    const state = makeIn(tmpdir());
    const hidden = [neighbour, state, makeIn(homedir())].map((where) => join(where, 'secret'));
    for (const path of hidden) writeFileSync(path, 'mArKeD');
    const words = hidden.map((path) => `"\${top}${path.slice(1)}"`).join(' ');
    const booted = await bootWithTop(`cat ${words}; ls -A "$top" "$top"run "$top"tmp; echo ended`);
    expect(booted.console()).toContain('ended');
    expect(booted.console()).not.toContain('mArKeD');
    expect(booted.console()).not.toMatch(/^(home|root|srv|var\/.*)$/m);
  });

  it('reaches no socket that is a file, such as that of a container engine', async () => {
    const path = join(makeIn(tmpdir()), 'engine.sock');
    const connections: unknown[] = [];
    const engine = createServer((socket) => {
      connections.push(socket);
      socket.end('HTTP/1.0 200 OK\r\n\r\nmArKeD');
    });
    await new Promise<void>((resolve) => engine.listen(path, resolve));
    try {
      const line = `curl -s -m 5 --unix-socket "\${top}${path.slice(1)}" http://engine/; echo "curl ended, exit $?"`;
      expect((await bootWithTop(line)).console()).toMatch(/curl ended, exit [1-9]/);
      expect(connections).toEqual([]);
    } finally {
      engine.close();
    }
  });

  it('has no right of the superuser left', async () => {
    const booted = await boot('#!/bin/bash\ngrep CapEff /proc/self/status\n');
    expect(booted.console()).toMatch(/CapEff:\s+0{16}$/m);
  });
});

describe('the password of the metadata service', () => {
  it('is on no command line, and goes to no other server', async () => {
    const seen: string[] = [];
    let commands: readonly string[] = [];
    const other = createHttpServer(({ headers }, response) => {
      seen.push(JSON.stringify(headers));
      // While curl waits for its answer.
      commands = listProcesses().map(({ command }) => command.join(' '));
      response.end('other');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const metadata = 'http://169.254.169.254/latest/meta-data/instance-id';
      const booted = await boot(
        `#!/bin/bash\ncurl -s http://127.0.0.1:${port}/ -o out\ncurl -s -o out -w 'metadata %{http_code}' ${metadata}\n`,
      );
      expect(booted.console()).toContain('metadata 200');
      const token = /password (\w+)/.exec(readFileSync(join(booted.folder, 'netrc'), 'utf8'))?.[1] ?? '';
      expect(token).toMatch(/^[0-9a-f]{32}$/);
      expect(statSync(join(booted.folder, 'netrc')).mode & 0o777).toBe(0o600);
      expect(commands.join('\n')).toContain(`http://127.0.0.1:${port}/`);
      expect(commands.join('\n')).not.toContain(token);
      expect(seen).toHaveLength(1);
      expect(seen.join()).not.toContain(token);
      expect(seen.join()).not.toContain(btoa(`sandbox:${token}`));
    } finally {
      other.close();
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

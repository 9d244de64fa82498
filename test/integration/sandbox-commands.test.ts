import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getImage } from '../../src/sandbox/aws/images.js';
import { summarySchema } from '../../src/sandbox/lifecycle/summary.js';
import { findIssuesInOutput } from '../helpers/json-schemas.js';
import { PORTS } from '../helpers/ports.js';
import { listChildren, listProcesses } from '../helpers/processes.js';
import { compileProgram, type Program, type Started } from '../helpers/program.js';
import { realConsul, warnIfSkipped } from '../sandbox/instances/real-consul.js';
import { isRunning, until } from '../sandbox/instances/until.js';

warnIfSkipped('a killed sandbox with real Consul processes');

const PORT = PORTS.sandboxCommands;

let program: Program;
let home: string;
let env: Record<string, string>;

beforeAll(() => {
  program = compileProgram();
}, 60_000);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sandbox-commands-'));
  env = { PATH: '/usr/bin:/bin', XDG_STATE_HOME: join(home, 'state'), TMPDIR: home, HOME: home };
});

afterEach(async () => {
  await sandbox('down');
  rmSync(home, { recursive: true, force: true });
});

const sandbox = (verb: 'up' | 'env' | 'down', ...flags: string[]) =>
  program.run(['sandbox', verb, '--port', String(PORT), ...flags], env);

const QUICK = ['--size', '3', '--speed', '8', '--consul', 'simulated'];

/** A length of sleep that no other process has. */
const MARK = `601.${process.pid}`;

/** A group of one server in the sandbox that boots by this script. */
async function launchWith(variables: Readonly<Record<string, string>>, script: string): Promise<void> {
  const { AWS_ENDPOINT_URL = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = variables;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const scaling = new AutoScaling({ endpoint: AWS_ENDPOINT_URL, region: AWS_REGION, credentials });
  const LaunchConfigurationName = 'daemon';
  const UserData = Buffer.from(script).toString('base64');
  const ImageId = getImage('consul-v1').imageId;
  await scaling.createLaunchConfiguration({ LaunchConfigurationName, ImageId, InstanceType: 't2.medium', UserData });
  const sizes = { MinSize: 1, MaxSize: 1, AvailabilityZones: ['eu-west-1a'] };
  await scaling.createAutoScalingGroup({ AutoScalingGroupName: 'daemon', LaunchConfigurationName, ...sizes });
  scaling.destroy();
}

/** What the sandbox has made in the folder for temporary files. */
const madeFiles = () => readdirSync(home).filter((name) => name !== 'state');

describe('sandbox up, env and down', () => {
  it('runs in the background, leads clients there, and ends with everything it made', async () => {
    const up = await sandbox('up', '--detach', '--json', ...QUICK);
    expect(up).toMatchObject({ exitCode: 0, stderr: '' });
    expect(findIssuesInOutput(JSON.parse(up.stdout))).toEqual([]);
    const summary = summarySchema.parse(JSON.parse(up.stdout));
    expect(summary).toMatchObject({ port: PORT, cluster: 'consul', consul: { kind: 'simulated' } });
    expect(summary.servers.map((server) => server.zone)).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c']);

    const shell = await sandbox('env');
    expect(shell.exitCode).toBe(0);
    const peers = `${shell.stdout}\necho "$AWS_ENDPOINT_URL $AWS_REGION $CONSUL_HTTP_ADDR $AWS_PROFILE"`;
    const said = execFileSync('/bin/sh', ['-c', peers], { env: { ...env, AWS_PROFILE: 'production' } });
    expect(said.toString().trim()).toBe(`${summary.endpointUrl} eu-west-1 ${summary.loadBalancerUrl}`);
    const answer = await fetch(`${summary.loadBalancerUrl}/v1/status/peers`);
    expect(await answer.json()).toHaveLength(3);

    const down = await sandbox('down');
    expect(down).toMatchObject({ exitCode: 0, stdout: `The sandbox on port ${PORT} has ended.\n` });
    expect([isRunning(summary.pid), madeFiles()]).toEqual([false, []]);
    await expect(fetch(summary.endpointUrl)).rejects.toThrow();
  }, 60_000);

  it.skipIf(realConsul === undefined)(
    'ends what a boot script has started in a session of its own',
    async () => {
      const up = await sandbox('up', '--detach', '--json', '--size', '0', '--speed', '8');
      expect(up).toMatchObject({ exitCode: 0 });
      const { stdout } = await sandbox('env', '--json');
      await launchWith(
        JSON.parse(stdout),
        `#!/bin/bash\ncommand -p setsid sleep ${MARK} > /dev/null 2>&1 < /dev/null &\n`,
      );
      const listDaemons = () => listProcesses().filter(({ command }) => command.includes(MARK));
      await until('the daemon', () => listDaemons().length === 1, 30_000);
      expect(await sandbox('down')).toMatchObject({ exitCode: 0 });
      await until('the end of the daemon', () => listDaemons().length === 0, 5_000);
    },
    60_000,
  );

  it('refuses a port that is held, says by whom, and changes nothing', async () => {
    const up = await sandbox('up', '--detach', '--json', '--size', '0', '--consul', 'simulated');
    const { pid } = summarySchema.parse(JSON.parse(up.stdout));
    for (const flags of [['--detach'], [], ['--json']]) {
      const second = await sandbox('up', ...flags);
      expect(second.exitCode).toBe(2);
      const said = (second.stdout + second.stderr).replace(/\s+/g, ' ');
      expect(said).toContain(`runs on port ${PORT} already: process ${pid}`);
      expect(said).toContain(`sandbox down --port ${PORT}`);
    }
    expect(isRunning(pid)).toBe(true);
  }, 60_000);

  it('refuses a port that another program holds, in the background as in the foreground', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(PORT, '127.0.0.1', resolve));
    for (const flags of [['--detach'], []]) {
      const up = await sandbox('up', '--consul', 'simulated', ...flags);
      expect(up).toMatchObject({ exitCode: 2, stdout: '' });
      expect(up.stderr).toContain(`Error: Port ${PORT} on 127.0.0.1 is taken.`);
    }
    await new Promise((resolve) => other.close(resolve));
    expect(madeFiles()).toEqual([]);
  }, 60_000);

  it('says in one line each what is wrong with its flags, without a stack', async () => {
    const wrong = [
      ['--speed', '0'],
      ['--size', '99'],
      ['--consul', '/bin/true'],
      ['--consul', 'v3=/bin/true'],
      ['--consul', 'v1=/bin/true,v2=/bin/true'],
      ['--consul', '/no/such/file', '--detach'],
      ['--bogus'],
    ];
    for (const flags of wrong) {
      const up = await sandbox('up', ...flags);
      expect([flags, up.exitCode, up.stdout]).toEqual([flags, 2, '']);
      expect(up.stderr).not.toMatch(/\n\s+at /);
    }
  }, 60_000);

  it('has no environment to print, and nothing to end, where no sandbox runs', async () => {
    expect(await sandbox('env')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await sandbox('down')).toMatchObject({ exitCode: 0, stdout: `No sandbox runs on port ${PORT}.\n` });
  }, 30_000);
});

describe('a sandbox in the foreground', () => {
  const foreground = (...flags: string[]): Started =>
    program.start(['sandbox', 'up', '--port', String(PORT), '--json', ...flags], env);

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends cleanly on %s',
    async (signal) => {
      const up = foreground(...QUICK);
      await until('the summary', () => up.stdout().endsWith('}\n'));
      const { endpointUrl } = summarySchema.parse(JSON.parse(up.stdout()));
      up.child.kill(signal);
      expect((await up.ended).exitCode).toBe(0);
      expect([madeFiles(), readdirSync(join(home, 'state', 'consul-roll'))]).toEqual([[], []]);
      await expect(fetch(endpointUrl)).rejects.toThrow();
    },
    60_000,
  );

  it('can be interrupted while it starts', async () => {
    const up = foreground('--size', '3', '--consul', 'simulated');
    await until('its folder', () => madeFiles().length > 0);
    up.child.kill('SIGINT');
    const { exitCode, stdout } = await up.ended;
    expect([exitCode, JSON.parse(stdout).error.code, madeFiles()]).toEqual([130, 'interrupted', []]);
  }, 60_000);

  it.skipIf(realConsul === undefined)(
    'leaves nothing running when it is killed',
    async () => {
      const up = foreground('--size', '3', '--speed', '8', '--consul', realConsul?.path ?? '');
      await until('the summary', () => up.stdout().endsWith('}\n'), 60_000);
      const started = listChildren(up.child.pid ?? 0);
      expect(started.filter((one) => one.command.includes('agent'))).toHaveLength(3);
      up.child.kill('SIGKILL');
      await until('the end of every process', () => !started.some((one) => isRunning(one.pid)));
      expect(madeFiles()).toEqual([]);
      expect(await sandbox('env')).toMatchObject({ exitCode: 2 });
      expect(existsSync(join(home, 'state', 'consul-roll', `sandbox-${PORT}.json`))).toBe(false);
    },
    90_000,
  );
});

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from '../../../src/sandbox/instances/binary.js';
import {
  type InstanceServer,
  parseWords,
  startInstanceServer,
} from '../../../src/sandbox/instances/instance-server.js';
import { createShims, type InstanceService } from '../../../src/sandbox/instances/shims.js';
import { createTools } from '../../../src/sandbox/instances/tools.js';
import { cloudOf, specOf } from './context.js';

const bash = findProgram('bash', process.env.PATH ?? '') ?? '/bin/bash';
const LAUNCHED = Date.UTC(2026, 0, 2, 3, 4, 5);
const spec = specOf({ instanceId: 'i-0abc', address: '127.79.3.4' }, { launchedMs: LAUNCHED, httpTokens: 'required' });

let folder: string;
let server: InstanceServer;
let active: boolean;
let startedAlways: boolean | undefined;
let tools: number;

const service: InstanceService = {
  get active() {
    return active;
  },
  start: (restartsAlways) => {
    active = true;
    startedAlways = restartsAlways;
    return undefined;
  },
  stop: async () => {
    active = false;
  },
};

beforeEach(async () => {
  active = false;
  tools = 0;
  folder = mkdtempSync(join(tmpdir(), 'shims-'));
  for (const name of ['root/etc', 'bare']) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync(bash, join(folder, 'bare', 'bash'));
  await serve(spec);
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function serve(instance: typeof spec): Promise<void> {
  const links = { cloud: cloudOf([spec]), metadataUrl: () => server.url, root: folder };
  server = await startInstanceServer(instance, createShims(instance, service, links), 'role-secret');
  writeFileSync(join(folder, 'netrc'), server.netrc, { mode: 0o600 });
}

/** Runs a line as a boot script would, on this machine or on one with nothing but bash. */
function shell(line: string, machine: 'this' | 'bare' = 'this') {
  const path = machine === 'bare' ? join(folder, 'bare') : process.env.PATH;
  tools += 1;
  const bin = join(folder, `bin-${tools}`);
  createTools(bin, { env: { PATH: path }, aws: undefined, consul: false });
  const env = { PATH: bin, SANDBOX_MACHINE: server.at, SANDBOX_TOKEN: server.token, SANDBOX_FOLDER: folder };
  return new Promise<{ exit: unknown; out: string; err: string }>((resolve) => {
    execFile(bash, ['--norc', '-c', line], { env }, (error, out, err) => resolve({ exit: error?.code ?? 0, out, err }));
  });
}

describe('shims', () => {
  it('hand on their words as they are', () => {
    expect(parseWords(Buffer.from('3:aws,0:,5:a\nb, ,4:\u00e9\u00e9,'))).toEqual(['aws', '', 'a\nb, ', '\u00e9\u00e9']);
  });

  it('of systemctl know one service', async () => {
    expect(await shell('systemctl is-active consul')).toMatchObject({ exit: 3, err: 'inactive\n' });
    expect(await shell('systemctl start docker')).toEqual({
      exit: 5,
      out: '',
      err: 'Failed to start docker: Unit docker not found.\n',
    });
    expect(await shell('systemctl daemon-reload && systemctl enable consul')).toMatchObject({ exit: 0 });
    expect(active).toBe(false);
    expect(await shell('systemctl enable --now consul.service')).toMatchObject({ exit: 0 });
    expect(await shell('systemctl is-active consul')).toMatchObject({ exit: 0, out: 'active\n' });
    await shell('systemctl stop consul');
    expect(active).toBe(false);
  });

  it.each([true, false])('of supervisorctl start what its files name, restarted always: %s', async (always) => {
    const folderOf = join(folder, 'etc/supervisor/conf.d');
    mkdirSync(folderOf, { recursive: true });
    expect(await shell('supervisorctl reread && supervisorctl update')).toMatchObject({ exit: 0 });
    expect(active).toBe(false);
    const program = `[program:consul]\ncommand=/usr/local/bin/consul agent -config-dir /etc/consul.d\n`;
    writeFileSync(join(folderOf, 'consul.conf'), `${program}autorestart=${always ? 'true' : 'unexpected'}\n`);
    expect(await shell('supervisorctl reread && supervisorctl update')).toMatchObject({ exit: 0 });
    expect([active, startedAlways]).toEqual([true, always]);
  });

  it('of hostnamectl rename the instance, not this machine', async () => {
    await shell('hostnamectl set-hostname consul-0abc');
    expect(readFileSync(join(folder, 'root', 'etc', 'hostname'), 'utf8')).toBe('consul-0abc\n');
  });

  it('exclude programs that could change this machine', async () => {
    expect(await shell('sudo true || apt-get update || yum update')).toMatchObject({ exit: 127 });
  });
});

const ROWS = "aws ec2 describe-instances --region eu-west-1 --output text --cli-read-timeout 20 --filters '[]' --query";

describe.each(['this', 'bare'] as const)('on %s machine', (machine) => {
  it('curl reaches the metadata service, which needs a token', async () => {
    const token = `curl -sSf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token`;
    const id = 'http://169.254.169.254/latest/meta-data/instance-id';
    expect(await shell(`curl -s --fail -H "X-aws-ec2-metadata-token: $(${token})" ${id}`, machine)).toEqual({
      exit: 0,
      out: 'i-0abc',
      err: '',
    });
    expect(await shell(`curl --silent --fail ${id}`, machine)).toMatchObject({ exit: 22, out: '' });
    expect(await shell('curl -s http://127.79.3.4:9/', machine)).toMatchObject({ exit: 7, out: '' });
  });

  it('aws tells a tag of an instance, or None', async () => {
    const tag = (key: string) =>
      shell(
        `aws ec2 describe-tags --region eu-west-1 --query 'Tags[0].Value' --output text --filters Name=resource-id,Values=i-0abc Name=key,Values=${key}`,
        machine,
      );
    expect(await tag('aws:autoscaling:groupName')).toMatchObject({ exit: 0, out: expect.stringMatching(/^\S+\n$/) });
    expect(await tag('none')).toMatchObject({ exit: 0, out: 'None\n' });
  });

  it('aws lists the instances', async () => {
    expect(
      await shell(`${ROWS} 'Reservations[].Instances[].[InstanceId,PrivateIpAddress,LaunchTime,KeyName]'`, machine),
    ).toEqual({ exit: 0, out: 'i-0abc\t127.79.3.4\t2026-01-02T03:04:05+00:00\tNone\n', err: '' });
    const all = await shell(
      "aws --region eu-west-1 ec2 describe-instances --filters 'Name=tag:Name,Values=consul'",
      machine,
    );
    expect(JSON.parse(all.out).Reservations[0].Instances[0]).toMatchObject({ PrivateIpAddress: '127.79.3.4' });
  });

  it('aws reports what it does not support', async () => {
    expect(await shell('aws s3 ls', machine)).toMatchObject({
      exit: 252,
      err: expect.stringContaining('no command s3 ls'),
    });
    expect(await shell(`${ROWS} 'length(Reservations)'`, machine)).toMatchObject({ exit: 252 });
  });
});

it('an instance without a profile has no credentials', async () => {
  server.close();
  await serve(specOf({ address: '127.79.3.4' }, { instanceProfile: undefined }));
  expect(await shell(`${ROWS} 'Reservations[].Instances[].InstanceId'`)).toMatchObject({
    exit: 253,
    err: expect.stringContaining('Unable to locate credentials'),
  });
});

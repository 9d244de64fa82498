import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProcessStart } from '../../../src/sandbox/lifecycle/process-mark.js';
import {
  getStateFolder,
  readRecord,
  type SandboxRecord,
  writeRecord,
} from '../../../src/sandbox/lifecycle/state-file.js';
import { stopSandbox } from '../../../src/sandbox/lifecycle/stop.js';
import { until } from '../instances/until.js';

let folder: string;
let child: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-'));
  child = spawn('sleep', ['60']);
});

afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function recordOf(pid: number, mark = readProcessStart(pid) ?? ''): SandboxRecord {
  return {
    pid,
    startMark: mark,
    startedAtMs: 1,
    port: 4599,
    endpointUrl: 'http://127.0.0.1:4599',
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    loadBalancerUrl: 'http://127.20.0.10:8500',
    consul: { kind: 'simulated', version: '1.20.2' },
  };
}

describe('the record of a sandbox', () => {
  it('is found again while its process runs, and only its owner may read it', () => {
    const record = recordOf(child.pid ?? 0);
    writeRecord(join(folder, 'a', 'b'), record);
    expect(readRecord(join(folder, 'a', 'b'), 4599)).toEqual(record);
    expect(readRecord(join(folder, 'a', 'b'), 4600)).toBeUndefined();
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['sandbox-4599.json']);
    expect(statSync(join(folder, 'a', 'b', 'sandbox-4599.json')).mode & 0o777).toBe(0o600);
  });

  it('is stale, and removed, when its process has ended', async () => {
    writeRecord(folder, recordOf(child.pid ?? 0));
    child.kill('SIGKILL');
    await until('the end of the process', () => child.signalCode !== null);
    expect(readRecord(folder, 4599)).toBeUndefined();
    expect(existsSync(join(folder, 'sandbox-4599.json'))).toBe(false);
  });

  it('is stale when its process id belongs to another process', () => {
    writeRecord(folder, recordOf(child.pid ?? 0, 'some earlier start'));
    expect(readRecord(folder, 4599)).toBeUndefined();
  });

  it('is ignored when it cannot be read', () => {
    writeFileSync(join(folder, 'sandbox-4599.json'), '{"pid": 1');
    expect(readRecord(folder, 4599)).toBeUndefined();
  });

  it('is stored where the XDG specification says', () => {
    expect(getStateFolder({ XDG_STATE_HOME: '/x' })).toBe('/x/consul-roll');
    expect(getStateFolder({ HOME: '/home/a' })).toBe('/home/a/.local/state/consul-roll');
  });
});

describe('stopping a sandbox', () => {
  it('sends SIGTERM and removes the record', async () => {
    const record = recordOf(child.pid ?? 0);
    writeRecord(folder, record);
    await stopSandbox(folder, record, 5_000);
    await until('its end', () => child.signalCode !== null);
    expect([child.signalCode, readRecord(folder, 4599)]).toEqual(['SIGTERM', undefined]);
  });

  it('sends SIGKILL to one that does not end', async () => {
    const child = spawn('/bin/sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await stopSandbox(folder, recordOf(child.pid ?? 0), 200);
    await until('its end', () => child.signalCode === 'SIGKILL');
  });

  it('leaves another process with the same id alone', async () => {
    await stopSandbox(folder, recordOf(child.pid ?? 0, 'some earlier start'), 100);
    expect(readProcessStart(child.pid ?? 0)).toBeDefined();
  });
});

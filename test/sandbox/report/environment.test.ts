import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { SandboxRecord } from '../../../src/lib/sandbox/lifecycle/state-file.js';
import { environmentOf, quoted, shellLines } from '../../../src/lib/sandbox/report/environment.js';

const record: SandboxRecord = {
  pid: 1,
  startMark: '',
  startedAtMs: 0,
  port: 4599,
  endpointUrl: 'http://127.0.0.1:4599',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'sandbox', secretAccessKey: `it's "$HOME" \`id\`\n\\` },
  loadBalancerUrl: 'http://127.20.0.10:8500',
  consul: { kind: 'simulated', version: '1.20.2' },
};

describe('the environment of a sandbox', () => {
  it('reaches a shell exactly as it is, and clears what would lead elsewhere', () => {
    const script = `${shellLines(environmentOf(record)).join('\n')}\nexec "$0" -e 'process.stdout.write(JSON.stringify(process.env))'`;
    const env = { PATH: '/usr/bin:/bin', AWS_PROFILE: 'production', AWS_SESSION_TOKEN: 'old', OTHER: 'kept' };
    const seen = JSON.parse(execFileSync('/bin/sh', ['-c', script, process.execPath], { env }).toString());
    expect(seen).toMatchObject({
      ...environmentOf(record),
      AWS_SECRET_ACCESS_KEY: record.credentials.secretAccessKey,
      OTHER: 'kept',
    });
    expect(Object.keys(seen)).not.toContain('AWS_PROFILE');
    expect(Object.keys(seen)).not.toContain('AWS_SESSION_TOKEN');
  });

  it('says nothing of Consul where there is no load balancer', () => {
    const empty = environmentOf({ ...record, loadBalancerUrl: undefined });
    expect(Object.keys(empty)).not.toContain('CONSUL_HTTP_ADDR');
  });

  it('quotes a quote', () => {
    expect(quoted("it's")).toBe(`'it'\\''s'`);
  });
});

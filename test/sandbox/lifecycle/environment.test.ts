import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { buildEnvironment, formatExports, quoteForShell } from '../../../src/sandbox/lifecycle/environment.js';
import type { SandboxRecord } from '../../../src/sandbox/lifecycle/state-file.js';

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

/** Variables that the operator of a real cluster may have set. */
const ELSEWHERE = {
  AWS_PROFILE: 'production',
  AWS_SESSION_TOKEN: 'old',
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  AWS_ENDPOINT_URL_AUTO_SCALING: 'https://autoscaling.example.com',
  AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING: 'https://elb.example.com',
  AWS_ENDPOINT_URL_EC2: 'https://ec2.example.com',
  AWS_ENDPOINT_URL_STS: 'https://sts.example.com',
  CONSUL_HTTP_TOKEN: 's3cret',
  CONSUL_HTTP_TOKEN_FILE: '/etc/consul.d/token',
  CONSUL_HTTP_SSL: 'true',
  CONSUL_CACERT: '/etc/consul.d/ca.pem',
  CONSUL_CAPATH: '/etc/consul.d/ca',
  CONSUL_HTTP_SSL_VERIFY: 'false',
};

describe('the environment of a sandbox', () => {
  it('reaches a shell unchanged, and clears conflicting variables', () => {
    const script = `${formatExports(buildEnvironment(record)).join('\n')}\nexec "$0" -e 'process.stdout.write(JSON.stringify(process.env))'`;
    const env = { PATH: '/usr/bin:/bin', OTHER: 'kept', ...ELSEWHERE };
    const seen = JSON.parse(execFileSync('/bin/sh', ['-c', script, process.execPath], { env }).toString());
    expect(seen).toMatchObject({
      ...buildEnvironment(record),
      AWS_SECRET_ACCESS_KEY: record.credentials.secretAccessKey,
      OTHER: 'kept',
    });
    expect(Object.keys(seen).filter((name) => name in ELSEWHERE)).toEqual([]);
  });

  it('has no Consul address without a load balancer', () => {
    const empty = buildEnvironment({ ...record, loadBalancerUrl: undefined });
    expect(Object.keys(empty)).not.toContain('CONSUL_HTTP_ADDR');
  });

  it('quotes a quote', () => {
    expect(quoteForShell("it's")).toBe(`'it'\\''s'`);
  });
});

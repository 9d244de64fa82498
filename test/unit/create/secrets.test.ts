import { describe, expect, it } from 'vitest';
import { findSecretLine } from '../../../src/lib/create/user-data.js';

const UUID = '6d7f1b2c-0a1b-4c2d-8e3f-001122334455';

describe('findSecretLine', () => {
  const secrets: [string, string][] = [
    [`export CONSUL_HTTP_TOKEN=${UUID}`, 'a token'],
    [`{"acl": {"tokens": {"agent": "${UUID}"}}}`, 'a token'],
    ['encrypt = "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s="', 'a gossip key'],
    ['consul agent -encrypt=pUqJrVyVRj5jsiYEkM/tFQ==', 'a gossip key'],
    ['aws_secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY', 'an AWS secret key'],
    ['AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE', 'an AWS access key'],
    ['-----BEGIN EC PRIVATE KEY-----', 'a private key'],
    ['DB_PASSWORD="correcthorsebattery"', 'a password'],
  ];
  it.each(secrets)('finds %s', (line, what) => {
    expect(findSecretLine(`#!/bin/bash\n${line}\n`)).toEqual({ line: 2, kind: what });
  });

  const harmless = [
    'token=$(curl -X PUT http://169.254.169.254/latest/api/token)',
    'encrypt="$(aws ssm get-parameter --name /consul/gossip-key)"',
    `node_id=${UUID}`,
    'export CONSUL_HTTP_TOKEN_FILE=/etc/consul.d/token',
    'password_file=/run/secrets/x',
  ];
  it.each(harmless)('accepts %s', (line) => {
    expect(findSecretLine(line)).toBeUndefined();
  });
});

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Metadata } from '../../../src/sandbox/instances/metadata.js';
import type { LaunchFacts } from '../../../src/sandbox/interfaces.js';
import { base64, specOf } from './context.js';

const LAUNCHED = Date.UTC(2026, 0, 2, 3, 4, 5);
let nowMs = 0;

function metadata(facts: Partial<LaunchFacts> = {}) {
  nowMs = LAUNCHED;
  const spec = specOf({ instanceId: 'i-0abc', address: '127.9.1.4' }, { launchedMs: LAUNCHED, ...facts });
  const service = new Metadata(spec, 'secret of the role', () => nowMs);
  const ask = (method: string, path: string, headers = {}) => service.answer({ method, path, headers });
  const token = (ttl: unknown, more = {}) =>
    ask('PUT', 'api/token', { 'x-aws-ec2-metadata-token-ttl-seconds': String(ttl), ...more });
  const get = (path: string) => ask('GET', path, { 'x-aws-ec2-metadata-token': token(60).body });
  return { ask, token, get };
}

describe('the metadata service of an instance', () => {
  it('gives tokens for up to six hours', () => {
    const { ask, token } = metadata();
    expect([1, 21_600].map((ttl) => token(ttl).status)).toEqual([200, 200]);
    expect([0, 21_601, 'x', ''].map((ttl) => token(ttl).status)).toEqual([400, 400, 400, 400]);
    expect(ask('PUT', 'api/token').status).toBe(400);
    expect(ask('GET', 'api/token').status).toBe(405);
    expect(token(60, { 'x-forwarded-for': '10.0.0.1' }).status).toBe(403);
  });

  it('needs a valid token where the launch requires it', () => {
    const { ask, token } = metadata({ httpTokens: 'required' });
    const { body } = token(60);
    const read = (value?: string) =>
      ask('GET', 'meta-data/instance-id', value === undefined ? {} : { 'x-aws-ec2-metadata-token': value });
    expect([read().status, read('made-up').status]).toEqual([401, 401]);
    expect(read(body)).toEqual({ status: 200, body: 'i-0abc' });
    nowMs += 60_000;
    expect(read(body).status).toBe(401);
  });

  it('answers version 1 where the launch permits it', () => {
    expect(metadata().ask('GET', 'meta-data/local-ipv4')).toEqual({ status: 200, body: '127.9.1.4' });
  });

  it('serves the instance’s data, and lists its paths', () => {
    const { get } = metadata();
    expect(get('meta-data/placement/').body).toBe('availability-zone\nregion');
    expect(get('meta-data/placement/region').body).toBe('eu-west-1');
    expect(get('meta-data/').body.split('\n')).toContain('placement/');
    expect(JSON.parse(get('dynamic/instance-identity/document').body)).toMatchObject({
      instanceId: 'i-0abc',
      region: 'eu-west-1',
      pendingTime: '2026-01-02T03:04:05Z',
    });
    expect(get('meta-data/nothing').status).toBe(404);
  });

  it('serves current tags only where the launch template allows it', () => {
    expect(metadata().get('meta-data/tags/instance').status).toBe(404);
    const tags = new Map([['Name', 'consul']]);
    const { get } = metadata({ tagsInMetadata: true, tags });
    expect(get('meta-data/tags/instance').body).toBe('Name');
    tags.set('Name', 'other');
    expect(get('meta-data/tags/instance/Name').body).toBe('other');
  });

  it('gives credentials to an instance with a profile, and to no other', () => {
    const { get } = metadata();
    expect(get('meta-data/iam/security-credentials/').body).toBe('consul');
    expect(JSON.parse(get('meta-data/iam/security-credentials/consul').body)).toMatchObject({ Code: 'Success' });
    expect(metadata({ instanceProfile: undefined }).get('meta-data/iam/security-credentials/').status).toBe(404);
  });

  it('serves the user data, decoded', () => {
    expect(metadata().get('user-data').status).toBe(404);
    expect(metadata({ userData: base64('#!/bin/sh\n') }).get('user-data').body).toBe('#!/bin/sh\n');
    const compressed = gzipSync('#!/bin/sh\n').toString('base64');
    expect(metadata({ userData: compressed }).get('user-data').body).toBe('#!/bin/sh\n');
  });
});

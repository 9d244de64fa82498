import { describe, expect, it } from 'vitest';
import { connectionSettings, type Environment } from '../../src/lib/settings/connection.js';

const FLAGS = { 'consul-port': 8500, 'snapshot-dir': '.consul-roll' };
const FILES: Readonly<Record<string, string>> = {
  '/token': 's3cret\n',
  '/ca.pem': 'CA',
  '/cert.pem': 'CERT',
  '/key.pem': 'KEY',
};

function readText(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
  return text;
}

function settings(env: Environment) {
  return connectionSettings(FLAGS, env, readText);
}

describe('connection settings', () => {
  it('leave AWS to the SDK and speak plain HTTP when nothing is said', () => {
    expect(settings({})).toEqual({
      aws: { region: undefined, endpoint: undefined, credentials: undefined },
      consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
      snapshotDir: '.consul-roll',
    });
  });

  it('take the token from its file, and from the variable first', () => {
    expect(settings({ CONSUL_HTTP_TOKEN_FILE: '/token' }).consul.token).toBe('s3cret');
    const both = { CONSUL_HTTP_TOKEN: 'direct', CONSUL_HTTP_TOKEN_FILE: '/token' };
    expect(settings(both).consul.token).toBe('direct');
  });

  it('read certificates when TLS is on', () => {
    const { consul } = settings({
      CONSUL_HTTP_SSL: 'true',
      CONSUL_CACERT: '/ca.pem',
      CONSUL_CLIENT_CERT: '/cert.pem',
      CONSUL_CLIENT_KEY: '/key.pem',
      CONSUL_TLS_SERVER_NAME: 'server.dc1.consul',
    });
    expect(consul.scheme).toBe('https');
    expect(consul.tls).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', serverName: 'server.dc1.consul' });
  });

  it('take an empty variable for one that is not set', () => {
    expect(settings({ CONSUL_HTTP_SSL: '', CONSUL_HTTP_TOKEN: '' }).consul).toEqual(settings({}).consul);
  });

  it.each<[string, Environment]>([
    ['CONSUL_HTTP_SSL=maybe is neither', { CONSUL_HTTP_SSL: 'maybe' }],
    ['CONSUL_CLIENT_CERT is set, but', { CONSUL_HTTP_SSL: '1', CONSUL_CLIENT_CERT: '/cert.pem' }],
    ['CONSUL_CLIENT_KEY is set, but', { CONSUL_HTTP_SSL: '1', CONSUL_CLIENT_KEY: '/key.pem' }],
    ['CONSUL_HTTP_TOKEN_FILE names cannot be read', { CONSUL_HTTP_TOKEN_FILE: '/nowhere' }],
  ])('refuse what cannot be used: %s', (message, env) => {
    expect(() => settings(env)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { type Environment, resolveConnectionSettings } from '../../../src/lib/config/connection.js';

const FLAGS = { 'snapshot-dir': '.consul-roll' };
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
  return resolveConnectionSettings(FLAGS, env, readText);
}

describe('resolveConnectionSettings', () => {
  it('leaves AWS to the SDK and uses plain HTTP by default', () => {
    expect(settings({})).toEqual({
      aws: { region: undefined, endpoint: undefined, credentials: undefined },
      consul: { scheme: 'http', port: 8500, token: undefined, tls: undefined },
      snapshotDir: '.consul-roll',
    });
  });

  it('gives a request that needs the leader the time that Consul holds it', () => {
    const { consul } = resolveConnectionSettings({ ...FLAGS, 'consul-timeout': '20s' }, {}, readText);
    expect(consul.timeouts).toEqual({ readMs: 20_000, changeMs: 27_000 });
    const wrong = () => resolveConnectionSettings({ ...FLAGS, 'consul-timeout': '1ms' }, {}, readText);
    expect(wrong).toThrow('--consul-timeout');
  });

  it('reads the token from the variable, or else from the file', () => {
    expect(settings({ CONSUL_HTTP_TOKEN_FILE: '/token' }).consul.token).toBe('s3cret');
    const both = { CONSUL_HTTP_TOKEN: 'direct', CONSUL_HTTP_TOKEN_FILE: '/token' };
    expect(settings(both).consul.token).toBe('direct');
  });

  it('reads certificates when TLS is on', () => {
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

  it('ignores an empty variable', () => {
    expect(settings({ CONSUL_HTTP_SSL: '', CONSUL_HTTP_TOKEN: '' }).consul).toEqual(settings({}).consul);
  });

  it.each<[Environment, string, number]>([
    [{ CONSUL_HTTP_ADDR: 'https://consul.example.com' }, 'https', 8500],
    [{ CONSUL_HTTP_ADDR: 'HTTPS://10.0.1.11:8501' }, 'https', 8501],
    [{ CONSUL_HTTP_ADDR: 'https://10.0.1.11:8501', CONSUL_HTTP_SSL: 'false' }, 'https', 8501],
    [{ CONSUL_HTTP_ADDR: 'http://10.0.1.11:80', CONSUL_HTTP_SSL: 'true' }, 'https', 8500],
    [{ CONSUL_HTTP_ADDR: 'http://10.0.1.11:80' }, 'http', 8500],
    [{ CONSUL_HTTP_ADDR: '10.0.1.11:80' }, 'http', 8500],
  ])('turns TLS on if any variable requires it: %j', (env, scheme, port) => {
    expect(settings(env).consul).toMatchObject({ scheme, port });
    expect(settings(env).consul.tls === undefined).toBe(scheme === 'http');
  });

  it('prefers the port of the flag', () => {
    const env = { CONSUL_HTTP_ADDR: 'https://10.0.1.11:8501' };
    expect(resolveConnectionSettings({ ...FLAGS, 'consul-port': 9501 }, env, readText).consul.port).toBe(9501);
  });

  it.each(['CONSUL_CACERT', 'CONSUL_CLIENT_CERT', 'CONSUL_CLIENT_KEY', 'CONSUL_TLS_SERVER_NAME'])(
    'send no token in clear where %s says that TLS is meant',
    (name) => {
      const env = { [name]: '/ca.pem', CONSUL_HTTP_TOKEN: 's3cret', CONSUL_HTTP_ADDR: 'http://10.0.1.11:8500' };
      expect(() => settings(env)).toThrow(`${name} is set, but TLS is off`);
    },
  );

  it('accept what says no more than they do', () => {
    const env = { CONSUL_HTTP_SSL: 'true', CONSUL_CACERT: '/ca.pem' };
    const same = { ...env, CONSUL_HTTP_SSL_VERIFY: 'true', CONSUL_CAPATH: '/etc/ca' };
    expect(settings(same)).toEqual(settings(env));
    expect(settings({ CONSUL_HTTP_SSL_VERIFY: '', CONSUL_CAPATH: '' })).toEqual(settings({}));
  });

  it.each<[string, Environment]>([
    ['CONSUL_HTTP_ADDR is not an address', { CONSUL_HTTP_ADDR: 'https://' }],
    ['CONSUL_HTTP_SSL is neither', { CONSUL_HTTP_SSL: 'maybe' }],
    ['CONSUL_CAPATH is set, but consul-roll reads', { CONSUL_HTTP_SSL: '1', CONSUL_CAPATH: '/etc/ca' }],
    ['CONSUL_HTTP_SSL_VERIFY is off, but consul-roll always', { CONSUL_HTTP_SSL_VERIFY: 'false' }],
    ['CONSUL_HTTP_SSL_VERIFY is neither', { CONSUL_HTTP_SSL_VERIFY: 'no' }],
    ['CONSUL_CLIENT_CERT is set, but', { CONSUL_HTTP_SSL: '1', CONSUL_CLIENT_CERT: '/cert.pem' }],
    ['CONSUL_CLIENT_KEY is set, but', { CONSUL_HTTP_SSL: '1', CONSUL_CLIENT_KEY: '/key.pem' }],
    ['CONSUL_HTTP_TOKEN_FILE names cannot be read', { CONSUL_HTTP_TOKEN_FILE: '/nowhere' }],
  ])('refuses an invalid value: %s', (message, env) => {
    expect(() => settings(env)).toThrow(message);
  });
});

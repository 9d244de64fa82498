import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Environment, resolveConnectionSettings } from '../../src/lib/config/connection.js';
import { findTlsRemedy } from '../../src/lib/consul/tls-remedies.js';
import { ROOT } from '../helpers/root.js';
import { type Row, tablesIn } from './markdown-tables.js';

const [early = [], late = []] = tablesIn(readFileSync(`${ROOT}docs/acl-and-tls.md`, 'utf8'));

/** The mistakes of the first table, in its order. */
const MISTAKES: readonly Environment[] = [
  { CONSUL_CACERT: 'ca.pem' },
  { CONSUL_HTTP_SSL: 'true', CONSUL_CLIENT_CERT: 'cli.pem' },
  { CONSUL_HTTP_SSL_VERIFY: 'false' },
  { CONSUL_CAPATH: '/etc/ssl' },
  { CONSUL_HTTP_SSL: 'yes' },
  { CONSUL_HTTP_SSL: 'true', CONSUL_CACERT: 'missing.pem' },
  { CONSUL_HTTP_TOKEN: 'two words' },
];

const readText = (path: string) => {
  if (path.startsWith('missing')) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
  return 'text';
};

const listQuoted = (row: Row | undefined) =>
  [...(row?.message ?? '').matchAll(/`([^`]+)`/g)].map(([, quoted = '']) => quoted);

it.each(MISTAKES.map((env, n) => [env, early[n]] as const))(
  'docs/acl-and-tls.md quotes what %j leads to',
  (env, row) => {
    expect(() => resolveConnectionSettings({}, env, readText)).toThrow(listQuoted(row)[0] ?? 'no message');
  },
);

it('docs/acl-and-tls.md has a row for each of these mistakes, and the setting that each mistake in TLS asks for', () => {
  expect(early).toHaveLength(MISTAKES.length);
  const isTls = (quoted: string) => /^\([A-Z_]+\)$|TLS handshake$|HTTPS server$/.test(quoted);
  const named = late.filter((row) => listQuoted(row).some(isTls));
  expect(named).toHaveLength(6);
  for (const row of named) {
    const settings = [...(row.next ?? '').matchAll(/`(CONSUL_[A-Z_]+|--consul-port)/g)].map(([, name = '']) => name);
    for (const quoted of listQuoted(row).filter(isTls)) {
      expect(settings.filter((name) => !findTlsRemedy(quoted)?.includes(name))).toEqual([]);
      expect(findTlsRemedy(quoted)).toBeDefined();
    }
  }
});

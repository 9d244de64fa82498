import { describe, expect, it } from 'vitest';
import { cutConsole, maskValues, toConsoleLines } from '../../../src/lib/model/server-failure.js';

describe('toConsoleLines', () => {
  it('is what can be printed, without colours and the empty lines at the end', () => {
    const text = '[\u001b[0;32m  OK  \u001b[0m] Started ssh\r\n\u0007bell \u202Eevil\n\n\n';
    expect(toConsoleLines(text)).toEqual(['[  OK  ] Started ssh', ' bell  evil']);
    expect(toConsoleLines('\n \n')).toEqual([]);
  });

  it('is bounded, and has the end of a long console', () => {
    const lines = toConsoleLines(`${'x'.repeat(100_000)}\n${'line\n'.repeat(5_000)}last`);
    expect(lines.length).toBeLessThanOrEqual(1_000);
    expect(lines.at(-1)).toBe('last');
    expect(cutConsole({ kind: 'read', lines: ['y'.repeat(60_000)] })).toEqual({
      kind: 'read',
      lines: [expect.stringMatching(/^y{390,399}/)],
    });
  });

  it.each([390, 4_090])('masks a known token across column %d, where a line is cut', (column) => {
    const token = 'd5a3e1c0-0000-4000-8000-000000000001';
    const lines = maskValues(toConsoleLines(`${'x'.repeat(column)}${token} y`), [token]);
    expect(lines).toEqual([`${'x'.repeat(column)}[masked] y`]);
    expect(JSON.stringify(cutConsole({ kind: 'read', lines }))).not.toContain(token.slice(0, 4));
  });

  it('begins with a whole line, because a secret may be cut off before', () => {
    expect(toConsoleLines(`token=d5a3e1c0${'-0'.repeat(40_000)}\nlast`)).toEqual(['last']);
    expect(toConsoleLines('first\nlast')).toEqual(['first', 'last']);
  });

  it.each([
    ['agent = "d5a3e1c0-0000-4000-8000-000000000001"', 'agent = "[masked]"'],
    // As `consul acl bootstrap` prints it.
    ['SecretID:         d5a3e1c0-0000-4000-8000-000000000001', 'SecretID:         [masked]'],
    ['Node ID d5a3e1c0-0000-4000-8000-000000000001', 'Node ID d5a3e1c0-0000-4000-8000-000000000001'],
    ['acl { tokens { agent_token = "d5a3e1c0" } }', 'acl { tokens { agent_token = "[masked]" } }'],
    ['+ export CONSUL_HTTP_TOKEN=d5a3e1c0-1', '+ export CONSUL_HTTP_TOKEN=[masked]'],
    ['{"encrypt": "cg8StVXbQJ0gPvMd9o7yrg=="}', '{"encrypt": "[masked]"}'],
    ['+ consul agent -encrypt cg8StVXbQJ0gPvMd9o7yrg== -server', '+ consul agent -encrypt [masked] -server'],
    ['curl -H X-Consul-Token: abcdef', 'curl -H X-Consul-Token: [masked]'],
    ['Authorization: Bearer abc.def.ghi', 'Authorization: Bearer [masked]'],
    ['key AKIAIOSFODNN7EXAMPLE used', 'key [masked] used'],
    ['git clone https://bot:hunter22@host/x', 'git clone https://bot:[masked]@host/x'],
    ['systemd: Failed to start consul.service', 'systemd: Failed to start consul.service'],
  ])('masks what is secret by its name or form: %s', (line, masked) => {
    expect(toConsoleLines(line)).toEqual([masked]);
  });

  it('masks a private key with all its lines', () => {
    const key = 'a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\nb';
    expect(toConsoleLines(key)).toEqual(['a', '[masked]', '[masked]', '[masked]', '[masked]', 'b']);
  });

  it('masks the rest of a private key whose beginning is no longer there', () => {
    const rest = 'MIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\nb\n-----BEGIN PRIVATE KEY-----\nMII';
    expect(toConsoleLines(rest)).toEqual(['[masked]', '[masked]', '[masked]', 'b', '[masked]', '[masked]']);
  });

  it('takes no longer for a line that an attacker has made', () => {
    const startMs = performance.now();
    toConsoleLines(`${'token'.repeat(10_000)}\n${'a-token:'.repeat(8_000)}\n${'--'.repeat(30_000)}`);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

describe('maskValues', () => {
  it('masks values that are known, and none that is too short to be one', () => {
    expect(maskValues(['x 0123456789 y', 'abc'], ['0123456789', 'abc', ''])).toEqual(['x [masked] y', 'abc']);
  });
});

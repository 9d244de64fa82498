import { describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import { planRoll } from '../../src/lib/engine/plan/plan.js';
import { buildRecordTags } from '../../src/lib/model/tags.js';
import { buildOrder, createFakeEngine } from '../helpers/fake-engine.js';
import { buildIntent } from '../helpers/intents.js';
import { buildObservation } from '../helpers/observations.js';
import { startFakeServer, text } from '../unit/consul/fake-server.js';

const TOKEN = 'f3a9c1d2-marked-token';
/** A documentation address of RFC 5737, where nothing answers; names and numbers that only look like this machine. */
const OTHERS = ['192.0.2.7', '128.0.0.1', '127.example.com', 'localhost', '127.1'];

function connect(member: string, allowPlaintextToken?: boolean, port = 8500) {
  const timeouts = { connectMs: 50, readMs: 50 };
  const consul = createConsul({ scheme: 'http', port, token: TOKEN, allowPlaintextToken, timeouts });
  consul.giveTokenTo([member]);
  return consul;
}

describe('an ACL token over plain HTTP', () => {
  // failure-mode: token-unencrypted
  it.each(OTHERS)('is not sent to %s', async (address) => {
    const consul = connect(address);
    const thrown = await consul.readKey(address, 'a').catch((error: unknown) => error);
    expect(thrown).toMatchObject({
      code: 'token-unencrypted',
      kind: 'refused',
      next: expect.stringMatching(/CONSUL_HTTP_SSL=true.*--allow-plaintext-token/),
    });
    expect(JSON.stringify(thrown)).not.toContain(TOKEN);
    await expect(consul.requestLeave(address)).rejects.toMatchObject({ code: 'token-unencrypted' });
    await expect(consul.takeSnapshot(address)).rejects.toMatchObject({ code: 'token-unencrypted' });
    await consul.close();
  });

  it('is sent there where the operator allows it', async () => {
    const consul = connect('192.0.2.7', true);
    await expect(consul.readKey('192.0.2.7', 'a')).rejects.toMatchObject({ code: 'consul-unreachable' });
    await consul.close();
  });

  it('is sent to this machine', async () => {
    const server = await startFakeServer({ 'kv/a': text('[{"Value":null,"ModifyIndex":1}]') });
    const consul = connect(server.address, false, server.port);
    await consul.readKey(server.address, 'a');
    expect(server.seen[0]?.headers).toMatchObject({ 'x-consul-token': TOKEN });
    await consul.close();
    await server.close();
  });

  it.each(['resume', 'upgrade'] as const)(
    'ends %s where the record is read, and tags do not count as a roll',
    async (kind) => {
      const engine = createFakeEngine(3);
      const consul = connect('192.0.2.7');
      engine.consul.readKey = () => consul.readKey('192.0.2.7', 'a');
      const intent = buildIntent(buildObservation({ old: 3 }), { oldGroup: engine.names.group });
      await engine.cloud.tag(engine.names.group, buildRecordTags(intent, 'old'));
      await expect(planRoll(engine, buildOrder({ kind } as never))).rejects.toMatchObject({
        code: 'token-unencrypted',
        state: expect.stringMatching(
          /^Tags tell of roll 7f3a \(forward\), which .* not confirmed; .*changed nothing\.$/,
        ),
        next: expect.stringContaining('--allow-plaintext-token; then consul-roll status'),
      });
      await consul.close();
    },
  );
});

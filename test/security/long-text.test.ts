import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../src/lib/consul/connect.js';
import { createConsulInspection } from '../../src/lib/consul/inspect.js';
import { MAX_LINE_LENGTH, toPrintable } from '../../src/lib/model/printable.js';
import { applyStyle, getWidth, truncate, wrapText } from '../../src/lib/output/text/format.js';
import { type FakeServer, healthyLeader, json, type Routes, startFakeServer } from '../unit/consul/fake-server.js';

const LONG = '1'.repeat(100_000);
const ID = '84066c1d-4fb4-11a0-dddf-503b5c7019e1';
const open: FakeServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(routes: Routes) {
  const server = await startFakeServer({ ...healthyLeader(), ...routes });
  open.push(server);
  const settings = { scheme: 'http', port: server.port } as const;
  return { address: server.address, consul: createConsul(settings), inspection: createConsulInspection(settings) };
}

const agentSelf = (config: object, stats = {}) =>
  json({
    Config: { NodeID: ID, NodeName: 'n1', Version: '1.21.1', Server: true, ...config },
    Stats: { raft: { applied_index: '11', commit_index: '12', ...stats } },
  });

describe('a text of 100,000 characters', () => {
  it.each([
    ['version', { 'agent/self': agentSelf({ Version: `1.21.1 é${LONG}` }) }],
    ['version that ends in half a character', { 'agent/self': agentSelf({ Version: `1.21.1\ud800${LONG}` }) }],
    ['node name', { 'agent/self': agentSelf({ NodeName: LONG }) }],
    ['node id', { 'agent/self': agentSelf({ NodeID: LONG }) }],
    ['number', { 'agent/self': agentSelf({}, { applied_index: LONG }) }],
    ['leader', { 'status/leader': json(LONG) }],
    ['peer', { 'status/peers': json([LONG]) }],
    ['list of peers', { 'status/peers': json(LONG.split('')) }],
  ])('as the %s of a server is refused', async (_what, routes) => {
    const { address, consul } = await serve(routes);
    expect(await consul.readAgent(address, 'sentinel')).toMatchObject({ kind: 'down', why: 'broken' });
    await consul.close();
  });

  it('as the name of one service spoils no list for the others', async () => {
    const services = [LONG, 'api'];
    const { address, consul } = await serve({
      'internal/ui/services': json(services.map((Name) => ({ Name, InstanceCount: 1 }))),
      'catalog/services': json(Object.fromEntries(services.map((name) => [name, []]))),
      'agent/members': json(
        ['node', 'consul'].map((role) => {
          return { Name: LONG, Addr: '127.0.0.1', Status: 1, Tags: { role, [LONG]: LONG } };
        }),
      ),
    });
    const { found } = await consul.readConvergence(address);
    const lengths = [found.services, found.clients].flatMap((names) => [...(names ?? [])].map(([name]) => name.length));
    expect(lengths).toEqual([512, 3, 512]);
    const state = await consul.listState(address, 'leader');
    expect([...(state?.found.services ?? [])].map((name) => name.length)).toEqual([512, 3]);
    expect((await consul.readMembers(address))?.[0]?.node).toHaveLength(512);
    await consul.close();
  });

  it('as the name of a member is cut for doctor', async () => {
    const { address, inspection } = await serve({
      'agent/members': json([{ Name: LONG, Addr: '127.0.0.1', Status: 1, Tags: { role: 'node' } }]),
    });
    expect((await inspection.listMembers(address))[0]?.name).toHaveLength(512);
    await inspection.close();
  });

  it.each([`é${LONG}`, `\ud800${LONG}`, `é ${'1 '.repeat(50_000)}`])('is cut wherever it is shown: %#', (text) => {
    const shown = [
      toPrintable(text),
      applyStyle({ text, style: 'plain' }, false),
      truncate(text, Number.MAX_SAFE_INTEGER),
      ...wrapText(text, 80),
    ];
    expect(Math.max(...shown.map(({ length }) => length))).toBeLessThanOrEqual(MAX_LINE_LENGTH);
    expect(getWidth(text)).toBeLessThanOrEqual(MAX_LINE_LENGTH);
    expect(wrapText(text, Number.POSITIVE_INFINITY).join('').length).toBeLessThanOrEqual(MAX_LINE_LENGTH);
  });
});

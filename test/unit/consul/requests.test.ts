import { afterEach, describe, expect, it } from 'vitest';
import { createConsul } from '../../../src/lib/consul/connect.js';
import { createConsulInspection } from '../../../src/lib/consul/inspect.js';
import { ACL_REQUESTS, findAclRequest } from '../../../src/lib/model/acl.js';
import type { Consul, ConsulInspection } from '../../../src/lib/ports.js';
import { type FakeServer, healthyLeader, startFakeServer } from './fake-server.js';

const KEY = 'consul-roll/consul/lock';

/** A call of every method; a new method does not compile before it is here. */
const CALLS: {
  readonly [Method in Exclude<keyof Consul, 'close' | 'giveTokenTo'>]: (consul: Consul, at: string) => Promise<unknown>;
} = {
  readAgent: (consul, at) => consul.readAgent(at, KEY),
  readClaims: (consul, at) => consul.readClaims(at),
  readLeader: (consul, at) => consul.readLeader(at, { sentinel: KEY, record: KEY }),
  readMembers: (consul, at) => consul.readMembers(at),
  forgetMember: (consul, at) => consul.forgetMember(at, 'n1'),
  readCommitIndex: (consul, at) => consul.readCommitIndex(at),
  readAutopilot: (consul, at) => consul.readAutopilot(at),
  probeRequest: (consul, at) => Promise.all([consul.probeRequest(at, 'leave'), consul.probeRequest(at, 'remove-peer')]),
  requestLeave: (consul, at) => consul.requestLeave(at),
  removePeer: (consul, at) => consul.removePeer(at, 'x'),
  transferLeadership: (consul, at) => consul.transferLeadership(at, 'x'),
  writeKey: (consul, at) => consul.writeKey(at, KEY, 'x'),
  deleteKey: (consul, at) => consul.deleteKey(at, KEY),
  takeSnapshot: (consul, at) => consul.takeSnapshot(at),
  listState: (consul, at) => Promise.all([consul.listState(at, 'leader'), consul.listState(at, 'stale')]),
  readConvergence: (consul, at) => consul.readConvergence(at),
  readKey: (consul, at) => consul.readKey(at, KEY),
  compareAndSet: (consul, at) => consul.compareAndSet(at, KEY, 'x', 1),
  compareAndDelete: (consul, at) => consul.compareAndDelete(at, KEY, 1),
};
type Inspected = Exclude<keyof ConsulInspection, 'close' | 'giveTokenTo' | 'findOtherServers'>;
const INSPECTIONS: {
  readonly [Method in Inspected]: (inspection: ConsulInspection, at: string) => Promise<unknown>;
} = {
  readServerSettings: (inspection, at) => inspection.readServerSettings(at),
  readRaftProtocols: (inspection, at) => inspection.readRaftProtocols(at),
  listMembers: (inspection, at) => inspection.listMembers(at),
  findHiddenState: (inspection, at) => inspection.findHiddenState(at),
  probeAclPermissions: (inspection, at) => inspection.probeAclPermissions(at, 'consul'),
};

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function recordAll(isMember = true): Promise<FakeServer['seen']> {
  const server = await startFakeServer(healthyLeader());
  const settings = { scheme: 'http', port: server.port, token: 'weak', snapshotToken: 'strong' } as const;
  const consul = createConsul(settings);
  const inspection = createConsulInspection(settings);
  open.push(consul, inspection, server);
  if (isMember) for (const port of [consul, inspection]) port.giveTokenTo([server.address]);
  // Most answers are not those that a method expects: what it asks is what counts.
  for (const call of Object.values(CALLS)) await call(consul, server.address).catch(() => undefined);
  for (const call of Object.values(INSPECTIONS)) await call(inspection, server.address).catch(() => undefined);
  return server.seen;
}

describe('the requests to Consul', () => {
  it('are all in the table of ACL rules, and each of its rows is sent', async () => {
    const requests = await recordAll();
    const rows = requests.map(({ method, path }) => [`${method} ${path}`, findAclRequest(method, path)] as const);
    expect(rows.filter(([, row]) => row === undefined)).toEqual([]);
    const sent = new Set(rows.map(([, row]) => row));
    expect(ACL_REQUESTS.filter((row) => !sent.has(row))).toEqual([]);
  });

  it('carry the token of the snapshot for the snapshot only', async () => {
    const requests = await recordAll();
    const withToken = (token: string) => requests.filter(({ headers }) => headers['x-consul-token'] === token);
    expect(withToken('strong').map(({ method, path }) => `${method} ${path}`)).toEqual(['GET snapshot']);
    const isPublic = ({ path }: { readonly path: string }) => path.startsWith('status/');
    expect(withToken('weak')).toHaveLength(requests.filter((one) => !isPublic(one)).length - 1);
  });

  it('carry no token at all to a server that is not a member', async () => {
    const requests = await recordAll(false);
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter(({ headers }) => 'x-consul-token' in headers)).toEqual([]);
  });
});

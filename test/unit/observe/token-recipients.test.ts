import { describe, expect, it } from 'vitest';
import { findTokenRecipients } from '../../../src/lib/engine/observe/token-recipients.js';
import type { Server } from '../../../src/lib/model/server.js';
import { buildObservation } from '../../helpers/observations.js';

const raft = (hosts: readonly string[]) => hosts.map((host) => `${host}:8300`);

/** The same server, which says no more than this without the token. */
function telling(server: Server, hosts: readonly string[]): Server {
  const agent = { kind: 'down', why: 'broken', detail: 'no token', leader: '', peers: raft(hosts) } as const;
  return { ...server, agent };
}

describe('findTokenRecipients', () => {
  const { servers } = buildObservation({ old: 3, new: 3 });
  const [o1, o2, o3, n1, n2, n3] = servers.map((server, n) => ({ ...server, launchedAtMs: n })) as [
    ...[Server, Server, Server],
    ...[Server, Server, Server],
  ];
  const hostsOf = (...some: readonly Server[]) => some.map(({ address = '' }) => address);
  const OLD = hostsOf(o1, o2, o3);
  const NEW = hostsOf(n1, n2, n3);
  const find = (...some: readonly Server[]) => [...findTokenRecipients({ servers: some, old: undefined })];

  it('are the peers that the servers tell which are older than the roll', () => {
    const old = [o1, o2, o3].map((server) => telling(server, [...OLD, ...hostsOf(n1)]));
    expect(find(...old, telling(n1, OLD))).toEqual([...OLD, ...hostsOf(n1)]);
  });

  it('are not what new servers say, however many agree', () => {
    const old = [o1, o2].map((server) => telling(server, OLD));
    expect(find(...old, ...[n1, n2, n3].map((server) => telling(server, NEW)))).toEqual(OLD);
  });

  it('are not the five hundred that one old server tells', () => {
    const list = [...hostsOf(o1), ...Array.from({ length: 500 }, (_, n) => `10.9.${n >> 8}.${n & 255}`)];
    expect(find(telling(o1, list), telling(o2, OLD), telling(o3, OLD))).toEqual(OLD);
  });

  it('are the new servers where no older one is left, and not an old one that a rollback launched and that founds', () => {
    const fresh = [n1, n2, n3].map((server) => telling(server, NEW));
    const founder = telling({ ...o1, launchedAtMs: 9 }, hostsOf(o1));
    expect(find(...fresh, founder)).toEqual(NEW);
  });

  it('are none where no majority of the others tells the same, or no server tells anything', () => {
    expect(find(telling(n1, NEW))).toEqual([]);
    expect(find({ ...o1, agent: { kind: 'down', why: 'silent', detail: '' } })).toEqual([]);
  });
});

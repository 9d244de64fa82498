import { describe, expect, it } from 'vitest';
import { determineLeadership } from '../../../src/lib/model/raft.js';
import type { Server } from '../../../src/lib/model/server.js';
import { buildObservation } from '../../helpers/observations.js';
import { buildAddress } from '../../helpers/servers.js';

/** These servers; some name another leader, or do not answer. */
function saying(servers: readonly Server[], words: Readonly<Record<string, string | undefined>>): Server[] {
  return servers.map((server) => {
    const { agent, instanceId } = server;
    if (!(instanceId in words) || agent.kind !== 'up') return server;
    const leader = words[instanceId];
    if (leader !== undefined) return { ...server, agent: { ...agent, leader } };
    return { ...server, agent: { kind: 'down', why: 'silent', detail: 'no answer in time' } };
  });
}

/** A second cluster in the midst of the first: these servers count only each other, and follow the first of them. */
function apart(servers: readonly Server[], ids: readonly string[]): Server[] {
  const own = servers.filter((server) => ids.includes(server.instanceId));
  const peers = own.map((server) => `${server.address}:8300`).sort();
  const leader = `${own[0]?.address}:8300`;
  return servers.map((server) =>
    own.includes(server) && server.agent.kind === 'up'
      ? { ...server, agent: { ...server.agent, leader, peers } }
      : server,
  );
}

/** The new servers at addresses that sort before those of the old ones. */
function readdressed(server: Server): Server {
  return server.side === 'old' ? server : { ...server, address: server.address?.replace('127.1.2', '127.0.2') };
}

const first = `${buildAddress('old', 0)}:8300`;
const second = `${buildAddress('old', 1)}:8300`;
const five = buildObservation({ old: 5 }).servers;
const mixed = buildObservation({ old: 5, new: 5 }).servers;
const fresh = mixed.filter((server) => server.side === 'new').map((server) => server.instanceId);

describe('leadershipOf', () => {
  it('is agreed when every member names the same server', () => {
    expect(determineLeadership(five)).toMatchObject({
      kind: 'agreed',
      leader: first,
      server: { instanceId: 'i-0a11' },
    });
  });

  it('counts only servers that answer', () => {
    expect(determineLeadership(saying(five, { 'i-0a14': undefined })).kind).toBe('agreed');
  });

  it('finds no leader when no server names one', () => {
    const servers = buildObservation({ old: 3, leader: undefined }).servers;
    expect(determineLeadership(servers)).toMatchObject({ kind: 'none', answers: { length: 3 } });
    expect(determineLeadership([])).toEqual({ kind: 'none', answers: [] });
  });

  it('finds no leader while one member names none', () => {
    expect(determineLeadership(saying(five, { 'i-0a13': '' })).kind).toBe('none');
  });

  it('ignores a new server that the leader lists and cannot reach', () => {
    const deaf = mixed.map((server) =>
      server.instanceId === fresh[0] && server.agent.kind === 'up'
        ? { ...server, agent: { ...server.agent, leader: '', peers: [] } }
        : server,
    );
    expect(determineLeadership(deaf)).toMatchObject({ kind: 'agreed', leader: first });
  });

  it('is disputed when one member names another', () => {
    const leadership = determineLeadership(saying(five, { 'i-0a12': second }));
    expect(leadership).toMatchObject({ kind: 'disputed', answers: { length: 5 } });
  });

  it('is disputed when the leader itself names another', () => {
    expect(determineLeadership(saying(five, { 'i-0a11': second })).kind).toBe('disputed');
  });

  it('is a stranger when all name an address outside the cluster', () => {
    const stranger = '127.9.9.9:8300';
    const words = Object.fromEntries(five.map((server) => [server.instanceId, stranger]));
    expect(determineLeadership(saying(five, words))).toEqual({ kind: 'unknown-leader', leader: stranger });
  });

  it('is a server of the cluster however many new servers joined a stranger with more members', () => {
    const stranger = '127.9.9.9:8300';
    const joined = mixed.map((server) => {
      if (server.side === 'old' || server.agent.kind !== 'up') return server;
      const peers = Array.from({ length: 9 }, (_, n) => `127.9.9.${n}:8300`);
      return { ...server, agent: { ...server.agent, leader: stranger, peers } };
    });
    const alone = apart(
      joined,
      joined.filter((server) => server.side === 'old').map((server) => server.instanceId),
    );
    expect(determineLeadership(alone)).toMatchObject({ kind: 'agreed', leader: first });
  });

  it.each([1, 2, 3, 4])('ignores %i new servers that formed a cluster of their own', (size) => {
    const lonely = fresh.slice(fresh.length - size);
    const rest = mixed.map((server) => server.instanceId).filter((id) => !lonely.includes(id));
    expect(determineLeadership(apart(apart(mixed, rest), lonely))).toMatchObject({ kind: 'agreed', leader: first });
  });

  it('does not choose between two clusters of the same size', () => {
    const old = five.map((server) => server.instanceId);
    for (const servers of [mixed, mixed.map((server) => readdressed(server))]) {
      expect(determineLeadership(apart(apart(servers, old), fresh)).kind).toBe('disputed');
    }
  });

  it('ignores an old server that has left and still names its last leader', () => {
    const left = buildObservation({ old: 3, new: 3, stages: { 'i-0a12': 'left' }, leader: 3 }).servers;
    const late = left.map((server) =>
      server.instanceId !== 'i-0a12'
        ? server
        : {
            ...server,
            agent: {
              kind: 'up' as const,
              nodeId: 'x',
              nodeName: 'x',
              version: '1.20.2',
              leader: first,
              peers: [],
              appliedIndex: 0,
              sentinel: undefined,
            },
          },
    );
    expect(determineLeadership(late)).toMatchObject({ kind: 'agreed', leader: `${buildAddress('new', 0)}:8300` });
  });
});

import { describe, expect, it } from 'vitest';
import { determineLeadership, findNamedLeader, type Leadership } from '../../../src/lib/model/raft.js';
import type { Peer, Server } from '../../../src/lib/model/server.js';
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

/** With the report of the first old server, or of another, as the leader: the peers that its agent knows, all voters. */
function determine(servers: readonly Server[], reporter = 'i-0a11', voters?: readonly string[]): Leadership {
  const server = servers.find(({ instanceId }) => instanceId === reporter);
  if (server?.agent.kind !== 'up') return determineLeadership({ servers, raft: undefined });
  const leader = `${server.address}:8300`;
  const peers = server.agent.peers.map((address): Peer => {
    const voter = voters?.includes(address) ?? true;
    return { id: address, node: address, address, leader: address === leader, voter, healthy: true };
  });
  return determineLeadership({ servers, raft: { leader, peers } });
}

const first = `${buildAddress('old', 0)}:8300`;
const second = `${buildAddress('old', 1)}:8300`;
const five = buildObservation({ old: 5 }).servers;
const mixed = buildObservation({ old: 5, new: 5 }).servers;
const fresh = mixed.filter((server) => server.side === 'new').map((server) => server.instanceId);

const oldVoters = five.map(({ address }) => `${address}:8300`);

describe('determineLeadership', () => {
  it('is agreed when the leader says so itself and every member names it', () => {
    expect(determine(five)).toMatchObject({ kind: 'agreed', leader: first, server: { instanceId: 'i-0a11' } });
  });

  it('is agreed while a quorum of the voters names it, whatever the others say', () => {
    for (const word of ['', `${buildAddress('old', 4)}:8300`, undefined]) {
      const two = saying(five, { 'i-0a13': word, 'i-0a14': word });
      expect(determine(two)).toMatchObject({ kind: 'agreed', leader: first });
      expect(determine(saying(two, { 'i-0a12': word })).kind).toBe('none');
    }
  });

  it('hears a voter that refuses the token and names the leader all the same', () => {
    const denying = (leader: string) =>
      five.map((server): Server => {
        if (!['i-0a12', 'i-0a13', 'i-0a14'].includes(server.instanceId)) return server;
        return { ...server, agent: { kind: 'down', why: 'denied', detail: '', leader, peers: oldVoters } };
      });
    expect(determine(denying(first)).kind).toBe('agreed');
    expect(determine(denying('')).kind).toBe('none');
  });

  it('leaves it to the voters, however many new servers without a vote name none', () => {
    const words = Object.fromEntries(fresh.map((id) => [id, '']));
    expect(determine(saying(mixed, words), 'i-0a11', oldVoters).kind).toBe('agreed');
    expect(determine(saying(mixed, words)).kind).toBe('none');
  });

  it('is not agreed before the leader has reported', () => {
    expect(determineLeadership({ servers: five, raft: undefined })).toEqual({ kind: 'silent', leader: first });
    expect(determine(saying(five, { 'i-0a11': undefined }))).toEqual({ kind: 'silent', leader: first });
  });

  it('finds no leader when no server names one', () => {
    const servers = buildObservation({ old: 3, leader: undefined }).servers;
    expect(determine(servers)).toMatchObject({ kind: 'none', answers: { length: 3 } });
    expect(determine([])).toEqual({ kind: 'none', answers: [] });
  });

  it('finds no leader in a server that names another', () => {
    expect(determine(saying(five, { 'i-0a11': second })).kind).toBe('none');
  });

  it('is disputed when a second voter claims to lead', () => {
    const claiming = saying(five, { 'i-0a12': second });
    expect(determine(claiming)).toMatchObject({ kind: 'disputed', answers: { length: 5 } });
  });

  it('ignores a server without a vote that claims to lead', () => {
    const [id = ''] = fresh;
    const claiming = saying(mixed, { [id]: `${buildAddress('new', 0)}:8300` });
    expect(determine(claiming, 'i-0a11', oldVoters)).toMatchObject({ kind: 'agreed', leader: first });
    expect(determine(claiming).kind).toBe('disputed');
  });

  it('is a stranger when all name an address outside the cluster', () => {
    const stranger = '127.9.9.9:8300';
    const words = Object.fromEntries(five.map((server) => [server.instanceId, stranger]));
    expect(determine(saying(five, words))).toEqual({ kind: 'unknown-leader', leader: stranger });
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
    expect(determine(alone)).toMatchObject({ kind: 'agreed', leader: first });
  });

  it.each([
    ['while the others have a leader', {}],
    ['while the others elect', Object.fromEntries(five.map(({ instanceId }) => [instanceId, '']))],
  ])('gives one new server no more than one voice, however long its list of members: %s', (_when, words) => {
    const [liar = ''] = fresh;
    const before = saying(buildObservation({ old: 5, new: 1 }).servers, words);
    const servers = before.map((server): Server => {
      const { agent, address } = server;
      if (agent.kind !== 'up') return server;
      if (server.instanceId !== liar) return { ...server, agent: { ...agent, peers: oldVoters } };
      const own = `${address}:8300`;
      const peers = [...oldVoters, own, ...Array.from({ length: 40 }, (_, n) => `127.9.9.${n}:8300`)].sort();
      return { ...server, agent: { ...agent, leader: own, peers } };
    });
    expect(determine(servers, 'i-0a11', oldVoters)).toMatchObject(
      Object.keys(words).length === 0 ? { kind: 'agreed', leader: first } : { kind: 'none' },
    );
    expect(findNamedLeader(servers)).toBe(Object.keys(words).length === 0 ? first : undefined);
  });

  it.each([1, 2, 3, 4])('ignores %i new servers that formed a cluster of their own', (size) => {
    const lonely = fresh.slice(fresh.length - size);
    const rest = mixed.map((server) => server.instanceId).filter((id) => !lonely.includes(id));
    expect(determine(apart(apart(mixed, rest), lonely))).toMatchObject({ kind: 'agreed', leader: first });
  });

  it('does not choose between two clusters of the same size', () => {
    const old = five.map((server) => server.instanceId);
    for (const servers of [mixed, mixed.map((server) => readdressed(server))]) {
      expect(determine(apart(apart(servers, old), fresh)).kind).toBe('disputed');
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
    expect(determine(late, fresh[0])).toMatchObject({ kind: 'agreed', leader: `${buildAddress('new', 0)}:8300` });
  });
});

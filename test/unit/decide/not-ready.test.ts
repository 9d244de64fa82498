import { describe, expect, it } from 'vitest';
import { buildNotReadyReason } from '../../../src/lib/engine/decide/gates.js';
import type { Agent, Server } from '../../../src/lib/model/server.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { buildMidRoll } from '../../helpers/intents.js';

/** The stop reason about the only new server, with this state of its agent. */
function saidOf(change: Partial<Agent>, server: Partial<Server> = {}): string {
  const { observation, memory } = buildMidRoll({ size: 3, old: 3, new: 1, stages: { 'i-0b11': 'joined' } });
  const servers = observation.servers.map((one) =>
    one.side === 'new' ? { ...one, ...server, agent: { ...one.agent, ...change } as Agent } : one,
  );
  const reason = buildNotReadyReason({ observation: { ...observation, servers }, memory }, 'new', 60_000, 1);
  return describeStopReason(reason);
}

describe('a new server that is not ready in time', () => {
  it.each<[string, Partial<Agent>, Partial<Server>?]>([
    [
      ': Consul does not answer, the connection was refused',
      { kind: 'down', why: 'refused', detail: 'the connection was refused' },
    ],
    [': Consul refused it', { kind: 'down', why: 'denied', detail: 'Consul refused it' }],
    [': it is not in a cluster that has a leader', { leader: '' }, { peer: undefined }],
    [': it is in Raft, and the leader does not reach it: check port 8300 in both directions', { leader: '' }],
    [': it is in another cluster, which 127.9.9.9 leads', { leader: '127.9.9.9:8300' }],
    [' did not pass: voter', {}],
  ])('is described by its failed gates%s', (lack, change, server) => {
    expect(saidOf(change, server)).toContain(`(i-0b11${lack})`);
  });

  it('is described by its image if its group launches another', () => {
    expect(saidOf({}, { imageId: 'ami-0other' })).toContain('(i-0b11: it was launched from ami-0other)');
  });
});

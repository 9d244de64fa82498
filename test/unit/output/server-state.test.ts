import { describe, expect, it } from 'vitest';
import { formatServerState } from '../../../src/lib/output/server-states.js';
import { buildMemory, buildObservation, type ObservationShape } from '../../helpers/observations.js';

/** What is said of the first old server, out of the load balancer and silent. */
function saidOfTheFirst(shape: ObservationShape): string {
  const observation = buildObservation({ ...shape, stages: { 'i-0a11': 'left' } });
  const [first] = observation.servers;
  return first === undefined ? '' : formatServerState(first, { observation, memory: buildMemory(shape) });
}

describe('the state of an old server that does not answer', () => {
  const asked = { history: { leaveRequests: { 'i-0a11': { count: 1, lastRequestedAtMs: 0 } } } };

  it('is "left" once a leader reports that Raft does not have it', () => {
    expect(saidOfTheFirst({ leader: 1, new: 1 })).toBe('left');
    expect(saidOfTheFirst({ leader: 1, ...asked })).toBe('left');
  });

  it('is "down" if there is no new group', () => {
    expect(saidOfTheFirst({ leader: 1 })).toBe('down');
  });

  it('is "left" too while its agent still answers, even without an observed leave request', () => {
    const observation = buildObservation({ leader: 1, new: 1 });
    const [first] = observation.servers;
    const words = (one: typeof observation) =>
      first && formatServerState({ ...first, peer: undefined }, { observation: one, memory: buildMemory() });
    expect(words(observation)).toMatch(/^left/);
    expect(words({ ...observation, new: undefined })).toMatch(/^not joined/);
  });

  it('is "joining" if it was launched after the new ones, during a rollback', () => {
    const observation = buildObservation({ leader: 1, new: 1, stages: { 'i-0a11': 'left' } });
    const [first] = observation.servers;
    const launchedAtMs = observation.atMs;
    const servers = observation.servers.map((one) => (one === first ? { ...one, launchedAtMs } : one));
    const [launchedAgain] = servers;
    expect(
      launchedAgain &&
        formatServerState(launchedAgain, { observation: { ...observation, servers }, memory: buildMemory() }),
    ).toBe('starting');
  });

  it('is "down" or "leaving" while there is no leader', () => {
    expect(saidOfTheFirst({ leader: undefined })).toBe('not answering');
    expect(saidOfTheFirst({ leader: undefined, ...asked })).toBe('leaving');
  });
});

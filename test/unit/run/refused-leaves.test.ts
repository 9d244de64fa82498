import { describe, expect, it } from 'vitest';
import { RollError } from '../../../src/lib/model/errors.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { createFakeEngine, type FakeEngine, listWrites, runRoll } from '../../helpers/fake-engine.js';
import { NEW_IMAGE, OLD_IMAGE } from '../../helpers/servers.js';

const BLOCKED = 'Endpoint is blocked by agent configuration';

/** Checks that no voter was lost beyond what the rest could spare. */
function watchQuorum(engine: FakeEngine): void {
  const voters = engine.servers.peers.filter((peer) => peer.voter);
  expect(voters.filter((peer) => peer.up).length * 2).toBeGreaterThan(voters.length);
}

/** The first old server is deregistered, so every new one votes. */
const isFirstDeparture = (event: RollEvent) => event.kind === 'step-started' && event.step.action.kind === 'deregister';

function expectAsItWas({ account }: FakeEngine): void {
  expect(account.groups).toHaveLength(1);
  expect(account.groups[0]).toMatchObject({ desired: 3, suspendedProcesses: [] });
  expect(account.instances.map(({ imageId, balancers }) => [imageId, ...Object.values(balancers)])).toEqual(
    Array(3).fill([OLD_IMAGE, 'in-service']),
  );
}

describe('servers that refuse to leave', () => {
  // failure-mode: leave-refused-before
  it('are found before anything is launched', async () => {
    const engine = createFakeEngine(3);
    engine.blockLeaves('old');
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: { kind: 'preflight', failed: [{ id: 'leave-allowed', observed: expect.stringContaining(BLOCKED) }] },
    });
    expect(listWrites(engine)).toEqual([]);
  });

  // failure-mode: peer-removal-refused
  it('or that refuse to remove a dead peer, are found before anything is launched', async () => {
    const engine = createFakeEngine(3);
    const refusal = { message: 'Permission denied', remedy: 'give the token a policy with operator:write' };
    engine.consul.probeRequest = async (_, request) => (request === 'leave' ? 'accepted' : refusal);
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: { kind: 'preflight', failed: [{ id: 'peer-removal-allowed', remedy: refusal.remedy }] },
    });
    expect(listWrites(engine)).toEqual([]);
  });

  // failure-mode: leave-refused
  it('roll the roll back, and new ones are terminated one at a time where they refuse too', async () => {
    const engine = createFakeEngine(3);
    const onEvent = (event: RollEvent) => {
      watchQuorum(engine);
      if (isFirstDeparture(event)) for (const side of ['old', 'new'] as const) engine.blockLeaves(side);
    };
    const { result, events } = await runRoll(engine, { onEvent });
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'leave-refused', message: expect.stringContaining(BLOCKED) },
    });
    const why = events.flatMap((event) =>
      event.kind === 'step-done' && event.step.action.kind === 'terminate' ? [event.step.reason.kind] : [],
    );
    expect(why).toEqual(['leave-refused', 'leave-refused', 'leave-refused']);
    expectAsItWas(engine);
  });

  // failure-mode: leave-refused-by-image
  it('are found at the first new server: it is terminated alone, and no old server leaves', async () => {
    const engine = createFakeEngine(3);
    engine.setImage(NEW_IMAGE, 'stuck');
    const { result, events } = await runRoll(engine, { onEvent: () => watchQuorum(engine) });
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'leave-refused', message: expect.stringContaining(BLOCKED) },
    });
    const steps = events.flatMap((event) => (event.kind === 'step-done' ? [event.step.action.kind] : []));
    expect(steps.filter((kind) => kind === 'scale-out')).toHaveLength(1);
    expect(steps).not.toContain('register');
    expect(steps.filter((kind) => kind === 'terminate')).toHaveLength(1);
    expectAsItWas(engine);
  });

  it('are not taken for ready as long as they do not say whether they would leave', async () => {
    const engine = createFakeEngine(3);
    const probe = engine.consul.probeRequest.bind(engine.consul);
    engine.consul.probeRequest = async (address, request) => {
      const isNew = engine.account.instances.some((one) => one.address === address && one.imageId === NEW_IMAGE);
      return isNew ? undefined : probe(address, request);
    };
    const { result } = await runRoll(engine);
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'timed-out', causes: [{ kind: 'gates', gates: ['leave', 'state'] }] },
    });
    expectAsItWas(engine);
  });

  // failure-mode: leave-refused-late
  it('stop a roll from which old servers have left, until they accept', async () => {
    const engine = createFakeEngine(3);
    const onEvent = ({ kind, ...event }: RollEvent) => {
      if (kind === 'step-done' && 'step' in event && event.step.action.kind === 'leave') engine.blockLeaves('old');
    };
    const { result } = await runRoll(engine, { onEvent });
    expect(result).toMatchObject({
      outcome: 'stopped',
      reason: { kind: 'old-already-left', because: { kind: 'leave-refused' } },
    });
    engine.unblockLeaves();
    const resumed = await runRoll(engine, { order: { kind: 'resume' } });
    expect(resumed.result.outcome).toBe('rolled');
  });
});

describe('a new server that crashes all the time', () => {
  // failure-mode: leave-undelivered
  it('is asked to leave once, where it never voted, and terminated', async () => {
    // Autopilot from 1.9 on gives it a vote.
    const consulVersion = '1.8.7';
    const engine = createFakeEngine(3, {
      from: { ...getImage('consul-v1'), imageId: OLD_IMAGE, consulVersion },
      onto: { ...getImage('consul-crashloop'), imageId: NEW_IMAGE, consulVersion },
    });
    engine.injectFault = (call) => {
      if (!call.startsWith('requestLeave')) return;
      throw new RollError({ code: 'consul-not-running', message: 'It was refused.', kind: 'refused', next: 'wait' });
    };
    const { result } = await runRoll(engine, { onEvent: () => watchQuorum(engine) });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: { kind: 'timed-out' } });
    expect(engine.calls.filter((call) => call.startsWith('requestLeave')).length).toBeLessThanOrEqual(1);
    expectAsItWas(engine);
  });
});

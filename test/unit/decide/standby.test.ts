import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import type { Server } from '../../../src/lib/model/server.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { LOAD_BALANCER, OBSERVED_AT_MS } from '../../helpers/servers.js';

const ON_STANDBY: Partial<Server> = { lifecycle: 'Standby', balancers: { [LOAD_BALANCER]: 'absent' } };

function next(
  shape: MidRollShape,
  instanceId: string,
  direction: 'forward' | 'rollback' = 'forward',
  change: Partial<Server> = ON_STANDBY,
) {
  const input = buildMidRoll({ size: 3, old: 3, ...shape }, { direction });
  const servers = input.observation.servers.map((one) => (one.instanceId === instanceId ? { ...one, ...change } : one));
  return decide({ ...input, observation: { ...input.observation, servers } });
}

// failure-mode: standby
describe('a server that is put on standby during the roll', () => {
  it('leaves like any other if it is an old one', () => {
    expect(summarizeDecision(next({ new: 3, oldGroup: { desired: 2 } }, 'i-0a12'))).toBe(
      'act deregister i-0a13,i-0a11',
    );
  });

  it('replaces none if it is a new one', () => {
    const decision = next({ new: 3, newGroup: { desired: 2 } }, 'i-0b12');
    expect(summarizeDecision(decision)).toBe('wait ready i-0b12 2');
  });

  it('keeps a rollback from its end, and is not replaced', () => {
    const shape = { newGroup: null, oldGroup: { desired: 2 }, over: { launchConfigurations: [] } };
    expect(summarizeDecision(next(shape, 'i-0a12', 'rollback'))).toBe('wait in-service i-0a12');
  });

  const ENDED: Partial<Server> = { lifecycle: 'InService', balancers: { [LOAD_BALANCER]: 'absent' } };

  it.each<['forward' | 'rollback', string, MidRollShape]>([
    ['forward', 'i-0b12', { old: 0, new: 3, leader: 0, oldGroup: null }],
    ['rollback', 'i-0a12', { newGroup: null }],
  ])('is registered again where that ends: Auto Scaling does not do it meanwhile (%s)', (direction, id, shape) => {
    const end = { ...shape, over: { launchConfigurations: [] } };
    const decision = next(end, id, direction, ENDED);
    expect(decision).toMatchObject({ step: { action: { kind: 'register', instanceIds: [id] } } });
    const unproved = { ...end, history: { passedGates: [] } };
    expect(summarizeDecision(next(unproved, id, direction, ENDED))).not.toContain('register');
  });
});

// failure-mode: standby
describe('a rollback that has to launch old servers', () => {
  const shape = { old: 2, new: 3, oldGroup: { desired: 1, instanceIds: ['i-0a11', 'i-0a12'] } };

  it('waits for the end of the standby first: the group would launch too many, and they would leave again', () => {
    expect(summarizeDecision(next(shape, 'i-0a12', 'rollback'))).toBe('wait in-service i-0a12');
  });

  it('stops where it does not end, with the command that ends it', () => {
    const history = { currentWait: { key: 'in-service i-0a12', sinceMs: OBSERVED_AT_MS - limits.healthTimeoutMs - 1 } };
    const decision = next({ ...shape, history }, 'i-0a12', 'rollback');
    if (decision.kind !== 'stop') throw new Error(summarizeDecision(decision));
    expect(listRemedies(decision.reason).join()).toContain('aws autoscaling exit-standby');
  });
});

// failure-mode: detached
describe('a server that is detached during the roll', () => {
  const detached = {
    id: 'raft-i-0a19',
    node: 'i-0a19',
    address: '127.1.1.19:8300',
    leader: false,
    voter: true,
    healthy: true,
  };

  it('is waited for at the end, and then named with what ends it', () => {
    const history = {
      currentWait: { key: `orphan-peer ${detached.id}`, sinceMs: OBSERVED_AT_MS - limits.healthTimeoutMs - 1 },
    };
    const input = buildMidRoll({ size: 3, old: 0, new: 3, leader: 0, orphanPeers: [detached], history });
    const decision = decide(input);
    if (decision.kind !== 'stop') throw new Error(summarizeDecision(decision));
    expect(listRemedies(decision.reason).join()).toContain('run consul leave on it');
  });

  it('and leads changes nothing any more, and is named with what ends it', () => {
    const [reason] = ['127.1.1.19'].map((leader) => ({ kind: 'unknown-leader', leader }) as const);
    expect(reason && listRemedies(reason).join()).toContain('run consul leave on it');
  });
});

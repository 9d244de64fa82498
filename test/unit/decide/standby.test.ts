import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import type { Server } from '../../../src/lib/model/server.js';
import { buildMidRoll, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { LOAD_BALANCER } from '../../helpers/servers.js';

const ON_STANDBY: Partial<Server> = { lifecycle: 'Standby', balancers: { [LOAD_BALANCER]: 'absent' } };

function next(shape: MidRollShape, instanceId: string, direction: 'forward' | 'rollback' = 'forward') {
  const input = buildMidRoll({ size: 3, old: 3, ...shape }, { direction });
  const servers = input.observation.servers.map((one) =>
    one.instanceId === instanceId ? { ...one, ...ON_STANDBY } : one,
  );
  return decide({ ...input, observation: { ...input.observation, servers } });
}

// failure-mode: standby
describe('a server that is put on standby during the roll', () => {
  it('leaves like any other if it is an old one', () => {
    expect(summarizeDecision(next({ new: 3, oldGroup: { desired: 2 } }, 'i-0a12'))).toBe('act leave i-0a12');
  });

  it('replaces none if it is a new one', () => {
    const decision = next({ new: 3, newGroup: { desired: 2 } }, 'i-0b12');
    expect(summarizeDecision(decision)).toBe('wait ready i-0b12 2');
  });

  it('is replaced in a rollback, as one out of service', () => {
    const shape = { newGroup: null, oldGroup: { desired: 2 }, over: { launchConfigurations: [] } };
    expect(summarizeDecision(next(shape, 'i-0a12', 'rollback'))).toBe('act suspend-processes consul AddToLoadBalancer');
  });
});

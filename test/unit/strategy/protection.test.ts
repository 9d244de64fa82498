import { describe, expect, it } from 'vitest';
import { restoreGroup } from '../../../src/lib/engine/decide/finish.js';
import { decidePrepare } from '../../../src/lib/engine/decide/prepare.js';
import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import { protectServers, readProtection, restoreProtection } from '../../../src/lib/engine/strategy/protection.js';
import type { DecisionInput } from '../../../src/lib/model/decision.js';
import type { Group } from '../../../src/lib/model/group.js';
import type { ScaleInProtection } from '../../../src/lib/model/intent.js';
import { buildMidRoll, summarizeDecision } from '../../helpers/intents.js';
import { buildInstanceId } from '../../helpers/servers.js';

const OFF: ScaleInProtection = { newServers: false, exceptions: [] };

interface Shape {
  readonly old?: number;
  readonly protectsNewServers?: boolean;
  /** Indexes of old servers that are protected. */
  readonly protectedServers?: readonly number[];
  /** Before the roll. */
  readonly was?: ScaleInProtection | undefined;
}

/** A roll whose old group is protected like this. */
function rolling(shape: Shape = {}): DecisionInput & { readonly old: Group } {
  const { old: count = 3, protectsNewServers = false, protectedServers = [] } = shape;
  const protection = 'was' in shape ? shape.was : OFF;
  const original = { minSize: 3, maxSize: 3, desired: 3, suspended: [], protection };
  const input = buildMidRoll({ old: count, size: 3, oldGroup: { protectsNewServers } }, { original });
  const ids = protectedServers.map((index) => buildInstanceId('old', index));
  const servers = input.observation.servers.map((server) => ({
    ...server,
    protectedFromScaleIn: ids.includes(server.instanceId),
  }));
  const observation = { ...input.observation, servers };
  const { old } = observation;
  if (old === undefined) throw new Error('a roll has an old group');
  return { ...input, observation, old };
}

describe('the protection of a group before a roll', () => {
  it('is its setting, and the servers that differ from it', () => {
    const { observation, old } = rolling({ protectedServers: [1] });
    expect(readProtection(observation, old)).toEqual({ newServers: false, exceptions: [buildInstanceId('old', 1)] });
    expect(readProtection(observation, { ...old, protectsNewServers: true })).toEqual({
      newServers: true,
      exceptions: [buildInstanceId('old', 0), buildInstanceId('old', 2)],
    });
  });

  it('is not recorded, and not changed, if a tag cannot hold it', () => {
    const { observation, old } = rolling({ old: 13, protectedServers: Array.from({ length: 13 }, (_, n) => n) });
    expect(readProtection(observation, old)).toBeUndefined();
  });
});

describe('protectServers', () => {
  it('protects every server that is not, and those that the group launches', () => {
    const input = rolling({ protectedServers: [0] });
    expect(protectServers(input, 'prepare', input.old)).toMatchObject({
      step: {
        action: { kind: 'protect-servers', instanceIds: [buildInstanceId('old', 1), buildInstanceId('old', 2)] },
      },
    });
  });

  it('names at most 50 servers at once', () => {
    const input = rolling({ old: 60 });
    const decision = protectServers(input, 'prepare', input.old);
    expect(decision).toHaveProperty('step.action.instanceIds.length', 50);
  });

  it('does nothing if all are, and for a roll of an earlier version', () => {
    const all = rolling({ protectsNewServers: true, protectedServers: [0, 1, 2] });
    expect(protectServers(all, 'prepare', all.old)).toBeUndefined();
    const earlier = rolling({ was: undefined });
    expect(protectServers(earlier, 'prepare', earlier.old)).toBeUndefined();
  });

  it('comes before everything else that prepares a roll', () => {
    expect(summarizeDecision(decidePrepare(rolling()))).toMatch(/^act protect-servers/);
  });
});

describe('restoreProtection', () => {
  const everyOne = { protectsNewServers: true, protectedServers: [0, 1, 2] };

  it('takes the protection from those that had none', () => {
    const input = rolling({ ...everyOne, was: { newServers: false, exceptions: [buildInstanceId('old', 1)] } });
    expect(restoreProtection(input, 'finish', input.old)).toMatchObject({
      step: {
        action: {
          kind: 'restore-protection',
          newServers: false,
          instanceIds: [buildInstanceId('old', 0), buildInstanceId('old', 2)],
        },
      },
    });
  });

  it('leaves it where the group protected all but one', () => {
    const input = rolling({ ...everyOne, was: { newServers: true, exceptions: [buildInstanceId('old', 1)] } });
    expect(restoreProtection(input, 'finish', input.old)).toHaveProperty('step.action.instanceIds', [
      buildInstanceId('old', 1),
    ]);
  });

  it('does nothing once it is restored, and for a roll of an earlier version', () => {
    const restored = rolling();
    expect(restoreProtection(restored, 'finish', restored.old)).toBeUndefined();
    const earlier = rolling({ ...everyOne, was: undefined });
    expect(restoreProtection(earlier, 'finish', earlier.old)).toBeUndefined();
  });

  it('comes after the processes', () => {
    const input = rolling(everyOne);
    const group = { ...input.old, minSize: 3, maxSize: 3, suspendedProcesses: [] };
    expect(summarizeDecision(restoreGroup(input, 'finish', group))).toMatch(/^act restore-protection/);
  });

  it('is not safe while Auto Scaling would terminate a server then', () => {
    const input = rolling({ ...everyOne, old: 4 });
    const shrunk = { ...input, observation: { ...input.observation, old: { ...input.old, desired: 3 } } };
    const action = { kind: 'restore-protection', group: 'consul', newServers: false, instanceIds: [] } as const;
    expect(checkSafety(shrunk, action)).toMatchObject({ kind: 'would-scale-in', from: 4, to: 3 });
    expect(checkSafety(input, action)).toBeUndefined();
  });
});

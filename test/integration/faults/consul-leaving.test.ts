import { describe, expect, it } from 'vitest';
import { listDepartingInstances } from '../../../src/lib/model/action.js';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { type FaultyProxy, PASS_THROUGH } from '../../helpers/faulty-proxy.js';

/** Leaves are answered 200, so many times, and never happen. */
function ignoreLeaves(consul: FaultyProxy, times: number): void {
  let left = times;
  consul.decideOutcome = ({ method, url }) => {
    if (method !== 'PUT' || url !== '/v1/agent/leave' || left === 0) return PASS_THROUGH;
    left -= 1;
    return { kind: 'answer', when: 'before', status: 200, type: 'application/json', body: '' };
  };
}

/** How often the server that was first asked to leave was asked. */
function leavesOfFirst(events: readonly RollEvent[]): number {
  const leaves = events.flatMap((event) => {
    const action = event.kind === 'step-started' ? event.step.action : undefined;
    return action?.kind === 'leave' ? listDepartingInstances(action) : [];
  });
  return leaves.filter((one) => one === leaves[0]).length;
}

describe.concurrent('a server that is asked to leave', { timeout: ROLL_MS }, () => {
  // failure-mode: leave-hangs
  it('hangs in it: it is terminated alone, struck out of Raft; the roll continues', async () => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll, when }) => {
      when({
        step: 'leave',
        is: 'done',
        inject: ({ step: { action } }) => {
          if (action.kind === 'leave') sandbox.network.pause(action.servers[0]?.address ?? '');
        },
      });
      const { result, log } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(log).toMatch(/terminate .*(does not answer|hangs)/);
    });
  });

  // failure-mode: leave-ignored
  it('answers 200 and stays: it is asked again; the roll continues', async () => {
    await runWithFaults({ through: 'consul' }, async ({ sandbox, roll }) => {
      ignoreLeaves(sandbox.consul, 2);
      const { result, events } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(leavesOfFirst(events)).toBe(3);
    });
  });

  // failure-mode: leave-ignored-thrice
  it('answers 200 and stays for good: the roll stops after three times and says who; resumed, it rolls', async () => {
    await runWithFaults({ through: 'consul' }, async ({ sandbox, roll, resume }) => {
      ignoreLeaves(sandbox.consul, 99);
      const { result, happened, next } = await roll();
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'rejoined', leaves: 3 } });
      expect(happened).toMatch(/the cluster is healthy .*i-\w+ rejoined after 3 leave requests/);
      expect(next).toContain('consul-roll resume --cluster consul');
      ignoreLeaves(sandbox.consul, 0);
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });

  // failure-mode: agent-restarted
  it('is started again by its supervisor: it is asked again; the roll continues', async () => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll }) => {
      const restarted: string[] = [];
      sandbox.quirks.restarts = ({ instanceId }) => restarted.push(instanceId) < 2;
      const { result, events } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(leavesOfFirst(events)).toBe(2);
    });
  });

  // failure-mode: agent-restarted-always
  it('is started again every time: the roll stops, says who and why that may be; mended, it rolls', async () => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll, resume }) => {
      sandbox.quirks.restarts = () => true;
      const { result, happened, next } = await roll();
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'rejoined' } });
      expect(happened).toMatch(/i-\w+ rejoined after \d leave requests?/);
      expect(next).toMatch(/supervisor restarts Consul after a leave.*Restart=on-failure.*; resume with: /);
      sandbox.quirks.restarts = () => false;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});

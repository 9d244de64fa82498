import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/lib/engine/decide/decide.js';
import { simulateWait } from '../../../src/lib/engine/plan/simulate-wait.js';
import type { Decision } from '../../../src/lib/model/decision.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { describeWaitFor } from '../../../src/lib/output/text/waits.js';
import { buildMidRoll, limits, type MidRollShape, summarizeDecision } from '../../helpers/intents.js';
import { LOAD_BALANCER, OBSERVED_AT_MS } from '../../helpers/servers.js';
import { buildOrphanPeer, rollback } from '../safety/cases.js';

const dead = { orphanPeers: [buildOrphanPeer('127.1.9.9', false)] };
const alive = { orphanPeers: [buildOrphanPeer('127.1.9.9', true)] };
const seenOften = { history: { orphanStreaks: { 'orphan-peer': limits.successThreshold } } };
const waitingSince = (agoMs: number) => ({
  history: { currentWait: { key: 'orphan-peer orphan-peer', sinceMs: OBSERVED_AT_MS - agoMs } },
});

/** Only new servers are left, and the load balancers are attached. */
const forward: MidRollShape = {
  old: 0,
  new: 3,
  leader: 0,
  sentinel: '7f3a done',
  newGroup: { balancers: [LOAD_BALANCER] },
};
/** Only old servers are left. */
const taken: MidRollShape = { old: 3, new: 0, newGroup: {}, sentinel: '7f3a' };

function next(shape: MidRollShape, change: Partial<Intent> = {}): Decision {
  const { observation, memory, intent } = buildMidRoll({ size: 3, ...shape }, change);
  return decide({ observation, memory, intent, limits });
}

describe.each([
  ['forward', forward, {}, 'consul'],
  ['rollback', taken, rollback, 'consul-7f3a'],
] as const)('an orphan peer at the end of a roll %s', (_way, end, way, doomed) => {
  // failure-mode: orphan-peer-last-group
  it('keeps the group that it may belong to, dead or alive', () => {
    expect(summarizeDecision(next(end, way))).toBe(`act delete-group ${doomed}`);
    for (const orphan of [dead, alive]) {
      const decision = next({ ...end, ...orphan }, way);
      expect(decision).toMatchObject({ kind: 'wait', wait: { for: { kind: 'orphan-peer', peerId: 'orphan-peer' } } });
    }
  });

  it('is removed after as many unhealthy checks as a gate requires', () => {
    expect(summarizeDecision(next({ ...end, ...dead, ...seenOften }, way))).toMatch(/^act remove-peer/);
  });

  it('keeps the processes suspended if its group is gone', () => {
    const gone = doomed === 'consul' ? { oldGroup: null } : { newGroup: null };
    const over = { over: { launchConfigurations: [doomed === 'consul' ? 'consul-lc-7f3a' : 'consul-lc'] } };
    expect(summarizeDecision(next({ ...end, ...gone, ...over }, way))).toMatch(/^act restore-size/);
    expect(next({ ...end, ...gone, ...over, ...alive }, way)).toMatchObject({ wait: { for: { kind: 'orphan-peer' } } });
  });

  it('stops the roll if it is healthy', () => {
    const stopped = next({ ...end, ...alive, ...waitingSince(limits.healthTimeoutMs + 1) }, way);
    expect(summarizeDecision(stopped)).toBe('stop stopped: orphan-peer');
    if (stopped.kind !== 'stop') throw new Error('it continues');
    expect(describeStopReason(stopped.reason)).toBe(
      'Raft peer i-0dead (orphan-peer) has no matching instance [no-group-deleted-with-members].',
    );
    expect(listRemedies(stopped.reason)).toEqual([expect.stringContaining('remove-peer -id=orphan-peer')]);
  });
});

it('a plan waits for an orphan peer and then has it removed from Raft', () => {
  const { observation, memory, intent } = buildMidRoll({ size: 3, ...forward, ...alive });
  const after = simulateWait(
    { observation, memory },
    { kind: 'orphan-peer', peerId: 'orphan-peer', node: 'i-0dead' },
    intent,
  );
  expect(summarizeDecision(decide({ ...after, intent, limits }))).toBe('act delete-group consul');
  expect(describeWaitFor({ kind: 'orphan-peer', peerId: 'orphan-peer', node: 'i-0dead' })).toContain('i-0dead');
});

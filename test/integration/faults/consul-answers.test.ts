import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { readAccount } from '../../helpers/account.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH, type ProxyOutcome } from '../../helpers/faulty-proxy.js';
import { getLeaderAddress, listServersOnImage } from '../../helpers/faulty-servers.js';

const THROUGH_CONSUL = { through: 'consul' } as const;

function answer(status: number, body: string): ProxyOutcome {
  return { kind: 'answer', when: 'before', status, type: 'application/json', body };
}

const BAD_ANSWERS: readonly ProxyOutcome[] = [
  answer(200, '{"Config": "no longer"'),
  { kind: 'half' },
  answer(429, 'Your IP is issuing too many concurrent connections'),
  answer(500, 'rpc error making call: EOF'),
  { kind: 'reset', when: 'before' },
];
const LOOKS_EACH = 3;

/** Leave requests before the last observation that found a new server down. */
function leavesWhileIll(events: readonly RollEvent[]): number {
  const isIll = (event: RollEvent) =>
    event.kind === 'observed' &&
    event.observation.servers.some(
      ({ side, agent }) => side === 'new' && agent.kind === 'down' && agent.why === 'broken',
    );
  const ill = events.slice(0, events.findLastIndex(isIll));
  return ill.filter((event) => event.kind === 'step-done' && event.step.action.kind === 'leave').length;
}

describe.concurrent('Consul’s answers', { timeout: ROLL_MS }, () => {
  // failure-mode: consul-malformed-answers
  it('from one server are malformed, incomplete, 429, 500 or cut: no server leaves meanwhile; the roll continues', async () => {
    await runWithFaults(THROUGH_CONSUL, async ({ sandbox, roll, when, saw }) => {
      const spoil = () => {
        const [address] = listServersOnImage(sandbox, 'consul-v2');
        const sinceLook = saw('observed');
        const now = () => BAD_ANSWERS[Math.floor((saw('observed') - sinceLook) / LOOKS_EACH)];
        sandbox.consul.decideOutcome = ({ host }) => (host === address ? now() : undefined) ?? PASS_THROUGH;
      };
      when({ step: 'leave', is: 'done', inject: spoil });
      const { result, events } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(leavesWhileIll(events)).toBe(1);
    });
  });

  // failure-mode: consul-change-unanswered
  it('to every kind of change are lost or 500 the first times: each is made; the roll continues', async () => {
    await runWithFaults(THROUGH_CONSUL, async ({ sandbox, roll }) => {
      const outcomes: ProxyOutcome[] = [
        { kind: 'reset', when: 'after' },
        answer(500, 'No cluster leader'),
        { kind: 'half' },
      ];
      const times = new Map<string, number>();
      sandbox.consul.decideOutcome = ({ method, url }) => {
        if (method === 'GET') return PASS_THROUGH;
        const call = `${method} ${url.replace(/[?].*/, '')}`;
        times.set(call, (times.get(call) ?? 0) + 1);
        return outcomes[(times.get(call) ?? 0) - 1] ?? PASS_THROUGH;
      };
      expect((await roll()).result.outcome).toBe('rolled');
      expect(times.size).toBeGreaterThan(4);
    });
  });

  // failure-mode: consul-connection-reset
  it('are reset now and then: the roll is not affected', async () => {
    await runWithFaults(THROUGH_CONSUL, async ({ sandbox, roll }) => {
      let asked = 0;
      sandbox.consul.decideOutcome = ({ method }) => {
        asked += 1;
        return method === 'GET' && asked % 20 === 0 ? { kind: 'reset', when: 'after' } : PASS_THROUGH;
      };
      expect((await roll()).result.outcome).toBe('rolled');
    });
  });

  // failure-mode: snapshot-cut-short
  it('break off every snapshot: refused before any change', async () => {
    await runWithFaults(THROUGH_CONSUL, async ({ sandbox, roll }) => {
      const before = readAccount(sandbox.aws);
      sandbox.consul.decideOutcome = ({ url }) => (url === '/v1/snapshot' ? { kind: 'half' } : PASS_THROUGH);
      const { result, happened } = await roll();
      expect(result).toMatchObject({ outcome: 'refused', reason: { kind: 'step-failed', times: 5 } });
      expect(happened).toContain('could not make a snapshot: the answer was incomplete');
      expect(readAccount(sandbox.aws)).toEqual(before);
    });
  });

  // failure-mode: leader-answers-nonsense
  it('from the leader are malformed for longer: the roll stops without a change', async () => {
    await runWithFaults(THROUGH_CONSUL, async ({ sandbox, roll, resume, when }) => {
      const spoil = () => {
        const leader = getLeaderAddress(sandbox);
        sandbox.consul.decideOutcome = ({ host }) => (host === leader ? answer(200, '<html>') : PASS_THROUGH);
      };
      when({ step: 'scale-out', is: 'done', inject: spoil });
      const { result, happened } = await roll({}, { leaderTimeoutMs: 1_500 });
      expect(result).toMatchObject({ outcome: 'quorum-at-risk' });
      expect(happened).toMatch(/which does not answer as the leader/);
      sandbox.consul.decideOutcome = () => PASS_THROUGH;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { accountOf } from '../../helpers/account.js';
import { type Fate, PASS } from '../../helpers/faulty-proxy.js';
import { inTrouble, ROLL_MS } from '../../helpers/trouble.js';
import { leaderOf, serversOn } from '../../helpers/troubled-servers.js';

const THROUGH_CONSUL = { through: 'consul' } as const;

function answer(status: number, body: string): Fate {
  return { kind: 'answer', when: 'before', status, type: 'application/json', body };
}

const BAD_ANSWERS: readonly Fate[] = [
  answer(200, '{"Config": "no longer"'),
  { kind: 'half' },
  answer(429, 'Your IP is issuing too many concurrent connections'),
  answer(500, 'rpc error making call: EOF'),
  { kind: 'reset', when: 'before' },
];
const LOOKS_EACH = 3;

/** Leaves that were asked for before the last look that had a new server down. */
function leavesWhileIll(events: readonly RollEvent[]): number {
  const isIll = (event: RollEvent) =>
    event.kind === 'looked' &&
    event.survey.servers.some(
      ({ side, agent }) => side === 'new' && agent.kind === 'down' && agent.why === 'broken',
    );
  const ill = events.slice(0, events.findLastIndex(isIll));
  return ill.filter((event) => event.kind === 'step-done' && event.step.action.kind === 'leave').length;
}

describe.concurrent('Consul’s answers', { timeout: ROLL_MS }, () => {
  it('from one server are malformed, half, 429, 500 or cut: nobody leaves meanwhile, and the roll goes on', async () => {
    await inTrouble(THROUGH_CONSUL, async ({ sandbox, roll, when, saw }) => {
      const spoil = () => {
        const [victim] = serversOn(sandbox, 'consul-v2');
        const sinceLook = saw('looked');
        const now = () => BAD_ANSWERS[Math.floor((saw('looked') - sinceLook) / LOOKS_EACH)];
        sandbox.consul.fateOf = ({ host }) => (host === victim ? now() : undefined) ?? PASS;
      };
      when({ step: 'leave', is: 'done', bring: spoil });
      const { result, events } = await roll();
      expect(result.outcome).toBe('rolled');
      expect(leavesWhileIll(events)).toBe(1);
    });
  });

  it('to every kind of change are lost or 500 the first times: each is made, and the roll goes on', async () => {
    await inTrouble(THROUGH_CONSUL, async ({ sandbox, roll }) => {
      const fates: Fate[] = [
        { kind: 'reset', when: 'after' },
        answer(500, 'No cluster leader'),
        { kind: 'half' },
      ];
      const times = new Map<string, number>();
      sandbox.consul.fateOf = ({ method, url }) => {
        if (method === 'GET') return PASS;
        const call = `${method} ${url.replace(/[?].*/, '')}`;
        times.set(call, (times.get(call) ?? 0) + 1);
        return fates[(times.get(call) ?? 0) - 1] ?? PASS;
      };
      expect((await roll()).result.outcome).toBe('rolled');
      expect(times.size).toBeGreaterThan(4);
    });
  });

  it('are reset now and then: nobody notices', async () => {
    await inTrouble(THROUGH_CONSUL, async ({ sandbox, roll }) => {
      let asked = 0;
      sandbox.consul.fateOf = ({ method }) => {
        asked += 1;
        return method === 'GET' && asked % 20 === 0 ? { kind: 'reset', when: 'after' } : PASS;
      };
      expect((await roll()).result.outcome).toBe('rolled');
    });
  });

  it('break off every snapshot: refused before any change', async () => {
    await inTrouble(THROUGH_CONSUL, async ({ sandbox, roll }) => {
      const before = accountOf(sandbox.world);
      sandbox.consul.fateOf = ({ url }) => (url === '/v1/snapshot' ? { kind: 'half' } : PASS);
      const { result, happened } = await roll();
      expect(result).toMatchObject({ outcome: 'refused', reason: { kind: 'step-failed', times: 5 } });
      expect(happened).toContain('could not make a snapshot: the answer was cut short');
      expect(accountOf(sandbox.world)).toEqual(before);
    });
  });

  it('from the leader make no sense for longer: a person is called, and nothing is touched', async () => {
    await inTrouble(THROUGH_CONSUL, async ({ sandbox, roll, resume, when }) => {
      const spoil = () => {
        const leader = leaderOf(sandbox);
        sandbox.consul.fateOf = ({ host }) => (host === leader ? answer(200, '<html>') : PASS);
      };
      when({ step: 'grow', is: 'done', bring: spoil });
      const { result, happened } = await roll({}, { leaderTimeoutMs: 1_500 });
      expect(result).toMatchObject({ outcome: 'quorum-at-risk' });
      expect(happened).toMatch(/which does not answer as the leader/);
      sandbox.consul.fateOf = () => PASS;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});

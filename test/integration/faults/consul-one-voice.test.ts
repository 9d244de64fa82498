import { describe, expect, it } from 'vitest';
import type { RollEvent } from '../../../src/lib/model/events.js';
import { type FaultScenario, ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import { PASS_THROUGH, type ProxyOutcome } from '../../helpers/faulty-proxy.js';
import { listServersOnImage } from '../../helpers/faulty-servers.js';
import { until } from '../../sandbox/instances/until.js';

/** Short enough that one server that names no leader would end a roll, were it asked. */
const LIMITS = { leaderTimeoutMs: 1_000, healthTimeoutMs: 4_000 };

const DENIED: ProxyOutcome = {
  kind: 'answer',
  when: 'before',
  status: 403,
  type: 'text/plain',
  body: 'Permission denied: token with AccessorID lacks permission agent:read',
};

/** Closes port 8300 of the first new server as soon as Raft has it. */
function closePortOfCanary({ sandbox, when }: FaultScenario): void {
  const close = async (): Promise<void> => {
    const isJoined = () => {
      const [canary = ''] = listServersOnImage(sandbox, 'consul-v2');
      const known = sandbox.network.leader(canary);
      return known.ok && known.value !== '';
    };
    await until('the canary hears the leader', isJoined);
    for (const address of listServersOnImage(sandbox, 'consul-v2')) sandbox.network.closeRaftPort(address);
  };
  when({ step: 'scale-out', is: 'done', inject: () => void close() });
}

function listActions(events: readonly RollEvent[]): readonly string[] {
  return events.flatMap((event) => (event.kind === 'step-done' ? event.step.action.kind : []));
}

describe.concurrent('one new server is ill, and a quorum of old ones agrees', { timeout: ROLL_MS }, () => {
  // failure-mode: new-server-unreachable-for-leader
  it('its port 8300 is closed after it has joined: the roll is rolled back, and says which port', async () => {
    await runWithFaults({ through: 'neither' }, async (scenario) => {
      closePortOfCanary(scenario);
      const { result, happened } = await scenario.roll({}, LIMITS);
      expect(result).toMatchObject({ outcome: 'rolled-back', reason: { causes: [{ kind: 'no-contact' }] } });
      expect(happened).toContain('check port 8300 in both directions');
    });
  });

  // failure-mode: new-server-denies-token
  it('it refuses the token: it is terminated alone, and the roll is rolled back in the words of Consul', async () => {
    await runWithFaults({ through: 'consul' }, async ({ sandbox, roll }) => {
      sandbox.consul.decideOutcome = ({ host, url }) =>
        listServersOnImage(sandbox, 'consul-v2').includes(host) && !url.startsWith('/v1/status/')
          ? DENIED
          : PASS_THROUGH;
      const { result, events, happened } = await roll({}, LIMITS);
      expect(result).toMatchObject({ outcome: 'rolled-back', reason: { causes: [{ kind: 'token-refused' }] } });
      expect(happened).toContain('Permission denied: token with AccessorID');
      expect(listActions(events)).toContain('terminate');
      expect(listActions(events)).not.toContain('leave');
    });
  });

  // failure-mode: token-denied-by-all
  it('every old server refuses the token in mid-roll: the roll stops in the words of Consul', async () => {
    await runWithFaults({ through: 'consul' }, async ({ sandbox, roll, resume, when }) => {
      const deny = () => {
        sandbox.consul.decideOutcome = ({ host }) =>
          listServersOnImage(sandbox, 'consul-v1').includes(host) ? DENIED : PASS_THROUGH;
      };
      when({ step: 'scale-out', is: 'done', inject: deny });
      const { result, happened } = await roll({}, { ...LIMITS, awsTimeoutMs: 2_000 });
      expect(result).toMatchObject({ outcome: 'stopped', reason: { kind: 'unreadable' } });
      expect(happened).toContain('Permission denied: token with AccessorID');
      sandbox.consul.decideOutcome = () => PASS_THROUGH;
      expect((await resume()).result.outcome).toBe('rolled');
    });
  });
});

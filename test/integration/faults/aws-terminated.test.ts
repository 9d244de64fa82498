import { describe, expect, it } from 'vitest';
import type { Side } from '../../../src/lib/model/server.js';
import { getImage } from '../../../src/sandbox/aws/images.js';
import { listLiveServers } from '../../helpers/account.js';
import { ROLL_MS, runWithFaults } from '../../helpers/fault-scenario.js';
import type { FaultySandbox } from '../../helpers/faulty-sandbox.js';

/** Terminates one server of a side through EC2: the youngest new one, or an old follower. */
function terminateOne({ aws: world, network }: FaultySandbox, side: Side): void {
  const image = getImage(side === 'old' ? 'consul-v1' : 'consul-v2').imageId;
  const leads = (address: string) => {
    const leader = network.leader(address);
    return leader.ok && leader.value === `${address}:8300`;
  };
  const instance = listLiveServers(world)
    .filter(({ imageId, address }) => imageId === image && !leads(address))
    .at(-1);
  world.call('ec2', 'TerminateInstances', { InstanceIds: [instance?.instanceId ?? ''] });
}

describe.concurrent('another process terminates a server', { timeout: ROLL_MS }, () => {
  it.each<[string, Side, 'scale-out' | 'leave', 1 | 2]>([
    ['an old one while the new group grows', 'old', 'scale-out', 2],
    ['a new one while the new group grows: another is launched instead', 'new', 'scale-out', 2],
    ['an old one while the old ones drain', 'old', 'leave', 1],
    ['a new one while the old ones drain: another is launched instead', 'new', 'leave', 1],
    // failure-mode: old-server-terminated
    // failure-mode: new-server-terminated
  ])('%s; the roll continues', async (_name, side, step, nth) => {
    await runWithFaults({ through: 'neither' }, async ({ sandbox, roll, when }) => {
      // One that has just been asked for has no machine yet; what was there before has.
      when({ step, nth, is: 'done', inject: () => terminateOne(sandbox, side) });
      const { result, happened } = await roll();
      expect(result.outcome, happened).toBe('rolled');
      const images = listLiveServers(sandbox.aws).map(({ imageId }) => imageId);
      expect(images).toEqual(Array(3).fill(getImage('consul-v2').imageId));
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { Side } from '../../../src/lib/model/server.js';
import { imageNamed } from '../../../src/sandbox/images.js';
import { livingServers } from '../../helpers/account.js';
import { inTrouble, ROLL_MS } from '../../helpers/trouble.js';
import type { Troubled } from '../../helpers/troubled-sandbox.js';

/** Somebody ends one server of a side, past its group: the youngest, or of the old ones a follower. */
function terminateOne({ world, network }: Troubled, side: Side): void {
  const image = imageNamed(side === 'old' ? 'consul-v1' : 'consul-v2').imageId;
  const leads = (address: string) => {
    const leader = network.leader(address);
    return leader.ok && leader.value === `${address}:8300`;
  };
  const victim = livingServers(world)
    .filter(({ imageId, address }) => imageId === image && !leads(address))
    .at(-1);
  world.call('ec2', 'TerminateInstances', { InstanceIds: [victim?.instanceId ?? ''] });
}

describe.concurrent('somebody else terminates a server', { timeout: ROLL_MS }, () => {
  it.each<[string, Side, 'grow' | 'leave', 1 | 2]>([
    ['an old one while the new group grows', 'old', 'grow', 2],
    ['a new one while the new group grows: another is launched in its place', 'new', 'grow', 2],
    ['an old one while the old ones drain', 'old', 'leave', 1],
    ['a new one while the old ones drain: another is launched in its place', 'new', 'leave', 1],
  ])('%s, and the roll goes on', async (_name, side, step, nth) => {
    await inTrouble({ through: 'neither' }, async ({ sandbox, roll, when }) => {
      // One that has just been asked for has no machine yet; what was there before has.
      when({ step, nth, is: 'done', bring: () => terminateOne(sandbox, side) });
      const { result } = await roll();
      expect(result.outcome).toBe('rolled');
      const images = livingServers(sandbox.world).map(({ imageId }) => imageId);
      expect(images).toEqual(Array(3).fill(imageNamed('consul-v2').imageId));
    });
  });
});

import { expect, it } from 'vitest';
import { VirtualCluster } from './virtual-cluster.js';

/** What happens to a cluster that grows, loses its leader and lets one go, once a second. */
function story(seed: number): string[] {
  const cluster = new VirtualCluster('1.8.7', seed);
  const lines: string[] = [];
  const watch = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      cluster.run(1_000);
      lines.push(JSON.stringify([cluster.leader(), cluster.configuration(), cluster.running()]));
    }
  };
  cluster.found(3);
  cluster.start(4, 5);
  watch(25);
  cluster.net.kill(cluster.address(cluster.leader() ?? 0));
  watch(20);
  cluster.net.leave(cluster.address(cluster.follower()), () => {});
  watch(20);
  return lines;
}

it('the same seed gives the same events, another seed others', () => {
  expect(story(7)).toEqual(story(7));
  expect(story(7)).not.toEqual(story(8));
});

it('goes faster by its speed', () => {
  const slow = new VirtualCluster('1.8.7', 1);
  const fast = new VirtualCluster('1.8.7', 1, 10);
  const tookMs = (cluster: VirtualCluster): number => {
    cluster.start(1, 3, { bootstrapExpect: 3 });
    return cluster.until(() => cluster.leader() !== undefined, 20_000, 1);
  };
  expect(Math.abs(tookMs(slow) / 10 - tookMs(fast))).toBeLessThan(10);
});

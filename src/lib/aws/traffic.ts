import { type BalancerName, type TargetGroup, targetGroupNamed } from '../model/balancer.js';
import { type BalancerHealth, readBalancerHealth, readDrainingMs } from './balancer-state.js';
import type { Clients } from './clients.js';
import {
  type FoundGroup,
  findTargetGroup,
  readDelayMs,
  readTargetGroup,
  readTargetHealth,
} from './target-groups.js';

/** What is asked of load balancers, whatever their kind, by the names they have in a roll. */
export interface Traffic {
  health(balancer: BalancerName): Promise<BalancerHealth>;
  /** Read once a process: nobody changes it in the middle of a roll. */
  drainingMs(balancer: BalancerName): Promise<number>;
  /** A target group by what AWS calls it, found once a process. */
  targetGroup(name: string): Promise<FoundGroup>;
  /** What a plan says of these, classic ones left out. */
  describe(balancers: readonly BalancerName[]): Promise<readonly TargetGroup[]>;
}

/** Classic load balancers and target groups, each asked of its own service. */
export function createTraffic(clients: Clients): Traffic {
  const targetGroup = readOnce((name) => findTargetGroup(clients, name));
  return {
    targetGroup,
    async health(balancer) {
      const name = targetGroupNamed(balancer);
      return name === undefined
        ? readBalancerHealth(clients, balancer)
        : readTargetHealth(clients, await targetGroup(name));
    },
    drainingMs: readOnce(async (balancer) => {
      const name = targetGroupNamed(balancer);
      return name === undefined
        ? readDrainingMs(clients, balancer)
        : readDelayMs(clients, await targetGroup(name));
    }),
    describe: (balancers) =>
      Promise.all(
        balancers
          .flatMap((balancer) => targetGroupNamed(balancer) ?? [])
          .map(async (name) => readTargetGroup(clients, await targetGroup(name))),
      ),
  };
}

/** A failure is not kept. */
function readOnce<Value>(read: (name: string) => Promise<Value>): (name: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (name) => {
    const asked = known.get(name) ?? read(name);
    known.set(name, asked);
    asked.catch(() => known.delete(name));
    return asked;
  };
}

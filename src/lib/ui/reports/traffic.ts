import {
  balancerNameOf,
  balancersOf,
  spokenBalancer,
  type TargetGroup,
  targetGroupNamed,
} from '../../model/balancer.js';
import type { Plan } from '../../model/plan.js';
import type { Survey } from '../../model/survey.js';
import type { ToneLine } from '../server-lines.js';
import { enumerated, wrapped } from '../text.js';

/** Where a plan's servers get their traffic from; nothing where no target group is. */
export function trafficLines({ survey }: Plan, width: number): ToneLine[] {
  const group = survey.old ?? survey.new;
  if (group === undefined || group.targetGroups.length === 0) return [];
  const known = survey.facts?.targetGroups ?? [];
  const sources = balancersOf(group).map((name) => {
    const found = known.find(({ arn }) => balancerNameOf(arn) === name);
    return `${spokenBalancer(name)}${found === undefined ? '' : behind(found)}`;
  });
  return wrapped(`traffic from ${enumerated(sources)}`, width).map((text) => ({ text, tone: 'plain' }));
}

/**
 * How many servers stand where, in each load balancer and target group; nothing where there is only a classic load
 * balancer, which the servers' own lines tell of.
 */
export function serviceLines({ servers }: Survey, width: number): ToneLine[] {
  const names = [...new Set(servers.flatMap((server) => Object.keys(server.balancers)))];
  if (names.every((name) => targetGroupNamed(name) === undefined) && names.length < 2) return [];
  return names.flatMap((name) => {
    const counts = new Map<string, number>();
    for (const { balancers } of servers) {
      const word = (balancers[name] ?? 'absent').replaceAll('-', ' ');
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const texts = [...counts].map(([word, count]) => `${count} ${word}`);
    return wrapped(`${spokenBalancer(name)}: ${texts.join(', ')}`, width).map(
      (text): ToneLine => ({ text, tone: 'plain' }),
    );
  });
}

/** ` (application load balancer web, internal)`. */
function behind({ loadBalancers }: TargetGroup): string {
  const texts = loadBalancers.map(({ name, type, scheme }) => `${type} load balancer ${name}, ${scheme}`);
  return texts.length === 0 ? ' (no load balancer)' : ` (${texts.join('; ')})`;
}

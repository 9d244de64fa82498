import { remarksOn } from '../../decide/remarks.js';
import { balancerNameOf, balancersOf, spokenBalancer, type TargetGroup } from '../../model/balancer.js';
import type { Plan } from '../../model/plan.js';
import { describeRemark } from '../sentences/remark.js';
import type { ToneLine } from '../server-lines.js';
import { enumerated, wrapped } from '../text.js';

/** Where a plan's servers get their traffic from, and what to mind about it; nothing where no target group is. */
export function trafficLines({ survey, intent }: Plan, width: number): ToneLine[] {
  const group = survey.old ?? survey.new;
  if (group === undefined || group.targetGroups.length === 0) return [];
  const known = survey.facts?.targetGroups ?? [];
  const sources = balancersOf(group).map((name) => {
    const found = known.find(({ arn }) => balancerNameOf(arn) === name);
    return `${spokenBalancer(name)}${found === undefined ? '' : behind(found)}`;
  });
  return [
    ...wrapped(`traffic from ${enumerated(sources)}`, width).map(
      (text): ToneLine => ({ text, tone: 'plain' }),
    ),
    ...remarksOn(survey, intent)
      .flatMap((remark) => wrapped(`mind: ${describeRemark(remark)}`, width))
      .map((text): ToneLine => ({ text, tone: 'busy' })),
  ];
}

/** ` (application load balancer web, internal)`. */
function behind({ loadBalancers }: TargetGroup): string {
  const texts = loadBalancers.map(({ name, type, scheme }) => `${type} load balancer ${name}, ${scheme}`);
  return texts.length === 0 ? ' (no load balancer)' : ` (${texts.join('; ')})`;
}

import { balancerNameOf, type TargetGroup } from '../model/balancer.js';
import type { Intent } from '../model/intent.js';
import type { Remark } from '../model/remark.js';
import type { Survey } from '../model/survey.js';
import { remarksOnTemplate } from './remarks-template.js';

/** Answered by a server with nothing but an agent: they name the leader it knows, be it none. */
export const PROVES_NOTHING = /^\/v1\/(status\/|agent\/self\b)/;

/** Draining that takes less in all is not worth a word. */
const WORTH_SAYING_MS = 60_000;

/** What stands out about a cluster before a roll; none where it was not looked at for that. */
export function remarksOn(survey: Survey, intent: Intent): readonly Remark[] {
  const targetGroups = survey.facts?.targetGroups ?? [];
  return [
    ...targetGroups.flatMap((group) => remarksOnGroup(survey, intent, group)),
    ...remarksOnTemplate(survey, intent),
  ];
}

function remarksOnGroup(survey: Survey, intent: Intent, group: TargetGroup): readonly Remark[] {
  const balancer = balancerNameOf(group.arn);
  const { healthCheck, loadBalancers, slowStartMs } = group;
  if (loadBalancers.length === 0) return [{ kind: 'unreached', balancer }];
  const eachMs = survey.drainingMs[balancer] ?? 0;
  const { path = '' } = healthCheck;
  const outside = survey.servers.filter((server) => server.balancers[balancer] === 'unused');
  const instanceIds = outside.map((server) => server.instanceId);
  const isNetwork = loadBalancers.some(({ type }) => type === 'network');
  return [
    ...(eachMs * intent.size >= WORTH_SAYING_MS
      ? [{ kind: 'long-drain', balancer, eachMs, servers: intent.size } as const]
      : []),
    ...(PROVES_NOTHING.test(path) ? [{ kind: 'proves-nothing', balancer, path } as const] : []),
    ...(instanceIds.length > 0 ? [{ kind: 'zone-not-enabled', balancer, instanceIds } as const] : []),
    ...(isNetwork && !group.endsConnections ? [{ kind: 'connections-stay', balancer } as const] : []),
    ...(slowStartMs > 0 ? [{ kind: 'slow-start', balancer, forMs: slowStartMs } as const] : []),
  ];
}

import { type Intent, isInPlace } from '../../model/intent.js';
import { balancerNameOf, type TargetGroup } from '../../model/load-balancer.js';
import type { Remark, TemplateRemark } from '../../model/notice.js';
import type { Survey } from '../../model/observation.js';
import { aliasedTemplate } from '../launch-source/version-alias.js';
import { serversOf } from './servers.js';

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

/** What stands out about what a group launches from, and about copying it, before a roll. */
export function remarksOnTemplate(survey: Survey, intent: Intent): readonly TemplateRemark[] {
  const { old, facts } = survey;
  if (old === undefined || facts === undefined) return [];
  const { name: group } = old;
  const aliased = aliasedTemplate(intent);
  const others = serversOf(survey, 'old').some((server) => server.imageId !== intent.imageId);
  return [
    ...(aliased === undefined ? [] : [pinned(group, aliased)]),
    ...(old.imageId === intent.imageId && others ? [{ kind: 'launches-it-already', group } as const] : []),
    ...(old.warmPool === 'none' ? [] : [{ kind: 'warm-pool', group } as const]),
    // A group that stays is not copied.
    ...(isInPlace(intent) ? [] : facts.notCopied).map((what) => ({ kind: 'not-copied', what }) as const),
  ];
}

function pinned(
  group: string,
  { name: template, version: alias, resolved: version }: NonNullable<ReturnType<typeof aliasedTemplate>>,
): TemplateRemark {
  return { kind: 'pinned', group, template, alias, version };
}

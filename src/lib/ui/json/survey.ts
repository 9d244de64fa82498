import { isJudged } from '../../decide/voters.js';
import { balancerNameOf } from '../../model/balancer.js';
import type { Server } from '../../model/server.js';
import type { Survey } from '../../model/survey.js';

/** Every server, oldest first; with the side it is on where there are two. */
export function serversJson(survey: Survey | undefined, sides = true) {
  if (survey === undefined) return [];
  const judged = isJudged(survey);
  return survey.servers.map((server) => serverJson(server, sides, judged));
}

/** The target groups a plan was made with, each with its load balancers. */
export function targetGroupsJson({ facts, drainingMs }: Survey) {
  return (facts?.targetGroups ?? []).map((group) => {
    const balancer = balancerNameOf(group.arn);
    return { balancer, ...group, drainingMs: drainingMs[balancer] ?? 0 };
  });
}

function serverJson({ agent, peer, ...server }: Server, sides: boolean, judged: boolean) {
  return {
    instanceId: server.instanceId,
    address: server.address ?? null,
    zone: server.zone,
    side: sides ? server.side : null,
    image: server.imageId,
    lifecycle: server.lifecycle,
    version: agent.kind === 'up' ? agent.version : null,
    voter: peer?.voter ?? false,
    healthy: judged ? (peer?.healthy ?? false) : null,
    leader: peer?.leader ?? false,
    balancers: server.balancers,
  };
}

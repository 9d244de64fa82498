import { budgetNow, leaderOf } from '../../decide/voters.js';
import type { Server } from '../../model/server.js';
import type { Survey } from '../../model/survey.js';

/** The cluster at one look, for scripts. */
export function clusterJson(survey: Survey) {
  const budget = budgetNow(survey);
  return {
    voters: budget?.voters ?? null,
    healthy: budget?.healthy ?? null,
    quorum: budget?.quorum ?? null,
    spare: budget?.spare ?? null,
    leader: leaderOf(survey)?.instanceId ?? null,
  };
}

/** Every server, oldest first; with the side it is on where there are two. */
export function serversJson(survey: Survey | undefined, sides = true) {
  return (survey?.servers ?? []).map((server) => serverJson(server, sides));
}

function serverJson({ agent, peer, ...server }: Server, sides: boolean) {
  return {
    instanceId: server.instanceId,
    address: server.address ?? null,
    zone: server.zone,
    side: sides ? server.side : null,
    image: server.imageId,
    lifecycle: server.lifecycle,
    version: agent.kind === 'up' ? agent.version : null,
    voter: peer?.voter ?? false,
    healthy: peer?.healthy ?? false,
    leader: peer?.leader ?? false,
    balancers: server.balancers,
  };
}

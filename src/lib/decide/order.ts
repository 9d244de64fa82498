import type { Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { membersOf } from './servers.js';

/**
 * Members of a side in the order they leave: first the dead, who only cost the others their majority, and one that is
 * on its way already (out of a load balancer, or draining); then non-voters before voters, unhealthy before healthy,
 * oldest first, and the leader after all others.
 */
export function drainOrder(survey: Survey, side: Side): readonly Server[] {
  return [...membersOf(survey, side)].sort(
    (a, b) => compare(rank(a), rank(b)) || a.launchedAtMs - b.launchedAtMs || byId(a, b),
  );
}

/** Smaller leaves earlier; compared position by position. */
function rank(server: Server): readonly number[] {
  const { peer } = server;
  const onItsWay = Object.values(server.balancers).some(
    (state) => state === 'absent' || state === 'draining',
  );
  const dead = server.agent.kind === 'down' && peer?.healthy !== true;
  return [Number(peer?.leader), Number(!dead), Number(!onItsWay), Number(peer?.voter), Number(peer?.healthy)];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, n) => value !== b[n]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function byId(a: Server, b: Server): number {
  return a.instanceId.localeCompare(b.instanceId);
}

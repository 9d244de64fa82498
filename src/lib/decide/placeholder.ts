import type { Intent } from '../model/intent.js';
import type { BalancerState, Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { serversOf, standingOf } from './servers.js';

/** A side with as many servers as it is to have: for each that it lacks, one that does not exist yet. For plans. */
export function filledUp(survey: Survey, side: Side, size: number, intent: Intent): Survey {
  const group = survey[side];
  const known = serversOf(survey, side).length;
  const missing = Math.max(0, size - standingOf(survey, side).length);
  if (group === undefined || missing === 0) return survey;
  const fresh = Array.from({ length: missing }, (_, n) => placeholder(survey, side, known + n, intent));
  const instanceIds = [...group.instanceIds, ...fresh.map((server) => server.instanceId)];
  return { ...survey, servers: [...survey.servers, ...fresh], [side]: { ...group, instanceIds } };
}

/** `new-server-3`: booting, in no load balancer and no cluster. */
function placeholder(survey: Survey, side: Side, ordinal: number, intent: Intent): Server {
  const names = new Set(survey.servers.flatMap((server) => Object.keys(server.balancers)));
  const absent = Object.fromEntries([...names].map((name): [string, BalancerState] => [name, 'absent']));
  const [pattern] = survey.servers;
  return {
    instanceId: `${side}-server-${ordinal + 1}`,
    side,
    address: `${side}-server-${ordinal + 1}`,
    zone: pattern?.zone ?? '',
    imageId: side === 'new' ? intent.imageId : (survey.old?.imageId ?? ''),
    launchedAtMs: survey.atMs,
    lifecycle: 'Pending',
    protectedFromScaleIn: false,
    balancers: absent,
    agent: { kind: 'down', why: 'silent', detail: 'not launched yet' },
    peer: undefined,
  };
}

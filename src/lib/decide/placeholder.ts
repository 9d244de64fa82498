import type { Intent } from '../model/intent.js';
import type { BalancerState, Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/** A server that does not exist yet, for plans: `new server 3`, booting, in no load balancer and no cluster. */
export function placeholder(survey: Survey, side: Side, ordinal: number, intent: Intent): Server {
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

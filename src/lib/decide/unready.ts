import type { Group } from '../model/group.js';
import type { Refusal } from '../model/refusal.js';
import { hostOf, type Server, type Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { closedGates, isReady } from './gates.js';
import { standingOf } from './servers.js';

/** Patience with servers of one side has ended: what each of them lacks, and why others do not even exist. */
export function unreadyFor(survey: Survey, side: Side, limitMs: number, expected: number): Refusal {
  const standing = standingOf(survey, side);
  const unready = standing.filter((server) => !isReady(survey, server));
  const instanceIds = unready.map((server) => server.instanceId);
  const waitedFor = { kind: 'ready', side, instanceIds, expected } as const;
  const detail = [
    ...unready.map((server) => `${server.instanceId}: ${lackOf(survey, server)}`),
    ...(standing.length < expected ? [notLaunched(survey[side], standing.length, expected)] : []),
  ].join('; ');
  return { kind: 'timed-out', waitedFor, limitMs, detail };
}

/** What keeps every other gate closed, where one thing does; otherwise the gates. */
function lackOf(survey: Survey, server: Server): string {
  const { agent, imageId } = server;
  if (closedGates(survey, server).includes('image')) return `it was launched from ${imageId}`;
  if (agent.kind === 'down') return `Consul does not answer (${agent.detail})`;
  if (agent.leader === '') return 'it is in no cluster that has a leader';
  const host = hostOf(agent.leader);
  const isOurs = survey.servers.some(({ address }) => address === host);
  if (!isOurs) return `it is in another cluster, which ${host} leads`;
  return closedGates(survey, server).join(', ') || 'flapping';
}

function notLaunched(group: Group | undefined, launched: number, expected: number): string {
  const counts = `only ${launched} of ${expected} were launched`;
  return group?.launchFailure === undefined ? counts : `${counts}: ${group.launchFailure}`;
}

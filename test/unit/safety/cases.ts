import { checkSafety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Observation } from '../../../src/lib/model/observation.js';
import type { Peer, Server } from '../../../src/lib/model/server.js';
import { buildMidRoll, type MidRollShape } from '../../helpers/intents.js';
import { buildAddress, OBSERVED_AT_MS } from '../../helpers/servers.js';

/** What differs from a roll of three servers on both sides, all healthy. */
export interface SafetyCase extends MidRollShape {
  readonly servers?: Readonly<Record<string, Partial<Server>>>;
  readonly seen?: (observation: Observation) => Observation;
}

/** What safety answers to an action in such a case. */
export function checkCase(
  action: Action,
  { servers = {}, seen = (observation) => observation, ...shape }: SafetyCase = {},
  change: Partial<Intent> = {},
) {
  const { observation, memory, intent } = buildMidRoll({ size: 3, old: 3, new: 3, ...shape }, change);
  const changed = observation.servers.map((one) => ({ ...one, ...servers[one.instanceId] }));
  return checkSafety({ observation: seen({ ...observation, servers: changed }), memory, intent }, action);
}

export const leave = (...instanceIds: string[]): Action => ({
  kind: 'leave',
  servers: instanceIds.map((instanceId) => ({ instanceId, address: addressOf(instanceId) })),
});
/** Of `i-0a12` that of the second old server. */
const addressOf = (instanceId: string) =>
  buildAddress(instanceId.startsWith('i-0a') ? 'old' : 'new', Number(instanceId.slice(-2)) - 11);

export const terminate = (instanceId: string): Action => ({ kind: 'terminate', instanceId });
export const deregister = (...instanceIds: string[]): Action => ({
  kind: 'deregister',
  instanceIds,
  balancers: ['consul-lb'],
});
export const removePeer = (peerId: string): Action => ({ kind: 'remove-peer', peerId, node: peerId });
export const rollback: Partial<Intent> = { direction: 'rollback' };

export const requestLeave = (id: string) => ({
  leaveRequests: { [id]: { count: 1, lastRequestedAtMs: OBSERVED_AT_MS } },
});
export const silentAgent = { kind: 'down', why: 'silent', detail: '' } as const;
/** A Raft voter without an instance. */
export function buildOrphanPeer(host: string, healthy: boolean): Peer {
  return { id: 'orphan-peer', node: 'i-0dead', address: `${host}:8300`, leader: false, voter: true, healthy };
}

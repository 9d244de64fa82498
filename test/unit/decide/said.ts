import { safety } from '../../../src/lib/engine/safety/safety.js';
import type { Action } from '../../../src/lib/model/action.js';
import type { Intent } from '../../../src/lib/model/intent.js';
import type { Survey } from '../../../src/lib/model/observation.js';
import type { Peer, Server } from '../../../src/lib/model/server.js';
import { type MidRollShape, midRoll } from '../../helpers/intents.js';
import { addressOf, LOOK_MS } from '../../helpers/servers.js';

/** A roll of three, but for this. */
export interface SafetyCase extends MidRollShape {
  readonly servers?: Readonly<Record<string, Partial<Server>>>;
  readonly seen?: (survey: Survey) => Survey;
}

/** What safety says to an action on a roll of three, whole on both sides but for the case. */
export function said(
  action: Action,
  { servers = {}, seen = (survey) => survey, ...shape }: SafetyCase = {},
  change: Partial<Intent> = {},
) {
  const { survey, intent } = midRoll({ size: 3, old: 3, new: 3, ...shape }, change);
  const changed = survey.servers.map((one) => ({ ...one, ...servers[one.instanceId] }));
  return safety(seen({ ...survey, servers: changed }), intent, action);
}

export const leave = (instanceId: string): Action => ({
  kind: 'leave',
  instanceId,
  address: addressOf('old', 1),
});
export const terminate = (instanceId: string): Action => ({ kind: 'terminate', instanceId });
export const deregister = (instanceId: string): Action => ({
  kind: 'deregister',
  instanceId,
  balancers: ['consul-lb'],
});
export const removePeer = (peerId: string): Action => ({ kind: 'remove-peer', peerId, node: peerId });
export const back: Partial<Intent> = { direction: 'back' };

export const asked = (id: string) => ({ leaves: { [id]: { count: 1, lastMs: LOOK_MS } } });
export const silent = { kind: 'down', why: 'silent', detail: '' } as const;
/** A voter that no instance stands behind. */
export function ghostAt(host: string, healthy: boolean): Peer {
  return { id: 'ghost', node: 'i-0dead', address: `${host}:8300`, leader: false, voter: true, healthy };
}

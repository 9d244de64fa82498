import type { Decision, Phase } from '../model/decision.js';
import type { Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { act } from './choose.js';
import { standingOf } from './servers.js';

/**
 * Somebody terminated the machine past its group, which is frozen and does not look: it still counts there, and no
 * other is launched for it. Taking it out of the group makes room for another.
 */
export function clearVanished(survey: Survey, phase: Phase, side: Side): Decision | undefined {
  const gone = standingOf(survey, side).find(isVanished);
  if (gone === undefined) return undefined;
  const terminate = { kind: 'terminate', instanceId: gone.instanceId } as const;
  return act(survey, phase, terminate, 'its machine is gone, and another is to take its place');
}

/** In service for its group, but EC2 has taken its address away; and Raft has let it go. */
export function isVanished(server: Server): boolean {
  return server.lifecycle === 'InService' && server.address === undefined && server.peer === undefined;
}

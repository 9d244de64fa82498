import type { Observation } from '../../model/observation.js';
import type { Side } from '../../model/server.js';
import { getOtherSide } from '../decide/servers.js';

/**
 * Desired capacity with which one side has this many servers; where both sides share a group, the other's are added.
 */
export function computeGroupSize(observation: Observation, side: Side, servers: number): number {
  const [own, other] = [observation[side], observation[getOtherSide(side)]];
  return servers + (own !== undefined && own.name === other?.name ? other.desired : 0);
}

/** Desired capacity of the group of this name, over both sides. */
export function sumDesired(observation: Observation, name: string): number {
  const views = [observation.old, observation.new].flatMap((view) => (view?.name === name ? [view.desired] : []));
  return views.reduce((sum, desired) => sum + desired, 0);
}

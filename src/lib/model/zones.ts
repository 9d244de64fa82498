import type { Group } from './group.js';
import type { Observation } from './observation.js';
import type { Server } from './server.js';
import { isRecorded } from './tags.js';

/** How many servers there are in each zone, those without any included. */
export function countByZone(zones: readonly string[], servers: readonly Server[]): ReadonlyMap<string, number> {
  const counts = new Map(zones.map((zone) => [zone, 0]));
  for (const { zone } of servers) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return counts;
}

/** True where AZRebalance would launch a server in one zone of the group and terminate one in another. */
export function isUnbalanced({ zones }: Group, servers: readonly Server[]): boolean {
  const counts = [...countByZone(zones, servers).values()];
  return Math.max(...counts) - Math.min(...counts) > 1;
}

/** How many servers the last group of a roll may have beyond its size: one, while it moves a server to another zone. */
export function countMoving({ old, new: group }: Observation): number {
  return isRecorded(old) && group !== undefined ? 0 : 1;
}

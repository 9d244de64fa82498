import { isServing } from '../model/balancer.js';
import type { Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';

/** True once AWS has been told to terminate it, or it is gone. */
export function isTerminating(server: Server): boolean {
  return server.lifecycle.startsWith('Terminat') || server.lifecycle.startsWith('Detach');
}

/** Servers of a side, oldest first; those AWS is terminating included. */
export function serversOf(survey: Survey, side: Side): readonly Server[] {
  return survey.servers.filter((server) => server.side === side);
}

/** Servers of a side that nobody has told to terminate. */
export function standingOf(survey: Survey, side: Side): readonly Server[] {
  return serversOf(survey, side).filter((server) => !isTerminating(server));
}

/** Standing servers of a side that are in the Raft configuration, voters or not. */
export function membersOf(survey: Survey, side: Side): readonly Server[] {
  return standingOf(survey, side).filter((server) => server.peer !== undefined);
}

/** In service in every load balancer and target group of the cluster. */
export function isInService(server: Server): boolean {
  return Object.values(server.balancers).every(isServing);
}

/** Load balancers that still list the server, draining or not. */
export function balancersListing(server: Server): readonly string[] {
  return Object.keys(server.balancers).filter((name) => server.balancers[name] !== 'absent');
}

export function otherSide(side: Side): Side {
  return side === 'old' ? 'new' : 'old';
}

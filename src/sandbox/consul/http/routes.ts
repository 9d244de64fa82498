import type { Net, Server } from '../state.js';
import { agentRoutes } from './agent.js';
import { autopilotRoutes } from './autopilot.js';
import { catalogRoutes } from './catalog.js';
import { kvRoutes } from './kv.js';
import type { ApiRequest, ApiResponse } from './messages.js';
import { raftRoutes } from './raft.js';
import { sessionRoutes } from './session.js';
import { snapshotRoutes } from './snapshot.js';
import { statusRoutes } from './status.js';

/** What a route's answer is made of. */
export interface RouteContext {
  readonly net: Net;
  readonly server: Server;
  readonly request: ApiRequest;
  /** What follows the route's path, decoded: a key, a node's name, a session's id. */
  readonly rest: string;
}

export type Respond = (response: ApiResponse) => void;

/** One path of Consul's API. */
export interface Route {
  /** Below `/v1/`; one that ends in `/` takes everything below it. */
  readonly path: string;
  readonly methods: readonly string[];
  /** Whether a server of this version has it; every version by default. */
  readonly since?: (version: string) => boolean;
  readonly answer: (context: RouteContext, respond: Respond) => void;
}

/** Every path the simulation answers; all others are unknown, as they would be to Consul. */
export const ROUTES: readonly Route[] = [
  ...statusRoutes,
  ...raftRoutes,
  ...autopilotRoutes,
  ...agentRoutes,
  ...kvRoutes,
  ...sessionRoutes,
  ...catalogRoutes,
  ...snapshotRoutes,
];

import type { StoredAutopilotConfiguration } from '../autopilot/configuration.js';
import { configureAutopilot, getAutopilotState, getClusterHealth } from '../operations/autopilot.js';
import { forwardToLeader } from '../rpc/forward.js';
import type { ServerHealth } from '../state.js';
import { type Net, type Server, toRealMs } from '../state.js';
import { hasAutopilotState } from '../versions.js';
import { parseAutopilotConfiguration } from './autopilot-body.js';
import type { Respond, Route, RouteContext } from './messages.js';
import { type ApiResponse, badRequest, failureResponse, jsonResponse, textResponse } from './messages.js';
import { formatDuration } from './parse.js';

export const autopilotRoutes: readonly Route[] = [
  { path: 'operator/autopilot/health', methods: ['GET'], answer: answerFromLeader(healthJson) },
  { path: 'operator/autopilot/state', methods: ['GET'], since: hasAutopilotState, answer: answerFromLeader(stateJson) },
  { path: 'operator/autopilot/configuration', methods: ['GET', 'PUT'], answer: configuration },
];

function answerFromLeader(answer: (net: Net, leader: Server) => ApiResponse): Route['answer'] {
  return ({ net, server }, respond) =>
    forwardToLeader(net, server, {
      run: (leader) => respond(answer(net, leader)),
      fail: (why) => respond(failureResponse(why)),
    });
}

/** 429 when unhealthy, with the same body. */
function healthJson(net: Net, leader: Server): ApiResponse {
  const { healthy, failureTolerance, servers } = getClusterHealth(leader);
  const body = {
    Healthy: healthy,
    FailureTolerance: failureTolerance,
    Servers: servers.length === 0 ? null : servers.map((server) => serverHealthJson(net, server)),
  };
  return healthy ? jsonResponse(body) : textResponse(429, JSON.stringify(body));
}

function serverHealthJson(net: Net, server: ServerHealth) {
  return {
    ID: server.id,
    Name: server.name,
    Address: server.address,
    SerfStatus: server.serfStatus,
    Version: server.version,
    Leader: server.leader,
    LastContact: formatDuration(server.lastContactMs),
    LastTerm: server.lastTerm,
    LastIndex: server.lastIndex,
    Healthy: server.healthy,
    Voter: server.voter,
    StableSince: stableSince(net, server),
  };
}

function stableSince(net: Net, { stableSinceMs }: ServerHealth): string {
  if (stableSinceMs === undefined) return '0001-01-01T00:00:00Z';
  const seconds = Math.round(toRealMs(net, stableSinceMs) / 1_000);
  return new Date(seconds * 1_000).toISOString().replace('.000', '');
}

function stateJson(net: Net, leader: Server): ApiResponse {
  const { healthy, failureTolerance, servers, leader: leaderId, voters } = getAutopilotState(leader);
  const byId = servers.map((server) => [server.id, serverStateJson(net, server)]);
  return jsonResponse({
    Healthy: healthy,
    FailureTolerance: failureTolerance,
    OptimisticFailureTolerance: 0,
    Servers: Object.fromEntries(byId),
    Leader: leaderId,
    Voters: voters,
  });
}

function serverStateJson(net: Net, server: ServerHealth) {
  const { Leader: _leader, Voter: _voter, SerfStatus: NodeStatus, ...rest } = serverHealthJson(net, server);
  const Status = server.leader ? 'leader' : server.voter ? 'voter' : 'non-voter';
  return { ...rest, NodeStatus, Status, Meta: null, NodeType: 'voter' };
}

function configuration(context: RouteContext, respond: Respond): void {
  if (context.request.method === 'GET') answerFromLeader(configurationJson)(context, respond);
  else configure(context, respond);
}

function configurationJson(_net: Net, leader: Server): ApiResponse {
  const stored: StoredAutopilotConfiguration | undefined = leader.group?.store.autopilot;
  return jsonResponse({
    CleanupDeadServers: stored?.cleanupDeadServers,
    LastContactThreshold: formatDuration(stored?.lastContactThresholdMs),
    MaxTrailingLogs: stored?.maxTrailingLogs,
    MinQuorum: stored?.minQuorum,
    ServerStabilizationTime: formatDuration(stored?.serverStabilizationMs),
    RedundancyZoneTag: '',
    DisableUpgradeMigration: false,
    UpgradeVersionTag: '',
    CreateIndex: stored?.createIndex,
    ModifyIndex: stored?.modifyIndex,
  });
}

function configure({ net, server, request }: RouteContext, respond: Respond): void {
  const next = parseAutopilotConfiguration(request.body);
  const cas = request.query.get('cas');
  if (typeof next === 'string') respond(badRequest(server, `Error parsing autopilot config: ${next}`));
  else if (cas !== null && !/^\d+$/.test(cas)) {
    const why = `strconv.ParseUint: parsing "${cas}": invalid syntax`;
    respond(badRequest(server, `Error parsing cas value: ${why}`));
  } else {
    configureAutopilot(net, server, next, cas === null ? undefined : Number(cas), (answer) =>
      respond(answer.ok ? jsonResponse(answer.value) : failureResponse(answer)),
    );
  }
}

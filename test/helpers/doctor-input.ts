import type { DoctorInput, SecurityGroup, ServerNetwork, ServerSettings } from '../../src/lib/model/doctor.js';
import { buildFacts, buildIntent, limits } from './intents.js';
import { buildObservation } from './observations.js';

const autopilot = {
  cleanupDeadServers: true,
  minQuorum: 0,
  serverStabilizationMs: 10_000,
  upgradeMigrationDisabled: false,
  redundancyZoneTag: '',
};

/** Consul's defaults, with retry_join by a tag. */
export const settings: ServerSettings = {
  leaveOnTerminate: false,
  skipLeaveOnInterrupt: true,
  leaveDrainMs: 5_000,
  aclsEnabled: false,
  retryJoin: ['provider=aws tag_key=consul tag_value=server'],
};

const allTrafficRule = {
  protocol: '-1',
  from: undefined,
  to: undefined,
  groups: [],
  ranges: ['0.0.0.0/0'],
  prefixLists: false,
};

/** Opens Consul's server ports between its own members, and everything out. */
export const securityGroup: SecurityGroup = {
  id: 'sg-1',
  ingress: [
    { ...allTrafficRule, protocol: 'tcp', from: 8300, to: 8302, groups: ['sg-1'], ranges: [] },
    { ...allTrafficRule, protocol: 'udp', from: 8301, to: 8302, groups: ['sg-1'], ranges: [] },
  ],
  egress: [allTrafficRule],
};

/** A network in which every server, old or new, has all of these security groups. */
export function buildServerNetwork(instanceIds: readonly string[], groups: readonly SecurityGroup[]): ServerNetwork {
  const ids = groups.map(({ id }) => id);
  return { groups, servers: Object.fromEntries(instanceIds.map((one) => [one, ids])), newServers: ids };
}

/** The input of three healthy servers, where every check passes except for `change`. */
export function buildDoctorInput(change: Partial<DoctorInput> = {}): DoctorInput {
  const observation =
    change.observation ?? buildObservation({ old: 3, over: { preflightFacts: buildFacts({ autopilot }) } });
  const ids = observation.servers.map(({ instanceId }) => instanceId);
  return {
    observation,
    intent: buildIntent(observation),
    limits,
    isRollInProgress: false,
    classicHealthChecks: [{ balancer: 'consul', target: 'HTTP:8500/v1/catalog/nodes?stale' }],
    settings: Object.fromEntries(ids.map((id) => [id, settings])),
    otherServers: Object.fromEntries(ids.map((id) => [id, []])),
    raftProtocols: ids.map((node) => ({ node, version: '3' })),
    members: observation.servers.map(({ instanceId, address = '' }) => {
      return { name: instanceId, address, server: true, version: '1.20.2', status: 'alive' };
    }),
    aclPermissions: [],
    hiddenState: [],
    snapshot: { kind: 'taken', bytes: 700, freeBytes: 1_000_000 },
    lock: undefined,
    encrypted: false,
    network: buildServerNetwork(ids, [securityGroup]),
    ...change,
  };
}

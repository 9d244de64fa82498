import semver from 'semver';
import { z } from 'zod';

const duration = z.string().regex(/^(0s|-1ns|([\d.]+(h|m|s|ms|µs|ns))+)$/);
const decimal = z.string().regex(/^\d+$/);
const raftAddress = z.string().regex(/^127\.\d+\.\d+\.\d+:8300$/);

/** `operator/autopilot/health`, whether 200 or 429. */
export const autopilotHealth = z.strictObject({
  Healthy: z.boolean(),
  FailureTolerance: z.number(),
  Servers: z
    .array(
      z.strictObject({
        ID: z.string(),
        Name: z.string(),
        Address: raftAddress,
        SerfStatus: z.enum(['none', 'alive', 'leaving', 'left', 'failed']),
        Version: z.string(),
        Leader: z.boolean(),
        LastContact: duration,
        LastTerm: z.number(),
        LastIndex: z.number(),
        Healthy: z.boolean(),
        Voter: z.boolean(),
        StableSince: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      }),
    )
    .nullable(),
});

const agentConfig = z.strictObject({
  Datacenter: z.literal('dc1'),
  NodeName: z.string(),
  NodeID: z.guid(),
  Revision: z.string(),
  Server: z.literal(true),
});

const agentConfigOf = (version: string) =>
  agentConfig.extend({
    Version: z.literal(version),
    ...(semver.gte(version, '1.10.0') ? { PrimaryDatacenter: z.literal('dc1') } : {}),
    ...(semver.gte(version, '1.13.0') ? { BuildDate: z.string() } : {}),
    ...(semver.gte(version, '1.22.0') ? { BindAddr: z.ipv4() } : {}),
  });

/** `agent/self`, as far as the simulation has it. */
export const agentSelfOf = (version: string) =>
  z.object({
    Config: agentConfigOf(version),
    DebugConfig: z.object({ ConsulRaftElectionTimeout: z.literal('1s'), ConsulRaftHeartbeatTimeout: z.literal('1s') }),
    Member: z.object({ Name: z.string(), Addr: z.string(), Status: z.literal(1) }),
    Stats: z.object({
      consul: z.object({ leader: z.enum(['true', 'false']), leader_addr: z.string(), server: z.literal('true') }),
      raft: z.object({
        applied_index: decimal,
        commit_index: decimal,
        fsm_pending: decimal,
        last_contact: z.string(),
        last_log_index: decimal,
        last_log_term: decimal,
        num_peers: decimal,
        state: z.enum(['Leader', 'Follower', 'Candidate']),
        term: decimal,
      }),
    }),
  });

/** `agent/members`. */
export const membersOf = (version: string) =>
  z.array(
    z.object({
      Name: z.string(),
      Addr: z.string(),
      Port: z.literal(8301),
      Tags: z.object({
        id: z.guid(),
        build: z.literal(`${version}:`),
        role: z.literal('consul'),
        port: z.literal('8300'),
      }),
      Status: z.number(),
    }),
  );

/** `agent/members?wan=1`. */
export const wanMembers = z.array(z.object({ Name: z.string(), Port: z.literal(8302), Status: z.number() }));

/** `internal/ui/services`, of a cluster that has servers only. */
export const uiServices = z.tuple([
  z.object({ Name: z.literal('consul'), Nodes: z.array(z.string()), InstanceCount: z.literal(3) }),
]);

/** `operator/autopilot/configuration`. */
export const autopilotConfiguration = z.strictObject({
  CleanupDeadServers: z.literal(true),
  LastContactThreshold: z.literal('200ms'),
  MaxTrailingLogs: z.literal(250),
  MinQuorum: z.literal(0),
  ServerStabilizationTime: z.literal('10s'),
  RedundancyZoneTag: z.literal(''),
  DisableUpgradeMigration: z.literal(false),
  UpgradeVersionTag: z.literal(''),
  CreateIndex: z.number(),
  ModifyIndex: z.number(),
});

/** `session/info`. */
export const sessions = z.array(
  z.strictObject({
    ID: z.guid(),
    Name: z.string(),
    Node: z.string(),
    LockDelay: z.number(),
    Behavior: z.enum(['release', 'delete']),
    TTL: z.string(),
    NodeChecks: z.tuple([z.literal('serfHealth')]),
    ServiceChecks: z.null(),
    CreateIndex: z.number(),
    ModifyIndex: z.number(),
  }),
);

/** `catalog/nodes` and, within it, `health/service/consul`. */
export const catalogNode = z.object({
  ID: z.guid(),
  Node: z.string(),
  Address: z.string(),
  Datacenter: z.literal('dc1'),
  CreateIndex: z.number(),
  ModifyIndex: z.number(),
});

export const healthServiceOf = (version: string) =>
  z.array(
    z.object({
      Node: catalogNode,
      Service: z.object({
        ID: z.literal('consul'),
        Port: z.literal(8300),
        Meta: z.object({ version: z.literal(version) }),
      }),
      Checks: z.tuple([z.object({ CheckID: z.literal('serfHealth'), Status: z.enum(['passing', 'critical']) })]),
    }),
  );

import * as z from 'zod/mini';
import type { ConsulSettings } from '../config/connection.js';
import type { Member, RaftProtocol, ServerSettings } from '../model/doctor.js';
import type { ConsulInspection } from '../ports.js';
import { proveRights } from './acl.js';
import { get, goDurationMs } from './answers.js';
import { insist, openChannel, unlessNoAnswer } from './http-client.js';

/** `DebugConfig` is for people: a version of Consul may name or leave out what it likes. */
const SELF = z.object({
  DebugConfig: z.object({
    LeaveOnTerm: z.optional(z.boolean()),
    SkipLeaveOnInt: z.optional(z.boolean()),
    LeaveDrainTime: z.optional(z.string()),
    ACLsEnabled: z.optional(z.boolean()),
    RetryJoinLAN: z.optional(z.nullable(z.array(z.string()))),
  }),
});
const PROTOCOLS = z.object({
  Servers: z.array(z.object({ Node: z.string(), ProtocolVersion: z._default(z.string(), '') })),
});
const MEMBERS = z.array(
  z.object({
    Name: z.string(),
    Addr: z.string(),
    Tags: z.record(z.string(), z.string()),
    Status: z.number(),
  }),
);
/** Serf's states of a member, by their number. */
const STATUSES = ['unknown', 'alive', 'leaving', 'left', 'failed'] as const;

/** The part of Consul that only `doctor` asks. */
export function connectInspection(settings: ConsulSettings): ConsulInspection {
  const channel = openChannel(settings);
  const { callMs } = channel.timeouts;
  return {
    async settings(address) {
      const self = await unlessNoAnswer(get(channel, address, 'agent/self', SELF, callMs));
      return self && settingsFrom(self.DebugConfig);
    },
    async raftProtocols(leader) {
      const path = 'operator/raft/configuration?stale';
      const { Servers } = await insist(
        leader,
        'name its peers',
        get(channel, leader, path, PROTOCOLS, callMs),
      );
      return Servers.map(
        ({ Node, ProtocolVersion }): RaftProtocol => ({ node: Node, version: ProtocolVersion }),
      );
    },
    async members(address) {
      const members = await insist(
        address,
        'name its members',
        get(channel, address, 'agent/members', MEMBERS, callMs),
      );
      return members.map(memberFrom);
    },
    rights: (leader, cluster) => proveRights(channel, leader, cluster),
    close: () => channel.close(),
  };
}

function settingsFrom(debug: z.infer<typeof SELF>['DebugConfig']): ServerSettings {
  return {
    leaveOnTerminate: debug.LeaveOnTerm,
    skipLeaveOnInterrupt: debug.SkipLeaveOnInt,
    leaveDrainMs: debug.LeaveDrainTime === undefined ? undefined : goDurationMs(debug.LeaveDrainTime),
    aclsEnabled: debug.ACLsEnabled,
    retryJoin: debug.RetryJoinLAN ?? undefined,
  };
}

function memberFrom({ Name, Addr, Tags, Status }: z.infer<typeof MEMBERS>[number]): Member {
  return {
    name: Name,
    address: Addr,
    server: Tags.role === 'consul',
    // `1.8.7:` and a commit in builds of HashiCorp's own.
    version: Tags.build?.split(':')[0] ?? '',
    status: STATUSES[Status] ?? 'unknown',
  };
}

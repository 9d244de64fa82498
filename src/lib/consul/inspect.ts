import * as z from 'zod/mini';
import type { ConsulSettings } from '../config/connection.js';
import type { Member, RaftProtocol, ServerSettings } from '../model/doctor.js';
import type { ConsulInspection } from '../ports.js';
import { checkAcls } from './acl.js';
import { createHttpClient, orThrow, undefinedIfUnavailable } from './http-client.js';
import { findOtherServers } from './other-servers.js';
import {
  isServerMember,
  memberTagsSchema,
  nameSchema,
  ownTextSchema,
  parseGoDurationMs,
  requestJson,
  serversSchema,
} from './responses.js';
import { findHiddenState } from './state-names.js';
import { createAclToken } from './token.js';

/** `DebugConfig` is not a stable API: a Consul version may rename or omit any field. */
const agentSelfSchema = z.object({
  DebugConfig: z.object({
    LeaveOnTerm: z.optional(z.boolean()),
    SkipLeaveOnInt: z.optional(z.boolean()),
    LeaveDrainTime: z.optional(ownTextSchema),
    ACLsEnabled: z.optional(z.boolean()),
    RetryJoinLAN: z.optional(z.nullable(z.array(nameSchema))),
  }),
});
const raftProtocolsSchema = z.object({
  Servers: serversSchema(z.object({ Node: ownTextSchema, ProtocolVersion: z._default(ownTextSchema, '') })),
});
const membersSchema = z.array(
  z.object({ Name: nameSchema, Addr: ownTextSchema, Tags: memberTagsSchema, Status: z.number() }),
);
/** Serf's member states, by number. */
const MEMBER_STATUSES = ['unknown', 'alive', 'leaving', 'left', 'failed'] as const;

/** The part of Consul that only `doctor` reads. */
export function createConsulInspection(settings: ConsulSettings): ConsulInspection {
  const token = createAclToken(settings);
  const http = createHttpClient(settings, token);
  const { changeMs: callMs } = http.timeouts;
  return {
    giveTokenTo: (addresses) => token.giveTo(addresses),
    async readServerSettings(address) {
      const self = await undefinedIfUnavailable(requestJson(http, address, 'agent/self', agentSelfSchema, callMs));
      return self && toServerSettings(self.DebugConfig);
    },
    findOtherServers: (address) => findOtherServers(address, http.timeouts.connectMs),
    async readRaftProtocols(leader) {
      const path = 'operator/raft/configuration?stale';
      const { Servers } = await orThrow(
        leader,
        'name its peers',
        requestJson(http, leader, path, raftProtocolsSchema, callMs),
      );
      return Servers.map(({ Node, ProtocolVersion }): RaftProtocol => ({ node: Node, version: ProtocolVersion }));
    },
    async listMembers(address) {
      const members = await orThrow(
        address,
        'name its members',
        requestJson(http, address, 'agent/members', membersSchema, callMs),
      );
      return members.map(toMember);
    },
    probeAclPermissions: (leader, cluster) => checkAcls(http, leader, cluster),
    findHiddenState: (leader) => findHiddenState(http, leader),
    close: () => http.close(),
  };
}

function toServerSettings(debug: z.infer<typeof agentSelfSchema>['DebugConfig']): ServerSettings {
  return {
    leaveOnTerminate: debug.LeaveOnTerm,
    skipLeaveOnInterrupt: debug.SkipLeaveOnInt,
    leaveDrainMs: debug.LeaveDrainTime === undefined ? undefined : parseGoDurationMs(debug.LeaveDrainTime),
    aclsEnabled: debug.ACLsEnabled,
    retryJoin: debug.RetryJoinLAN ?? undefined,
  };
}

function toMember(member: z.infer<typeof membersSchema>[number]): Member {
  const { Name, Addr, Tags, Status } = member;
  return {
    name: Name,
    address: Addr,
    server: isServerMember(member),
    // `1.8.7:` and a commit in builds of HashiCorp's own.
    version: Tags.build?.split(':')[0] ?? '',
    status: MEMBER_STATUSES[Status] ?? 'unknown',
  };
}

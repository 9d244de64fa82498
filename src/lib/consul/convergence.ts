import * as z from 'zod/mini';
import type { ConvergenceKind, ConvergenceState } from '../model/convergence.js';
import { isAclDenied } from '../model/errors.js';
import { ConsulUnavailable, type HttpClient } from './http-client.js';
import { requestJson } from './responses.js';

const MEMBER_ALIVE = 1;
const membersSchema = z.array(
  z.object({ Name: z.string(), Status: z.number(), Tags: z.nullable(z.record(z.string(), z.string())) }),
);
const nodesSchema = z.array(z.object({ Node: z.string() }));
/** The interface of Consul's web UI: the only one that counts instances of all services at once. */
const servicesSchema = z.array(
  z.object({ Name: z.string(), Kind: z._default(z.string(), ''), InstanceCount: z._default(z.number(), 1) }),
);
const replicationSchema = z.object({
  Enabled: z.boolean(),
  Running: z.boolean(),
  SourceDatacenter: z.string(),
  ReplicationType: z.string(),
  /** RFC 3339 in UTC; the year 1 for never. */
  LastSuccess: z.string(),
  LastError: z.string(),
});

type Members = z.infer<typeof membersSchema>;

interface Readings {
  readonly members: Members | undefined;
  readonly wanMembers: Members | undefined;
  readonly nodes: z.infer<typeof nodesSchema> | undefined;
  readonly services: z.infer<typeof servicesSchema> | undefined;
  readonly replication: z.infer<typeof replicationSchema> | undefined;
}

/** Of each kind, what the leader's answers say; undefined where the answer is missing. */
const KINDS: {
  readonly [K in ConvergenceKind]: (readings: Readings) => readonly (readonly [string, number])[] | undefined;
} = {
  clients: ({ members }) => members?.filter((one) => isAlive(one) && !isServer(one)).map(({ Name }) => [Name, 1]),
  nodes: ({ members, nodes }) => {
    const servers = members && new Set(members.filter(isServer).map(({ Name }) => Name));
    return servers && nodes?.filter(({ Node }) => !servers.has(Node)).map(({ Node }) => [Node, 1]);
  },
  services: ({ services }) =>
    services
      ?.filter(({ Name, Kind }) => Name !== 'consul' && !isGateway(Kind))
      .map(({ Name, InstanceCount }) => [Name, InstanceCount]),
  gateways: ({ services }) =>
    services?.filter(({ Kind }) => isGateway(Kind)).map(({ Name, InstanceCount }) => [Name, InstanceCount]),
  wan: ({ members, wanMembers }) => {
    const own = members?.find(isServer)?.Tags?.dc;
    return own === undefined
      ? undefined
      : wanMembers?.filter((one) => isAlive(one) && one.Tags?.dc !== own).map(({ Name }) => [Name, 1]);
  },
  // Without its token it runs, and neither succeeds nor fails (measured on 1.8.7).
  replication: ({ replication: given }) => {
    if (given === undefined) return undefined;
    const isFine = given.Enabled && given.Running && given.LastSuccess > given.LastError;
    return isFine ? [[`${given.ReplicationType} from ${given.SourceDatacenter}`, 1]] : [];
  },
};

/** See `Consul.readConvergence`. */
export async function readConvergence(http: HttpClient, leader: string): Promise<ConvergenceState> {
  const read = async <Schema extends z.ZodMiniType>(path: string, schema: Schema) => {
    try {
      return await requestJson(http, leader, path, schema, http.timeouts.changeMs);
    } catch (thrown) {
      if (thrown instanceof ConsulUnavailable || isAclDenied(thrown)) return undefined;
      throw thrown;
    }
  };
  const [members, wanMembers, nodes, services, replication] = await Promise.all([
    read('agent/members', membersSchema),
    read('agent/members?wan=1', membersSchema),
    read('catalog/nodes', nodesSchema),
    read('internal/ui/services', servicesSchema),
    read('acl/replication', replicationSchema),
  ]);
  const readings = { members, wanMembers, nodes, services, replication };
  const kinds = Object.entries(KINDS).map(([kind, find]) => {
    const found = find(readings);
    return [kind, found && new Map(found)];
  });
  return Object.fromEntries(kinds);
}

function isAlive({ Status }: Members[number]): boolean {
  return Status === MEMBER_ALIVE;
}

function isServer({ Tags }: Members[number]): boolean {
  return Tags?.role === 'consul';
}

/** `mesh-gateway`, `ingress-gateway`, `terminating-gateway`, `api-gateway`. */
function isGateway(kind: string): boolean {
  return kind.endsWith('-gateway');
}

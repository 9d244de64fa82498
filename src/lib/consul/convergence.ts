import * as z from 'zod/mini';
import type { UnreadCause } from '../model/comparison.js';
import { CONVERGENCE_KINDS, type ConvergenceKind, type ConvergenceState } from '../model/convergence.js';
import type { HttpClient } from './http-client.js';
import { isServerMember, memberTagsSchema, nameSchema, ownTextSchema } from './responses.js';
import { findHidden, type Resource, readListing, toUnreadCause } from './visibility.js';

const MEMBER_ALIVE = 1;
const membersSchema = z.array(z.object({ Name: nameSchema, Status: z.number(), Tags: z.nullable(memberTagsSchema) }));
const nodesSchema = z.array(z.object({ Node: nameSchema, TaggedAddresses: z.optional(z.unknown()) }));
/** The interface of Consul's web UI: the only one that counts instances of all services at once. */
const servicesSchema = z.array(
  z.object({
    Name: nameSchema,
    Kind: z._default(ownTextSchema, ''),
    InstanceCount: z._default(z.int().check(z.gte(0)), 1),
  }),
);
const replicationSchema = z.object({
  Enabled: z.boolean(),
  Running: z.boolean(),
  SourceDatacenter: ownTextSchema,
  ReplicationType: ownTextSchema,
  /** RFC 3339 in UTC; the year 1 for never. */
  LastSuccess: ownTextSchema,
  LastError: ownTextSchema,
});

type Members = z.infer<typeof membersSchema>;

const SOURCES = {
  members: { path: 'agent/members', schema: membersSchema },
  wanMembers: { path: 'agent/members?wan=1', schema: membersSchema },
  nodes: { path: 'catalog/nodes', schema: nodesSchema },
  services: { path: 'internal/ui/services', schema: servicesSchema },
  replication: { path: 'acl/replication', schema: replicationSchema },
} as const;
type Source = keyof typeof SOURCES;
type Answers = { readonly [S in Source]: z.infer<(typeof SOURCES)[S]['schema']> };

interface KindReading {
  readonly from: readonly Source[];
  /** The rule without which Consul leaves entries out. */
  readonly rule: Resource | undefined;
  readonly find: (answers: Answers) => readonly (readonly [string, number])[];
}

/** Of each kind, what the leader's answers say. */
const KINDS: { readonly [K in ConvergenceKind]: KindReading } = {
  clients: {
    from: ['members'],
    rule: 'node',
    find: ({ members }) => members.filter((one) => isAlive(one) && !isServerMember(one)).map(({ Name }) => [Name, 1]),
  },
  nodes: {
    from: ['members', 'nodes'],
    rule: 'node',
    find: ({ members, nodes }) => {
      const servers = new Set(members.filter(isServerMember).map(({ Name }) => Name));
      return nodes.filter(({ Node }) => !servers.has(Node)).map(({ Node }) => [Node, 1]);
    },
  },
  services: {
    from: ['services'],
    rule: 'service',
    find: ({ services }) =>
      services
        .filter(({ Name, Kind }) => Name !== 'consul' && !isGateway(Kind))
        .map(({ Name, InstanceCount }) => [Name, InstanceCount]),
  },
  gateways: {
    from: ['services'],
    rule: 'service',
    find: ({ services }) =>
      services.filter(({ Kind }) => isGateway(Kind)).map(({ Name, InstanceCount }) => [Name, InstanceCount]),
  },
  wan: {
    from: ['members', 'wanMembers'],
    rule: 'node',
    find: ({ members, wanMembers }) => {
      const own = members.find(isServerMember)?.Tags?.dc;
      return wanMembers.filter((one) => isAlive(one) && one.Tags?.dc !== own).map(({ Name }) => [Name, 1]);
    },
  },
  replication: {
    from: ['replication'],
    rule: undefined,
    // Without its token it runs, and neither succeeds nor fails; until it knows the ACLs of the other datacenter, it is
    // "legacy" for some seconds (measured on 1.8.7).
    find: ({ replication: given }) => {
      const isSettled = given.Enabled && given.Running && given.ReplicationType !== 'legacy';
      const isFine = isSettled && given.LastSuccess > given.LastError;
      return isFine ? [[`${given.ReplicationType} from ${given.SourceDatacenter}`, 1]] : [];
    },
  },
  agents: {
    from: ['members', 'nodes'],
    rule: 'node',
    // The leader enters a node without addresses; its own agent adds them, if its token lets it (measured on 1.8.7).
    find: ({ members, nodes }) => {
      const updated = new Set(nodes.filter(({ TaggedAddresses: own }) => own != null).map(({ Node }) => Node));
      const servers = members.filter((one) => isAlive(one) && isServerMember(one));
      return servers.every(({ Name }) => updated.has(Name)) ? [['every server', 1]] : [];
    },
  },
};

/** See `Consul.readConvergence`. */
export async function readConvergence(http: HttpClient, leader: string): Promise<ConvergenceState> {
  const read = (source: Source): Promise<unknown> => {
    const { path, schema } = SOURCES[source];
    return readListing<z.ZodMiniType>(http, { address: leader, path, limitMs: http.timeouts.changeMs }, schema);
  };
  const sources = Object.keys(SOURCES) as Source[];
  const answers = new Map<Source, unknown>();
  const causes = new Map<Source, UnreadCause>();
  const reads = sources.map((source) =>
    read(source).then(
      (answer) => answers.set(source, answer),
      (thrown) => causes.set(source, toUnreadCause(thrown)),
    ),
  );
  const hidden = findHidden(http, leader, ['node', 'service']);
  await Promise.all(reads);
  return buildState(answers, causes, await hidden);
}

function buildState(
  answers: ReadonlyMap<Source, unknown>,
  causes: ReadonlyMap<Source, UnreadCause>,
  hidden: readonly string[],
): ConvergenceState {
  const found: Partial<Record<ConvergenceKind, ReadonlyMap<string, number>>> = {};
  const unread: Partial<Record<ConvergenceKind, UnreadCause>> = {};
  // ACLs that are off have no answer, and replicate nothing.
  for (const kind of CONVERGENCE_KINDS) {
    const { from, rule, find } = KINDS[kind];
    const cause = from.map((source) => causes.get(source)).find((one) => one !== undefined);
    if (cause !== undefined) unread[kind] = cause;
    else if (from.some((source) => answers.get(source) === undefined)) found[kind] = new Map();
    else found[kind] = new Map(find(Object.fromEntries(answers) as unknown as Answers));
    if (rule !== undefined && hidden.includes(rule)) unread[kind] ??= 'denied';
  }
  return { found, unread };
}

function isAlive({ Status }: Members[number]): boolean {
  return Status === MEMBER_ALIVE;
}

/** `mesh-gateway`, `ingress-gateway`, `terminating-gateway`, `api-gateway`. */
function isGateway(kind: string): boolean {
  return kind.endsWith('-gateway');
}

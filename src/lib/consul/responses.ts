import * as z from 'zod/mini';
import { isPrintable, limitLength, toPrintable } from '../model/printable.js';
import { aclDeniedError } from './acl.js';
import { type ConsulRequest, type ConsulResponse, ConsulUnavailable, type HttpClient } from './http-client.js';

/** How much of an unexpected response is quoted. */
const MAX_QUOTED_CHARACTERS = 160;

/** No address, version, duration or setting of Consul is as long. */
const MAX_TEXT_LENGTH = 512;
/** Consul takes values of up to 512 KB, and answers with base64 of them. */
const MAX_VALUE_LENGTH = 1024 * 1024;
/** A cluster has a few servers; what is done for each pair of them grows with the square. */
const MAX_PEERS = 256;

/** A text of the server that answers: where it is longer, the answer is not Consul's. */
export const ownTextSchema = z.string().check(z.maxLength(MAX_TEXT_LENGTH));

/** A name that others gave: a long one is cut, so that it spoils no list for the names beside it. */
export const nameSchema = z.pipe(
  z.string(),
  z.transform((name: string) => limitLength(name, MAX_TEXT_LENGTH)),
);

/** Gossip tags. */
export const memberTagsSchema = z.record(nameSchema, nameSchema);

/** True for a member of gossip that is a server: a client may be anyone's, and chooses its name, address and other tags. */
export function isServerMember({ Tags }: { readonly Tags: z.infer<typeof memberTagsSchema> | null }): boolean {
  return Tags?.role === 'consul';
}

/** A list with one entry for each server. */
export function serversSchema<Entry extends z.ZodMiniType>(entry: Entry) {
  return z.array(entry).check(z.maxLength(MAX_PEERS));
}

/** A number of 64 bits, as text. */
const countSchema = z.string().check(z.regex(/^\d{1,20}$/));

/** Of a node. Consul takes any text; DNS, and so a cluster that is in use, has names of at most 63 characters. */
const MAX_NAME_LENGTH = 256;
/** What a server says of itself: one that says anything else is not read, and delays no other. */
const idSchema = z.string().check(z.regex(/^[!-~]{1,128}$/));
const nodeNameSchema = z.string().check(
  z.maxLength(MAX_NAME_LENGTH),
  z.refine((name) => isPrintable(name), 'a printable name'),
);
/** `1.8.7`, `1.15.2+ent`, `1.16.0-dev`. */
const versionSchema = z.string().check(z.regex(/^[\w.+~-]{1,64}$/));
/** `10.0.1.11:8300`, or an address in brackets; empty where there is none. */
const addressSchema = z.string().check(z.regex(/^[\w.:[\]-]{0,128}$/));
/** For the eye only, in what a server says of others: one of them must not hide the rest. */
const shownNameSchema = z.pipe(
  z.string(),
  z.transform((name) => toPrintable(name).slice(0, MAX_NAME_LENGTH)),
);

const verifySchemas = {
  VerifyIncoming: z.optional(z.boolean()),
  VerifyOutgoing: z.optional(z.boolean()),
  VerifyServerHostname: z.optional(z.boolean()),
};

/** At the top in 1.8.7, in `StaticRuntimeConfig` in 1.23. */
const gossipSchemas = {
  EncryptVerifyIncoming: z.optional(z.boolean()),
  EncryptVerifyOutgoing: z.optional(z.boolean()),
};

const debugConfigSchema = z.object({
  ACLsEnabled: z.optional(z.boolean()),
  ACLDefaultPolicy: z.optional(ownTextSchema),
  ConsulRaftElectionTimeout: z.optional(ownTextSchema),
  ConsulRaftHeartbeatTimeout: z.optional(ownTextSchema),
  ACLResolverSettings: z.optional(z.object({ ACLDefaultPolicy: z.optional(ownTextSchema) })),
  VerifyIncomingRPC: z.optional(z.boolean()),
  VerifyIncomingHTTPS: z.optional(z.boolean()),
  /** 0 or less where it is off. */
  HTTPSPort: z.optional(z.number()),
  ...verifySchemas,
  ...gossipSchemas,
  StaticRuntimeConfig: z.optional(z.object(gossipSchemas)),
  TLS: z.optional(
    z.object({ InternalRPC: z.optional(z.object(verifySchemas)), HTTPS: z.optional(z.object(verifySchemas)) }),
  ),
});

/** Bodies of Consul's HTTP API, limited to what a roll uses. Source: measured on Consul 1.8.7. */
export const RESPONSE_SCHEMAS = {
  'agent/self': z.object({
    Config: z.object({ NodeID: idSchema, NodeName: nodeNameSchema, Version: versionSchema, Server: z.literal(true) }),
    // Every number in Stats is a string.
    Stats: z.object({
      raft: z.object({
        applied_index: countSchema,
        commit_index: countSchema,
        fsm_pending: z.optional(countSchema),
        last_log_index: z.optional(countSchema),
        last_snapshot_index: z.optional(countSchema),
        // As Go prints it: `[{Suffrage:Voter ID:… Address:…} …]`.
        latest_configuration: z.catch(z.optional(z.string()), undefined),
      }),
      serf_lan: z.catch(z.optional(z.object({ encrypted: z.optional(ownTextSchema) })), undefined),
    }),
    // Not a stable API: 1.11 and earlier have TLS settings at the top, later versions in `TLS`.
    DebugConfig: z.catch(z.optional(debugConfigSchema), undefined),
    // Gossip tags: `bootstrap` is `1` in bootstrap mode, `expect` the value of bootstrap_expect. Status 2 is leaving, 3 left.
    Member: z.optional(z.nullable(z.object({ Tags: z.nullable(memberTagsSchema), Status: z.optional(z.number()) }))),
  }),
  // Status 1 is alive. Tags are empty on members of old versions.
  'agent/members': z.array(
    z.object({ Name: nameSchema, Addr: ownTextSchema, Tags: z.nullable(memberTagsSchema), Status: z.number() }),
  ),
  'status/leader': addressSchema,
  'status/peers': z.nullable(serversSchema(addressSchema)),
  kv: z
    .array(z.object({ Value: z.nullable(z.string().check(z.maxLength(MAX_VALUE_LENGTH))), ModifyIndex: z.number() }))
    .check(z.length(1)),
  'operator/raft/configuration': z.object({
    Servers: serversSchema(
      z.object({
        ID: ownTextSchema,
        Node: shownNameSchema,
        Address: ownTextSchema,
        Leader: z.boolean(),
        Voter: z.boolean(),
      }),
    ),
  }),
  'operator/autopilot/health': z.object({
    Servers: z.nullable(serversSchema(z.object({ ID: ownTextSchema, Healthy: z.boolean() }))),
  }),
  'operator/autopilot/configuration': z.object({
    CleanupDeadServers: z.boolean(),
    // Since Consul 1.7.
    MinQuorum: z._default(z.number(), 0),
    ServerStabilizationTime: ownTextSchema,
    RedundancyZoneTag: z._default(ownTextSchema, ''),
    DisableUpgradeMigration: z._default(z.boolean(), false),
  }),
  success: z.boolean(),
  transferred: z.object({ Success: z.boolean() }),
} as const;

type ResponseName = keyof typeof RESPONSE_SCHEMAS;
export type ResponseBody<Name extends ResponseName> = z.infer<(typeof RESPONSE_SCHEMAS)[Name]>;

/**
 * The body of a response with one of these statuses.
 *
 * @throws RollError `acl-denied` for 403 with the token; ConsulUnavailable for any other status, or a body that is not Consul's
 */
export function parseBody<Schema extends z.ZodMiniType>(
  request: Pick<ConsulRequest, 'address' | 'method' | 'path'>,
  response: ConsulResponse,
  schema: Schema,
  statuses: readonly number[] = [200],
): z.infer<Schema> {
  assertStatus(request, response, statuses);
  const parsed = schema.safeParse(parseJsonBody(response));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.');
  throw new ConsulUnavailable('broken', `${request.path} is not as Consul answers it${where ? ` (${where})` : ''}`);
}

/** Why a server is asked without the token, and so refuses: the same as one that does not know the token yet. */
const TOKEN_WITHHELD = 'it gets no ACL token before it is in the Raft configuration';

/** The same response. For those whose body does not matter. */
export function assertStatus(
  request: Pick<ConsulRequest, 'address' | 'method' | 'path'>,
  response: ConsulResponse,
  statuses: readonly number[] = [200],
): ConsulResponse {
  if (statuses.includes(response.status)) return response;
  const text = readText(response);
  if (response.isTokenWithheld === true && response.status === 403)
    throw new ConsulUnavailable('broken', TOKEN_WITHHELD);
  if (response.status === 403) throw aclDeniedError(request.address, request.method, request.path, text);
  throw new ConsulUnavailable('broken', `${request.path} answered ${response.status}: ${text}`);
}

/** A GET of a JSON body, within `limitMs`. */
export async function requestJson<Schema extends z.ZodMiniType>(
  http: HttpClient,
  address: string,
  path: string,
  schema: Schema,
  limitMs: number,
): Promise<z.infer<Schema>> {
  const request = { address, method: 'GET', path, limitMs } as const;
  return parseBody(request, await http.send(request), schema);
}

/** The beginning of a body as one line, for messages. */
export function readText(response: ConsulResponse): string {
  const text = response.bytes.toString('utf8').replace(/\s+/g, ' ').trim();
  return text.length > MAX_QUOTED_CHARACTERS ? `${text.slice(0, MAX_QUOTED_CHARACTERS)}…` : text;
}

function parseJsonBody(response: ConsulResponse): unknown {
  try {
    return JSON.parse(response.bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** Milliseconds of a duration as Go writes it, for instance `10s`, `1m0s`, `200ms`; undefined for anything else. */
export function parseGoDurationMs(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
}

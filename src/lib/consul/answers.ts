import * as z from 'zod/mini';
import { deniedError } from './acl.js';
import { type Answer, type Channel, NoAnswer, type Question } from './http-client.js';

/** How much of an unexpected answer is quoted. */
const QUOTED_CHARACTERS = 160;

const counted = z.string().check(z.regex(/^\d+$/));

/** Bodies of Consul's HTTP API, of which only what a roll uses is looked at. Source: measured on Consul 1.8.7. */
export const BODIES = {
  'agent/self': z.object({
    Config: z.object({
      NodeID: z.string().check(z.minLength(1)),
      NodeName: z.string(),
      Version: z.string(),
      Server: z.literal(true),
    }),
    // Every number in Stats is a string.
    Stats: z.object({ raft: z.object({ applied_index: counted, commit_index: counted }) }),
  }),
  'status/leader': z.string(),
  'status/peers': z.nullable(z.array(z.string())),
  kv: z.array(z.object({ Value: z.nullable(z.string()), ModifyIndex: z.number() })).check(z.length(1)),
  'operator/raft/configuration': z.object({
    Servers: z.array(
      z.object({
        ID: z.string(),
        Node: z.string(),
        Address: z.string(),
        Leader: z.boolean(),
        Voter: z.boolean(),
      }),
    ),
  }),
  'operator/autopilot/health': z.object({
    FailureTolerance: z.number(),
    Servers: z.nullable(z.array(z.object({ ID: z.string(), Healthy: z.boolean() }))),
  }),
  'operator/autopilot/configuration': z.object({
    CleanupDeadServers: z.boolean(),
    // Since Consul 1.7.
    MinQuorum: z._default(z.number(), 0),
    ServerStabilizationTime: z.string(),
    RedundancyZoneTag: z._default(z.string(), ''),
    DisableUpgradeMigration: z._default(z.boolean(), false),
  }),
  success: z.boolean(),
  transferred: z.object({ Success: z.boolean() }),
} as const;

export type BodyName = keyof typeof BODIES;
export type Body<Name extends BodyName> = z.infer<(typeof BODIES)[Name]>;

/**
 * The body of an answer with one of these statuses.
 *
 * @throws RollError `acl-denied` for 403; NoAnswer for any other status, or a body that is not Consul's
 */
export function readBody<Schema extends z.ZodMiniType>(
  question: Pick<Question, 'address' | 'method' | 'path'>,
  answer: Answer,
  schema: Schema,
  statuses: readonly number[] = [200],
): z.infer<Schema> {
  assertStatus(question, answer, statuses);
  const parsed = schema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.');
  throw new NoAnswer('broken', `${question.path} is not as Consul answers it${where ? ` (${where})` : ''}`);
}

/** For answers of which only the status counts. */
export function assertStatus(
  question: Pick<Question, 'address' | 'method' | 'path'>,
  answer: Answer,
  statuses: readonly number[] = [200],
): void {
  if (statuses.includes(answer.status)) return;
  const text = textOf(answer);
  if (answer.status === 403) throw deniedError(question.address, question.method, question.path, text);
  throw new NoAnswer('broken', `${question.path} answered ${answer.status}: ${text}`);
}

/** A GET of a JSON body, within `limitMs`. */
export async function get<Schema extends z.ZodMiniType>(
  channel: Channel,
  address: string,
  path: string,
  schema: Schema,
  limitMs: number,
): Promise<z.infer<Schema>> {
  const question = { address, method: 'GET', path, limitMs } as const;
  return readBody(question, await channel.send(question), schema);
}

/** The beginning of a body as one line, for messages. */
export function textOf(answer: Answer): string {
  const text = answer.bytes.toString('utf8').replace(/\s+/g, ' ').trim();
  return text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
}

function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.bytes.toString('utf8'));
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
export function goDurationMs(text: string): number | undefined {
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
}

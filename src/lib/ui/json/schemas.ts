import { z } from 'zod';
import { VERDICTS, type Verdict } from '../verdict.js';
import { SCHEMA_IDS } from './schema-ids.js';
import { decision, plannedStep, reason, serverEntry, state } from './schema-parts.js';

const text = z.string();
const epochMs = z.number().meta({ description: 'Epoch milliseconds.' });
const common = {
  exitCode: z.int().meta({ description: 'What the command exits with.' }),
};
const verdicts = Object.keys(VERDICTS) as Verdict[];

/** `status --json`. */
export const statusSchema = z.object({
  schema: z.literal(SCHEMA_IDS.status).meta({ description: 'Name and version of this document.' }),
  ...common,
  cluster: text.meta({ description: 'The cluster.' }),
  at: z.iso.datetime().meta({ description: 'When it was looked at, UTC.' }),
  verdict: z.enum(verdicts).meta({
    description: 'The cluster and its roll in one word; each has an exit code of its own with --exit-code.',
  }),
  healthy: z
    .boolean()
    .meta({ description: 'One leader, every voter healthy, one more than the quorum needs.' }),
  state,
  roll: z
    .looseObject({
      rollId: text,
      direction: z.enum(['forward', 'back']),
      imageId: text,
      size: z.int(),
      surge: z.int(),
      startedAtMs: epochMs,
    })
    .nullable()
    .meta({ description: 'The roll that is recorded on the groups; null where none is going on.' }),
  lock: z
    .object({
      holder: text.meta({ description: 'Who runs it: `user@host pid`.' }),
      rollId: text,
      sinceMs: epochMs,
      renewedAtMs: epochMs,
      ttlMs: z.int().meta({ description: 'Unrenewed for this long, it is free.' }),
      alive: z.boolean().meta({ description: 'Renewed recently, by the clock of the holder.' }),
    })
    .nullable()
    .meta({ description: 'Who runs the roll; null where nobody does.' }),
  pausedBy: text.nullable().meta({ description: 'Who asked the roll to stop after the step in hand.' }),
  groups: z
    .array(
      z.looseObject({
        name: text,
        minSize: z.int(),
        maxSize: z.int(),
        desired: z.int(),
        suspended: z.array(text),
        instanceIds: z.array(text),
      }),
    )
    .meta({ description: 'The groups of the cluster, the old one first.' }),
  servers: z.array(serverEntry).meta({ description: 'Every server, oldest first.' }),
  next: decision.nullable().meta({ description: 'What the roll does next; null where none is going on.' }),
  healing: z
    .object({ ailments: z.array(z.looseObject({ kind: text })), what: z.array(text), next: z.array(text) })
    .meta({ description: 'What is not as it should be while nobody rolls, and what to do.' }),
});

/** `plan --json`. */
export const planSchema = z.object({
  schema: z.literal(SCHEMA_IDS.plan).meta({ description: 'Name and version of this document.' }),
  ...common,
  cluster: text.nullable(),
  rollId: text.nullable().meta({ description: 'The roll that would be made, or is carried on with.' }),
  resumed: z.boolean().meta({ description: 'It has begun already; the steps are what is left.' }),
  from: z.object({ image: text.nullable() }),
  to: z.object({ image: text }),
  size: z.int().meta({ description: 'Servers the cluster has.' }),
  surge: z.int().meta({ description: 'Servers there may be beyond that.' }),
  strategy: z.enum(['beside', 'in-place']),
  state,
  servers: z.array(serverEntry),
  targetGroups: z.array(z.looseObject({ balancer: text, drainingMs: z.number() })),
  remarks: z.array(z.looseObject({ what: text })).meta({ description: 'What to know before.' }),
  steps: z.array(plannedStep.extend({ number: z.int() })).meta({ description: 'Every step, in order.' }),
  end: decision,
});

/** `upgrade --json`, `resume --json`, `rollback --json`. */
export const resultSchema = z.object({
  schema: z.literal(SCHEMA_IDS.result).meta({ description: 'Name and version of this document.' }),
  outcome: z.enum([
    'rolled',
    'nothing-to-do',
    'refused',
    'rolled-back',
    'stopped',
    'quorum-at-risk',
    'locked',
    'interrupted',
  ]),
  ...common,
  cluster: text.nullable(),
  rollId: text.nullable(),
  from: z.object({ image: text.nullable() }),
  to: z.object({ image: text.nullable() }),
  reason: reason.loose().nullable().meta({ description: 'Why, where it did not end well.' }),
  state: state.nullable(),
  servers: z.array(serverEntry),
  snapshot: z.object({ path: text, bytes: z.int() }).nullable(),
  elapsedMs: z.number(),
  leaderChanges: z.int(),
  next: z.array(text).meta({ description: 'What to do next, the next safe command last.' }),
  terraform: z.looseObject({ kind: text }).nullable().meta({ description: 'What brings Terraform in line.' }),
});

/** Any command that ends in an error it knows. */
export const errorSchema = z.object({
  schema: z.literal(SCHEMA_IDS.error).meta({ description: 'Name and version of this document.' }),
  ...common,
  error: z.object({
    code: text.meta({ description: 'Its stable name: `cluster-not-found`, ...' }),
    message: text.meta({ description: 'What happened.' }),
    state: text.meta({ description: 'What that means for the cluster.' }),
    next: text.meta({ description: 'The next safe command.' }),
  }),
});

export type ErrorDocument = z.infer<typeof errorSchema>;

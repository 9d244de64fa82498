import { z } from 'zod';
import { BASES, SPANS } from '../../model/estimate.js';
import { failure, outcome, phase as phaseOfEvents, reason, snapshot, state } from '../events/parts.js';
import { VERDICTS, type Verdict } from '../text/outcome.js';

/**
 * Name and version of the documents of `--json`; docs/schemas has the schema of each under its name here. A version
 * grows when a field changes its meaning or goes away.
 */
export const SCHEMA_IDS = {
  status: 'consul-roll/status/1',
  plan: 'consul-roll/plan/1',
  result: 'consul-roll/result/1',
  error: 'consul-roll/error/1',
  doctor: 'consul-roll/doctor/2',
  pause: 'consul-roll/pause/1',
  'creation-plan': 'consul-roll/creation-plan/2',
  creation: 'consul-roll/creation/2',
  'user-data': 'consul-roll/user-data/1',
  config: 'consul-roll/config/1',
  report: 'consul-roll/report/1',
  demo: 'consul-roll/demo/1',
  'sandbox-up': 'consul-roll/sandbox-up/1',
  'sandbox-down': 'consul-roll/sandbox-down/1',
} as const;

const text = z.string();

/** What every document has. */
export const head = <Id extends string>(id: Id) => ({
  schema: z.literal(id).meta({ description: 'Name and version of this document.' }),
  exitCode: z.int().meta({ description: 'What the command exits with.' }),
});

/** A document as its schema has it; nobody changes one. */
export type Written<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
const balancerState = z.enum(['in-service', 'out-of-service', 'registering', 'draining', 'absent', 'unused']);

/** One server in the documents of `--json`. */
export const serverEntry = z
  .object({
    instanceId: text.meta({ description: 'EC2 instance.' }),
    address: text.nullable().meta({ description: 'Private address; null until there is one.' }),
    zone: text.meta({ description: 'Availability zone.' }),
    side: z.enum(['old', 'new']).nullable().meta({ description: 'Null while no roll is going on.' }),
    image: text.meta({ description: 'Its machine image.' }),
    lifecycle: text.meta({ description: 'As Auto Scaling calls it: `Pending`, `InService`, ...' }),
    version: text.nullable().meta({ description: 'Of its Consul; null where that does not answer.' }),
    voter: z.boolean().meta({ description: 'It votes in Raft.' }),
    healthy: z
      .boolean()
      .nullable()
      .meta({ description: 'Autopilot calls it healthy; null until the leader has said who is.' }),
    leader: z.boolean().meta({ description: 'It leads.' }),
    balancers: z
      .record(text, balancerState)
      .meta({ description: 'Where it stands in each load balancer and target group.' }),
  })
  .meta({ id: 'serverEntry', description: 'One server.' });

export const budget = z
  .object({
    voters: z.int().meta({ description: 'Servers that vote.' }),
    healthy: z.int().meta({ description: 'Voters that are healthy.' }),
    quorum: z.int().meta({ description: 'Votes that a majority takes.' }),
    spare: z.int().meta({ description: 'Healthy voters beyond the quorum.' }),
  })
  .meta({ id: 'budget', description: 'The voters before a step.' });

const phase = phaseOfEvents.exclude(['preflight']);
const action = z
  .looseObject({ kind: text })
  .meta({ description: 'The step as data; its fields depend on its kind.' });

/** A step that is planned. */
export const plannedStep = z
  .object({
    phase: phase.meta({ description: 'The stage it belongs to.' }),
    action,
    what: text.meta({ description: 'What it does, as a short command.' }),
    why: text.meta({ description: 'Why this, why now.' }),
    budget: budget.nullish().meta({ description: 'The voters before it; null where they are not known.' }),
  })
  .meta({ id: 'plannedStep', description: 'A step of a roll that is still to be taken.' });

const wait = z.object({
  phase,
  for: z.looseObject({ kind: text }).meta({ description: 'What is waited for, as data.' }),
  limitMs: z.int().meta({ description: 'Patience, in milliseconds.' }),
  sinceMs: z.number().meta({ description: 'When it began, epoch milliseconds.' }),
  what: text.meta({ description: 'The same as a sentence.' }),
});

/** A decision knows nothing of locks and signals. */
const decided = outcome.exclude(['locked', 'interrupted']);

/** What a roll does next, or how it would end. */
export const decision = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('act'), step: plannedStep }),
    z.object({ kind: z.literal('wait'), wait }),
    z.object({ kind: z.literal('done'), outcome: decided }),
    z.object({ kind: z.literal('stop'), outcome: decided, reason: reason.loose() }),
  ])
  .meta({ id: 'decision', description: 'What comes next: a step, a wait, or an end.' });

/** `plan --json`. */
export const planSchema = z.object({
  ...head(SCHEMA_IDS.plan),
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
  expected: z
    .object({
      ms: z.number().meta({ description: 'All of it.' }),
      parts: z
        .array(
          z.object({
            span: z.enum(SPANS).meta({ description: 'What it goes into.' }),
            what: text,
            count: z.int().meta({ description: 'How often that is waited for, or done.' }),
            ms: z.number().meta({ description: 'All of them; what goes on at the same time counts once.' }),
            eachMs: z.number().meta({ description: 'One by itself.' }),
            basis: z.enum(BASES).meta({ description: 'Assumed of AWS, or a setting.' }),
          }),
        )
        .meta({ description: 'What it is made of.' }),
    })
    .nullable()
    .meta({
      description: 'How long the steps take, in milliseconds; null where it would not go to its end.',
    }),
});

/** `upgrade --json`, `resume --json`, `rollback --json`. */
export const resultSchema = z.object({
  ...head(SCHEMA_IDS.result),
  outcome: outcome.meta({ description: 'How it ended.' }),
  cluster: text.nullable(),
  rollId: text.nullable(),
  from: z.object({ image: text.nullable() }),
  to: z.object({ image: text.nullable() }),
  reason: reason.loose().nullable().meta({ description: 'Why, where it did not end well.' }),
  state: state.nullable(),
  servers: z.array(serverEntry),
  snapshot: snapshot.nullable(),
  elapsedMs: z.number(),
  leaderChanges: z.int(),
  warnings: z.array(text).meta({ description: 'What went wrong beside the roll, in order.' }),
  next: z.array(text).meta({ description: 'What to do next, the next safe command last.' }),
  terraform: z.looseObject({ kind: text }).nullable().meta({ description: 'What brings Terraform in line.' }),
});

export type PlanDocument = Written<typeof planSchema>;
export type ResultDocument = Written<typeof resultSchema>;

const epochMs = z.number().meta({ description: 'Epoch milliseconds.' });
const verdicts = Object.keys(VERDICTS) as Verdict[];

/** `status --json`. */
export const statusSchema = z.object({
  ...head(SCHEMA_IDS.status),
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

export type StatusDocument = Written<typeof statusSchema>;

/** Any command that ends in an error it knows. */
export const errorSchema = z.object({ ...head(SCHEMA_IDS.error), error: failure });

export type ErrorDocument = Written<typeof errorSchema>;

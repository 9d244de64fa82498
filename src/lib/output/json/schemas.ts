import { z } from 'zod';
import { DURATION_KINDS, ESTIMATE_BASES } from '../../model/estimate.js';
import {
  failureSchema,
  outcomeSchema,
  phaseSchema as phaseOfEvents,
  reasonSchema,
  snapshotSchema,
  stateSchema,
} from '../events/parts.js';
import { STATUS_VERDICTS, type StatusVerdict } from '../text/outcome.js';

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

const stringSchema = z.string();

/** What every document has. */
export const buildHeader = <Id extends string>(id: Id) => ({
  schema: z.literal(id).meta({ description: 'Name and version of this document.' }),
  exitCode: z.int().meta({ description: 'What the command exits with.' }),
});

/** A document as its schema has it; nobody changes one. */
export type DocumentOfSchema<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
const loadBalancerStateSchema = z.enum([
  'in-service',
  'out-of-service',
  'registering',
  'draining',
  'absent',
  'unused',
]);

/** One server in the documents of `--json`. */
export const serverEntrySchema = z
  .object({
    instanceId: stringSchema.meta({ description: 'EC2 instance.' }),
    address: stringSchema.nullable().meta({ description: 'Private address; null until there is one.' }),
    zone: stringSchema.meta({ description: 'Availability zone.' }),
    side: z.enum(['old', 'new']).nullable().meta({ description: 'Null while no roll is going on.' }),
    image: stringSchema.meta({ description: 'Its machine image.' }),
    lifecycle: stringSchema.meta({ description: 'As Auto Scaling calls it: `Pending`, `InService`, ...' }),
    version: stringSchema.nullable().meta({ description: 'Of its Consul; null where that does not answer.' }),
    voter: z.boolean().meta({ description: 'It votes in Raft.' }),
    healthy: z
      .boolean()
      .nullable()
      .meta({ description: 'Autopilot calls it healthy; null until the leader has said who is.' }),
    leader: z.boolean().meta({ description: 'It leads.' }),
    balancers: z
      .record(stringSchema, loadBalancerStateSchema)
      .meta({ description: 'Where it stands in each load balancer and target group.' }),
  })
  .meta({ id: 'serverEntry', description: 'One server.' });

export const quorumMarginSchema = z
  .object({
    voters: z.int().meta({ description: 'Servers that vote.' }),
    healthy: z.int().meta({ description: 'Voters that are healthy.' }),
    quorum: z.int().meta({ description: 'Votes that a majority takes.' }),
    margin: z.int().meta({ description: 'Healthy voters beyond the quorum.' }),
  })
  .meta({ id: 'budget', description: 'The voters before a step.' });

const rollPhaseSchema = phaseOfEvents.exclude(['preflight']);
const actionSchema = z
  .looseObject({ kind: stringSchema })
  .meta({ description: 'The step as data; its fields depend on its kind.' });

/** A step that is planned. */
export const plannedStepSchema = z
  .object({
    phase: rollPhaseSchema.meta({ description: 'The stage it belongs to.' }),
    action: actionSchema,
    what: stringSchema.meta({ description: 'What it does, as a short command.' }),
    why: stringSchema.meta({ description: 'Why this, why now.' }),
    budget: quorumMarginSchema
      .nullish()
      .meta({ description: 'The voters before it; null where they are not known.' }),
  })
  .meta({ id: 'plannedStep', description: 'A step of a roll that is still to be taken.' });

const waitSchema = z.object({
  phase: rollPhaseSchema,
  for: z.looseObject({ kind: stringSchema }).meta({ description: 'What is waited for, as data.' }),
  limitMs: z.int().meta({ description: 'Patience, in milliseconds.' }),
  sinceMs: z.number().meta({ description: 'When it began, epoch milliseconds.' }),
  what: stringSchema.meta({ description: 'The same as a sentence.' }),
});

/** A decision knows nothing of locks and signals. */
const decidedOutcomeSchema = outcomeSchema.exclude(['locked', 'interrupted']);

/** What a roll does next, or how it would end. */
export const decisionSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('act'), step: plannedStepSchema }),
    z.object({ kind: z.literal('wait'), wait: waitSchema }),
    z.object({ kind: z.literal('done'), outcome: decidedOutcomeSchema }),
    z.object({ kind: z.literal('stop'), outcome: decidedOutcomeSchema, reason: reasonSchema.loose() }),
  ])
  .meta({ id: 'decision', description: 'What comes next: a step, a wait, or an end.' });

/** `plan --json`. */
export const planSchema = z.object({
  ...buildHeader(SCHEMA_IDS.plan),
  cluster: stringSchema.nullable(),
  rollId: stringSchema
    .nullable()
    .meta({ description: 'The roll that would be made, or is carried on with.' }),
  resumed: z.boolean().meta({ description: 'It has begun already; the steps are what is left.' }),
  from: z.object({ image: stringSchema.nullable() }),
  to: z.object({ image: stringSchema }),
  size: z.int().meta({ description: 'Servers the cluster has.' }),
  surge: z.int().meta({ description: 'Servers there may be beyond that.' }),
  strategy: z.enum(['beside', 'in-place']),
  state: stateSchema,
  servers: z.array(serverEntrySchema),
  targetGroups: z.array(z.looseObject({ balancer: stringSchema, drainingMs: z.number() })),
  remarks: z.array(z.looseObject({ what: stringSchema })).meta({ description: 'What to know before.' }),
  steps: z
    .array(plannedStepSchema.extend({ number: z.int() }))
    .meta({ description: 'Every step, in order.' }),
  end: decisionSchema,
  expected: z
    .object({
      ms: z.number().meta({ description: 'All of it.' }),
      parts: z
        .array(
          z.object({
            kind: z.enum(DURATION_KINDS).meta({ description: 'What it goes into.' }),
            what: stringSchema,
            count: z.int().meta({ description: 'How often that is waited for, or done.' }),
            ms: z.number().meta({ description: 'All of them; what goes on at the same time counts once.' }),
            eachMs: z.number().meta({ description: 'One by itself.' }),
            basis: z.enum(ESTIMATE_BASES).meta({ description: 'Assumed of AWS, or a setting.' }),
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
  ...buildHeader(SCHEMA_IDS.result),
  outcome: outcomeSchema.meta({ description: 'How it ended.' }),
  cluster: stringSchema.nullable(),
  rollId: stringSchema.nullable(),
  from: z.object({ image: stringSchema.nullable() }),
  to: z.object({ image: stringSchema.nullable() }),
  reason: reasonSchema.loose().nullable().meta({ description: 'Why, where it did not end well.' }),
  state: stateSchema.nullable(),
  servers: z.array(serverEntrySchema),
  snapshot: snapshotSchema.nullable(),
  elapsedMs: z.number(),
  leaderChanges: z.int(),
  warnings: z.array(stringSchema).meta({ description: 'What went wrong beside the roll, in order.' }),
  next: z.array(stringSchema).meta({ description: 'What to do next, the next safe command last.' }),
  terraform: z
    .looseObject({ kind: stringSchema })
    .nullable()
    .meta({ description: 'What brings Terraform in line.' }),
});

export type PlanDocument = DocumentOfSchema<typeof planSchema>;
export type ResultDocument = DocumentOfSchema<typeof resultSchema>;

const epochMsSchema = z.number().meta({ description: 'Epoch milliseconds.' });
const verdictNames = Object.keys(STATUS_VERDICTS) as StatusVerdict[];

/** `status --json`. */
export const statusSchema = z.object({
  ...buildHeader(SCHEMA_IDS.status),
  cluster: stringSchema.meta({ description: 'The cluster.' }),
  at: z.iso.datetime().meta({ description: 'When it was looked at, UTC.' }),
  verdict: z.enum(verdictNames).meta({
    description: 'The cluster and its roll in one word; each has an exit code of its own with --exit-code.',
  }),
  healthy: z
    .boolean()
    .meta({ description: 'One leader, every voter healthy, one more than the quorum needs.' }),
  state: stateSchema,
  roll: z
    .looseObject({
      rollId: stringSchema,
      direction: z.enum(['forward', 'rollback']),
      imageId: stringSchema,
      size: z.int(),
      surge: z.int(),
      startedAtMs: epochMsSchema,
    })
    .nullable()
    .meta({ description: 'The roll that is recorded on the groups; null where none is going on.' }),
  lock: z
    .object({
      holder: stringSchema.meta({ description: 'Who runs it: `user@host pid`.' }),
      rollId: stringSchema,
      sinceMs: epochMsSchema,
      renewedAtMs: epochMsSchema,
      ttlMs: z.int().meta({ description: 'Unrenewed for this long, it is free.' }),
      alive: z.boolean().meta({ description: 'Renewed recently, by the clock of the holder.' }),
    })
    .nullable()
    .meta({ description: 'Who runs the roll; null where nobody does.' }),
  pausedBy: stringSchema
    .nullable()
    .meta({ description: 'Who asked the roll to stop after the step in hand.' }),
  groups: z
    .array(
      z.looseObject({
        name: stringSchema,
        minSize: z.int(),
        maxSize: z.int(),
        desired: z.int(),
        suspendedProcesses: z.array(stringSchema),
        instanceIds: z.array(stringSchema),
      }),
    )
    .meta({ description: 'The groups of the cluster, the old one first.' }),
  servers: z.array(serverEntrySchema).meta({ description: 'Every server, oldest first.' }),
  next: decisionSchema
    .nullable()
    .meta({ description: 'What the roll does next; null where none is going on.' }),
  healing: z
    .object({
      ailments: z.array(z.looseObject({ kind: stringSchema })),
      what: z.array(stringSchema),
      next: z.array(stringSchema),
    })
    .meta({ description: 'What is not as it should be while nobody rolls, and what to do.' }),
});

export type StatusDocument = DocumentOfSchema<typeof statusSchema>;

/** Any command that ends in an error it knows. */
export const errorSchema = z.object({ ...buildHeader(SCHEMA_IDS.error), error: failureSchema });

export type ErrorDocument = DocumentOfSchema<typeof errorSchema>;

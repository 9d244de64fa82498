import { z } from 'zod';
import { DURATION_KINDS, ESTIMATE_BASES } from '../../model/estimate.js';
import { STATUS_VERDICTS, type StatusVerdict } from '../text/cluster.js';
import {
  failureSchema,
  outcomeSchema,
  phaseSchema as phaseOfEvents,
  reasonSchema,
  serverSchema,
  snapshotSchema,
  stateSchema,
  stepSchema,
  waitFields,
} from './parts.js';

/**
 * Name and version of the documents of `--json`; docs/schemas has the schema of each under its name here. A version
 * grows when a field changes its meaning or goes away.
 */
export const SCHEMA_IDS = {
  status: 'consul-roll/status/2',
  plan: 'consul-roll/plan/2',
  result: 'consul-roll/result/2',
  error: 'consul-roll/error/1',
  doctor: 'consul-roll/doctor/3',
  pause: 'consul-roll/pause/1',
  'creation-plan': 'consul-roll/creation-plan/2',
  creation: 'consul-roll/creation/3',
  'user-data': 'consul-roll/user-data/1',
  config: 'consul-roll/config/1',
  report: 'consul-roll/report/2',
  demo: 'consul-roll/demo/2',
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

const quorumMarginSchema = z
  .object({
    voters: z.int().meta({ description: 'Servers that vote.' }),
    healthy: z.int().meta({ description: 'Healthy voters.' }),
    quorum: z.int().meta({ description: 'Votes that a majority needs.' }),
    margin: z.int().meta({ description: 'Healthy voters beyond the quorum.' }),
  })
  .meta({ id: 'quorumMargin', description: 'The voters before a step.' });

const rollPhaseSchema = phaseOfEvents.exclude(['preflight']);

/** A planned step. */
const plannedStepSchema = stepSchema
  .extend({
    phase: rollPhaseSchema.meta({ description: 'The phase it belongs to.' }),
    margin: quorumMarginSchema.nullable().meta({ description: 'The voters before it; null where they are not known.' }),
  })
  .meta({ id: 'plannedStep', description: 'A step that the roll has yet to take.' });

const waitSchema = z.object({
  phase: rollPhaseSchema,
  ...waitFields,
  what: stringSchema.meta({ description: 'The same as a sentence.' }),
});

/** A decision knows nothing of locks and signals. */
const decidedOutcomeSchema = outcomeSchema.exclude(['locked', 'interrupted']);

/** What a roll does next, or how it would end. */
const decisionSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('act'), step: plannedStepSchema }),
    z.object({ kind: z.literal('wait'), wait: waitSchema }),
    z.object({ kind: z.literal('done'), outcome: decidedOutcomeSchema }),
    z.object({ kind: z.literal('stop'), outcome: decidedOutcomeSchema, reason: reasonSchema }),
  ])
  .meta({ id: 'decision', description: 'What comes next: a step, a wait, or an end.' });

/** `plan --json`. */
export const planSchema = z.object({
  ...buildHeader(SCHEMA_IDS.plan),
  cluster: stringSchema.nullable(),
  rollId: stringSchema.nullable().meta({ description: 'The roll that would be made, or is carried on with.' }),
  resumed: z.boolean().meta({ description: 'It has begun already; the steps are what is left.' }),
  from: z.object({ image: stringSchema.nullable() }),
  to: z.object({ image: stringSchema }),
  size: z.int().meta({ description: 'Servers the cluster has.' }),
  surge: z.int().meta({ description: 'Servers there may be beyond that.' }),
  strategy: z.enum(['beside', 'in-place']),
  state: stateSchema,
  servers: z.array(serverSchema),
  targetGroups: z.array(
    z.object({
      balancer: stringSchema.meta({ description: 'As `balancers` of a server names it.' }),
      name: stringSchema,
      arn: stringSchema,
      targetType: stringSchema,
      healthCheck: z.object({ protocol: stringSchema, path: stringSchema.nullable() }),
      slowStartMs: z.number(),
      endsConnections: z.boolean(),
      drainingMs: z.number().meta({ description: 'Its deregistration delay.' }),
      loadBalancers: z.array(z.object({ name: stringSchema, type: stringSchema, scheme: stringSchema })),
    }),
  ),
  notices: z
    .array(z.object({ kind: stringSchema, about: stringSchema.nullable(), sentence: stringSchema }))
    .meta({ description: 'What to know before; `about` names the group or the load balancer.' }),
  steps: z.array(plannedStepSchema.extend({ number: z.int() })).meta({ description: 'Every step, in order.' }),
  end: decisionSchema,
  estimate: z
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
  reason: reasonSchema.nullable().meta({ description: 'Why, where it did not end well.' }),
  state: stateSchema.nullable(),
  servers: z.array(serverSchema),
  snapshot: snapshotSchema.nullable(),
  elapsedMs: z.number(),
  leaderChanges: z.int(),
  warnings: z.array(stringSchema).meta({ description: 'What went wrong beside the roll, in order.' }),
  next: z.array(stringSchema).meta({ description: 'What to do next, the next safe command last.' }),
  terraform: z.looseObject({ kind: stringSchema }).nullable().meta({ description: 'What brings Terraform in line.' }),
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
  healthy: z.boolean().meta({ description: 'One leader, every voter healthy, one more than the quorum needs.' }),
  state: stateSchema,
  roll: z
    .object({
      rollId: stringSchema,
      direction: z.enum(['forward', 'rollback']),
      strategy: z.enum(['beside', 'in-place']),
      imageId: stringSchema.meta({ description: 'The image it rolls onto.' }),
      size: z.int(),
      surge: z.int(),
      keepOld: z.boolean(),
      oldGroup: stringSchema,
      newGroup: stringSchema.meta({ description: 'The same as `oldGroup` in place.' }),
      startedAtMs: epochMsSchema,
    })
    .nullable()
    .meta({ description: 'The roll recorded on the groups; null where no roll is in progress.' }),
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
  pausedBy: stringSchema.nullable().meta({ description: 'Who asked the roll to stop after the step in hand.' }),
  groups: z
    .array(
      z.object({
        name: stringSchema,
        imageId: stringSchema.nullable().meta({ description: 'What it launches; null where AWS does not say.' }),
        minSize: z.int(),
        maxSize: z.int(),
        desired: z.int(),
        suspendedProcesses: z.array(stringSchema),
        instanceIds: z.array(stringSchema),
        loadBalancers: z.array(stringSchema).meta({ description: 'Classic load balancers, by name.' }),
        targetGroups: z.array(stringSchema).meta({ description: 'By ARN.' }),
        launchFailure: stringSchema
          .nullable()
          .meta({ description: 'Why it could not launch an instance, in the words of AWS.' }),
      }),
    )
    .meta({ description: 'The groups of the cluster, the old one first.' }),
  servers: z.array(serverSchema).meta({ description: 'Every server, oldest first.' }),
  next: decisionSchema.nullable().meta({ description: 'What the roll does next; null where none is going on.' }),
  health: z
    .object({
      issues: z.array(
        z.object({
          kind: stringSchema.meta({
            description: 'Stable name: `silent`, `terminating`, `orphan-peer`, ...',
          }),
          instanceId: stringSchema.nullable(),
          group: stringSchema.nullable(),
        }),
      ),
      sentences: z.array(stringSchema).meta({ description: 'The issues in words.' }),
      remedies: z.array(stringSchema).meta({ description: 'What to do about them.' }),
    })
    .meta({ description: 'What is wrong with a cluster while no roll is in progress.' }),
});

export type StatusDocument = DocumentOfSchema<typeof statusSchema>;

/** Any command that ends in an error it knows. */
export const errorSchema = z.object({ ...buildHeader(SCHEMA_IDS.error), error: failureSchema });

export type ErrorDocument = DocumentOfSchema<typeof errorSchema>;

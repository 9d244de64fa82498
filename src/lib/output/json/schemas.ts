import * as z from 'zod';
import { PHASES } from '../../model/decision.js';
import { DURATION_KINDS, ESTIMATE_BASES, PATH_KINDS } from '../../model/estimate.js';
import { STATUS_VERDICTS, type StatusVerdict } from '../text/cluster.js';
import { SCHEMA_IDS } from './build-parts.js';
import {
  failureSchema,
  outcomeSchema,
  reasonSchema,
  serverFailureSchema,
  serverSchema,
  snapshotSchema,
  stateSchema,
  stepSchema,
  timeSchema,
  waitFields,
  whereSchema,
} from './parts.js';

const stringSchema = z.string();

const imageFields = {
  name: stringSchema.nullable().describe('Its name; null if AWS does not return the image.'),
  createdAt: z.iso.datetime().nullable().describe('When it was made, UTC.'),
};

/** The fields of every document. */
export const buildHeader = <Id extends string>(id: Id) => ({
  schema: z.literal(id).describe('Name and version of this document.'),
  exitCode: z.int().describe('Exit code of the command.'),
});

/** A document of this schema, read-only. */
export type DocumentOfSchema<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

const quorumMarginSchema = z
  .object({
    voters: z.int().describe('Servers that vote.'),
    healthy: z.int().describe('Healthy voters.'),
    quorum: z.int().describe('Votes of a majority.'),
    margin: z.int().describe('Healthy voters beyond the quorum.'),
  })
  .meta({ id: 'quorumMargin', description: 'The voters before a step.' });

const rollPhaseSchema = z.enum(PHASES);

/** A planned step. */
const plannedStepSchema = stepSchema
  .extend({
    phase: rollPhaseSchema.describe('The phase it belongs to.'),
    margin: quorumMarginSchema.nullable().describe('The voters before it; null if they are not known.'),
  })
  .meta({ id: 'plannedStep', description: 'A step that the roll will take.' });

const waitSchema = z.object({
  phase: rollPhaseSchema,
  ...waitFields,
  what: stringSchema.describe('The same as a sentence.'),
});

/** A decision does not depend on locks and signals. */
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
  rollId: stringSchema.nullable().describe('The planned roll, or the one in progress.'),
  resumed: z.boolean().describe('It has started already; the steps are those that remain.'),
  options: z
    .record(stringSchema, z.union([stringSchema, z.number(), z.boolean()]))
    .describe('The order, by the names of its flags; `upgrade --plan` follows it.'),
  where: whereSchema.nullable(),
  from: z.object({
    image: stringSchema.nullable(),
    ...imageFields,
    launchSource: stringSchema.nullable().describe('What the old group launches its servers from, in words.'),
  }),
  to: z.object({ image: stringSchema, ...imageFields }),
  size: z.int().describe('Servers of the cluster.'),
  surge: z.int().describe('Servers beyond that, at most.'),
  strategy: z.enum(['beside', 'in-place']),
  state: stateSchema,
  servers: z.array(serverSchema),
  targetGroups: z.array(
    z.object({
      balancer: stringSchema.describe('As `balancers` of a server names it.'),
      name: stringSchema,
      arn: stringSchema,
      targetType: stringSchema,
      healthCheck: z.object({ protocol: stringSchema, path: stringSchema.nullable() }),
      slowStartMs: z.number(),
      endsConnections: z.boolean(),
      drainingMs: z.number().describe('Its deregistration delay.'),
      loadBalancers: z.array(z.object({ name: stringSchema, type: stringSchema, scheme: stringSchema })),
    }),
  ),
  notices: z
    .array(z.object({ kind: stringSchema, about: stringSchema.nullable(), sentence: stringSchema }))
    .describe('What to know before the roll; `about` names the group or the load balancer.'),
  steps: z.array(plannedStepSchema.extend({ number: z.int() })).describe('Every step, in order.'),
  end: decisionSchema,
  estimate: z
    .object({
      ms: z.number().describe('In total.'),
      parts: z
        .array(
          z.object({
            kind: z.enum(DURATION_KINDS).describe('What takes the time.'),
            what: stringSchema,
            count: z.int().describe('How often it happens.'),
            ms: z.number().describe('In total; simultaneous ones count once.'),
            eachMs: z.number().describe('Each.'),
            basis: z.enum(ESTIMATE_BASES).describe('Assumed of AWS, or a setting.'),
          }),
        )
        .describe('The parts of the estimate.'),
      path: z
        .array(
          z.object({
            phase: rollPhaseSchema,
            kind: z.enum(PATH_KINDS).describe('What the roll waits for, or its own steps.'),
            what: stringSchema.describe('The same in words.'),
            ms: z.number().describe('What it adds to the total: what lasts during an earlier part counts there.'),
            eachMs: z.number().describe('How long one takes by itself.'),
            subjects: z.array(stringSchema).describe('The servers or the group, side by side.'),
            count: z.int().describe('Of steps.'),
            basis: z.enum(ESTIMATE_BASES),
          }),
        )
        .describe('The critical path: what the roll waits for, in order; the sum is the total.'),
    })
    .nullable()
    .describe('Duration of the steps, in milliseconds; null if the roll would not complete.'),
});

/** `upgrade --json`, `resume --json`, `rollback --json`. */
export const resultSchema = z.object({
  ...buildHeader(SCHEMA_IDS.result),
  outcome: outcomeSchema.describe('How it ended.'),
  cluster: stringSchema.nullable(),
  rollId: stringSchema.nullable(),
  where: whereSchema.nullable(),
  from: z.object({ image: stringSchema.nullable(), ...imageFields }),
  to: z.object({ image: stringSchema.nullable(), ...imageFields }),
  reason: reasonSchema.nullable().describe('The reason; null after success.'),
  failedServers: z.array(serverFailureSchema).describe('Servers of the roll that this run gave up.'),
  state: stateSchema.nullable(),
  servers: z.array(serverSchema),
  snapshot: snapshotSchema.nullable(),
  elapsedMs: z.number(),
  leaderChanges: z.int(),
  time: timeSchema.describe('What this run spent its time on.'),
  warnings: z.array(stringSchema).describe('Problems that did not stop the roll, in order.'),
  next: z.array(stringSchema).describe('What to do next, the next safe command last.'),
  terraform: z.looseObject({ kind: stringSchema }).nullable().describe('How to update Terraform.'),
});

export type PlanDocument = DocumentOfSchema<typeof planSchema>;
export type ResultDocument = DocumentOfSchema<typeof resultSchema>;

const epochMsSchema = z.number().describe('Epoch milliseconds.');
const verdictNames = Object.keys(STATUS_VERDICTS) as StatusVerdict[];

/** `status --json`. */
export const statusSchema = z.object({
  ...buildHeader(SCHEMA_IDS.status),
  cluster: stringSchema.describe('The cluster.'),
  at: z.iso.datetime().describe('Time of the observation, UTC.'),
  verdict: z
    .enum(verdictNames)
    .describe('The cluster and its roll in one word; each has an exit code of its own with --exit-code.'),
  healthy: z.boolean().describe('One leader, every voter healthy, and one voter more than the quorum.'),
  state: stateSchema,
  roll: z
    .object({
      rollId: stringSchema,
      direction: z.enum(['forward', 'rollback']),
      strategy: z.enum(['beside', 'in-place']),
      imageId: stringSchema.describe('The image it rolls onto.'),
      size: z.int(),
      surge: z.int(),
      keepOld: z.boolean(),
      oldGroup: stringSchema,
      newGroup: stringSchema.describe('The same as `oldGroup` in place.'),
      startedAtMs: epochMsSchema,
    })
    .nullable()
    .describe('The roll recorded on the groups; null if no roll is in progress.'),
  lock: z
    .object({
      holder: stringSchema.describe('Who runs it: `user@host pid`.'),
      rollId: stringSchema,
      sinceMs: epochMsSchema,
      renewedAtMs: epochMsSchema,
      ttlMs: z.int().describe('It expires if it is not renewed for this long.'),
      alive: z.boolean().describe('Renewed recently, by the clock of the holder.'),
    })
    .nullable()
    .describe('The process that runs the roll; null if there is none.'),
  pausedBy: stringSchema.nullable().describe('Who asked the roll to stop after the current step.'),
  groups: z
    .array(
      z.object({
        name: stringSchema,
        imageId: stringSchema.nullable().describe('The image it launches; null if it is not known.'),
        minSize: z.int(),
        maxSize: z.int(),
        desired: z.int(),
        suspendedProcesses: z.array(stringSchema),
        instanceIds: z.array(stringSchema),
        loadBalancers: z.array(stringSchema).describe('Classic load balancers, by name.'),
        targetGroups: z.array(stringSchema).describe('By ARN.'),
        launchFailure: stringSchema.nullable().describe('Why it could not launch an instance, in the words of AWS.'),
      }),
    )
    .describe('The groups of the cluster, the old one first.'),
  servers: z.array(serverSchema).describe('Every server, oldest first.'),
  next: decisionSchema.nullable().describe('What the roll does next; null if none is in progress.'),
  health: z
    .object({
      issues: z.array(
        z.object({
          kind: stringSchema.describe('Stable name: `silent`, `terminating`, `orphan-peer`, ...'),
          instanceId: stringSchema.nullable(),
          group: stringSchema.nullable(),
        }),
      ),
      sentences: z.array(stringSchema).describe('The issues in words.'),
      remedies: z.array(stringSchema).describe('What to do about them.'),
    })
    .describe('Problems of the cluster while no roll is in progress.'),
});

export type StatusDocument = DocumentOfSchema<typeof statusSchema>;

/** A command that ends in a known error. */
export const errorSchema = z.object({ ...buildHeader(SCHEMA_IDS.error), error: failureSchema });

export type ErrorDocument = DocumentOfSchema<typeof errorSchema>;

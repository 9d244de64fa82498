import * as z from 'zod';
import { HOOK_POINTS } from '../../model/hook.js';
import {
  countSchema,
  durationMsSchema,
  failureSchema,
  instantSchema,
  leaderSchema,
  outcomeSchema,
  phaseSchema,
  reasonSchema,
  serverFailureSchema,
  serverSchema,
  snapshotSchema,
  stateSchema,
  stepSchema,
  timeSpanFields,
  waitFields,
  whereSchema,
  writesSchema,
} from '../json/parts.js';

/** Name and version of every event document. The version grows when a field changes its meaning or goes away. */
export const EVENT_SCHEMA = 'consul-roll/event/3';

/** The schema of one kind of event: the fields of every event document, then its own. */
function defineEvent<Kind extends string, Fields extends z.ZodRawShape>(
  kind: Kind,
  description: string,
  fields: Fields,
) {
  const common = {
    schema: z.literal(EVENT_SCHEMA).describe('Name and version of this document.'),
    at: instantSchema.describe('When, UTC.'),
    number: z.int().min(1).describe('Counts the events of one run, from 1.'),
    cluster: z.string().describe('The cluster, as the operator named it.'),
    rollId: z.string().nullable().describe('The roll; null if none has started.'),
    phase: phaseSchema.describe('The phase the roll is in.'),
    text: z.string().describe('The event in words, as in the log.'),
  };
  return z.object({ ...common, kind: z.literal(kind), ...fields }).describe(description);
}

const groupsSchema = z.object({
  old: z.string().describe('The old group.'),
  new: z.string().describe('The group of the new servers; the same one in place.'),
});

const imageNameSchema = z.string().nullable().describe('The name of that image; null if it is not known.');

/** Not in files of earlier versions. */
const imageCreatedSchema = instantSchema
  .nullable()
  .optional()
  .describe('When that image was made, UTC; null if not known.');

const startedSchema = defineEvent('started', 'A run starts or resumes a roll.', {
  program: z.string().describe('Version of consul-roll.'),
  resumed: z.boolean().describe('Another run started this roll.'),
  begunAt: instantSchema.describe('When the roll started, UTC.'),
  direction: z.enum(['forward', 'rollback']).describe('Direction of the roll.'),
  strategy: z.enum(['beside', 'in-place']).describe('Where the new servers go.'),
  size: countSchema.describe('Servers of the cluster.'),
  surge: countSchema.describe('Servers beyond that, at most.'),
  keepOld: z.boolean().describe('The old group is kept, empty and with its processes suspended.'),
  groups: groupsSchema.describe('Names of the Auto Scaling groups.'),
  from: z
    .object({
      image: z.string().nullable().describe('Image id; null if it is not known any more.'),
      name: imageNameSchema,
      createdAt: imageCreatedSchema,
      consul: z.array(z.string()).describe('Consul versions at the start.'),
    })
    .describe('The old image.'),
  to: z
    .object({ image: z.string().describe('Image id.'), name: imageNameSchema, createdAt: imageCreatedSchema })
    .describe('The new image.'),
  where: whereSchema.nullable().optional(),
  limits: z
    .object({
      healthTimeoutMs: durationMsSchema.describe('For a new server, from launch to in service.'),
      drainTimeoutMs: durationMsSchema.describe('For a load balancer to drain one server.'),
      leaveTimeoutMs: durationMsSchema.describe('For one server to leave.'),
      leaderTimeoutMs: durationMsSchema.describe('Without an agreed leader.'),
      awsTimeoutMs: durationMsSchema.describe('For AWS to terminate or delete something.'),
      bakeMs: durationMsSchema.describe('How long the new servers must stay healthy at the end.'),
      successThreshold: countSchema.describe('Consecutive successful checks required for each gate.'),
      intervalMs: durationMsSchema.describe('Between two observations.'),
    })
    .describe('The time limits of this run.'),
});

const endedSchema = defineEvent('ended', 'The run has ended: always the last event of a run that was not killed.', {
  outcome: z.enum([...outcomeSchema.options, 'error']).describe('How it ended.'),
  image: z.string().nullable().describe('The requested image; null if none was named.'),
  groups: groupsSchema.nullable().describe('As in `started`; null if no roll has started.'),
  exitCode: z.int().describe('The exit code of the run.'),
  now: z.string().describe('The state of the cluster, in words.'),
  next: z.array(z.string()).describe('What to do next; the next safe command last.'),
  reason: reasonSchema.nullable().describe('The reason; null after success.'),
  error: failureSchema.nullable().describe('The error, if the run ended in one instead of an outcome.'),
  state: stateSchema.nullable().describe('The voters at the last observation; null if there was none.'),
  servers: z.array(serverSchema).describe('The servers at the last observation.'),
  snapshot: snapshotSchema.nullable(),
  elapsedMs: durationMsSchema.describe('How long this run took.'),
  leaderChanges: countSchema.describe('Changes of leader that this run saw.'),
  writes: writesSchema
    .extend({ longestGapAt: instantSchema.describe('When that started, UTC.') })
    .nullable()
    .describe('Writes during the roll; null if they were not measured.'),
});

const observedSchema = defineEvent(
  'observed',
  'One observation of the cluster: written when something changed, otherwise twice a minute.',
  {
    state: stateSchema,
    servers: z.array(serverSchema).describe('Every server of both sides, oldest first.'),
    progress: z
      .object({
        done: countSchema.describe('Servers that this phase has completed.'),
        of: countSchema.describe('Of how many.'),
      })
      .nullable()
      .describe('Progress of the phase; null if it does not count servers, or has no leader to count them.'),
    snapshot: snapshotSchema.nullable().describe('Null before it is taken, or if another run took it.'),
    launchFailures: z
      .array(z.object({ group: z.string().describe('The group.'), why: z.string().describe('In the words of AWS.') }))
      .describe('Groups that cannot launch a server.'),
  },
);

const hookEventSchema = defineEvent(
  'hook',
  'A hook runs: one event when it starts, one for each line of output, one when it ends.',
  {
    on: z.enum(HOOK_POINTS).describe('When the hook runs.'),
    run: z.string().describe('The program that its command runs; the rest of the command may hold a secret.'),
    onFailure: z.enum(['stop', 'warn']).describe('What its failure does.'),
    instanceId: z.string().nullable().describe('The server; null for a phase.'),
    state: z.enum(['started', 'output', 'passed', 'failed']).describe('State of the hook.'),
    line: z.string().nullable().describe('One line of its output.'),
    elapsedMs: durationMsSchema.nullable().describe('How long it took, once it has ended.'),
  },
);

/** One event of a roll as a document of its own: one line of an events file. */
export const eventSchema = z.discriminatedUnion('kind', [
  startedSchema,
  observedSchema,
  defineEvent('phase', 'The roll enters a phase.', { from: phaseSchema.describe('The phase before.') }),
  defineEvent('waiting', 'The roll starts to wait.', waitFields),
  defineEvent('step-started', 'A step passed the safety check and is being taken.', {
    step: stepSchema,
    stepNumber: z.int().min(1).describe('Counts the steps of one run, from 1.'),
    state: stateSchema.describe('The voters before the step.'),
  }),
  defineEvent(
    'step-done',
    'A step was taken; of one that asked several servers to leave, the part that was: the rest is in a `step-failed`.',
    {
      step: stepSchema,
      stepNumber: z.int().min(1).describe('As in its `step-started`.'),
      elapsedMs: durationMsSchema.nullable().describe('How long it took; null in some files of earlier versions.'),
    },
  ),
  defineEvent('step-refused', 'The safety check refused a step; the roll decides again after the next observation.', {
    step: stepSchema,
    reason: reasonSchema,
  }),
  defineEvent('step-failed', 'A step failed; the roll decides again after the next observation.', {
    step: stepSchema,
    message: z.string().describe('What went wrong.'),
  }),
  defineEvent('leader-changed', 'Another server is the leader.', { from: leaderSchema.nullable(), to: leaderSchema }),
  defineEvent('lock-held', 'Another run holds the lock; this run checks whether it is alive.', {
    holder: z.string().describe('The holder: `user@host pid`.'),
    holderRollId: z.string().describe('The roll of the holder.'),
    since: instantSchema.describe('Since when, UTC.'),
    ttlMs: durationMsSchema.describe('The lock expires if it is not renewed for this long.'),
  }),
  defineEvent('pause-requested', 'The roll must stop after the current step.', {
    by: z.string().nullable().describe('The operator; null if this run itself got a signal.'),
  }),
  defineEvent('stop-requested', 'A second request: the roll stops at once, during a step.', {}),
  defineEvent(
    'observation-failed',
    'An observation failed and is repeated: written at the first failure, then twice a minute.',
    { message: z.string().describe('Why.'), inARow: z.int().min(1).describe('Consecutive failed observations.') },
  ),
  hookEventSchema,
  defineEvent(
    'server-failed',
    'A server of the roll is given up, before it is terminated: how far it came, and its console.',
    serverFailureSchema.shape,
  ),
  defineEvent('warning', 'A problem that does not stop the roll.', {
    message: z.string().describe('What.'),
    code: z
      .string()
      .optional()
      .describe('Stable name: `not-converged`, `state-not-compared`, ...; not in files of earlier versions.'),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('The names and numbers of this kind of warning; not in files of earlier versions.'),
  }),
  defineEvent(
    'time-spent',
    'What the roll has spent the time on since the last event of this kind, written when that ends: `at` is its end, `phase` the phase it was in.',
    timeSpanFields,
  ),
  endedSchema,
]);

export type EventDocument = z.infer<typeof eventSchema>;
export type EventKind = EventDocument['kind'];
export type DocumentOf<K extends EventKind> = Extract<EventDocument, { kind: K }>;

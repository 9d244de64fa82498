import { z } from 'zod';
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
  serverSchema,
  snapshotSchema,
  stateSchema,
  stepSchema,
  waitFields,
  writesSchema,
} from '../json/parts.js';

/** Name and version of every event document. The version grows when a field changes its meaning or goes away. */
export const EVENT_SCHEMA = 'consul-roll/event/2';

/** What every event document has. */
export const commonFields = {
  schema: z.literal(EVENT_SCHEMA).meta({ description: 'Name and version of this document.' }),
  at: instantSchema.meta({ description: 'When, UTC.' }),
  number: z.int().min(1).meta({ description: 'Counts the events of one run, from 1.' }),
  cluster: z.string().meta({ description: 'The cluster, as it was asked for.' }),
  rollId: z.string().nullable().meta({ description: 'The roll; null where none has begun.' }),
  phase: phaseSchema.meta({ description: 'The phase the roll is in.' }),
  text: z.string().meta({ description: 'The event in words, as the log has it.' }),
};

/** The first event of a run. */
export const startedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('started'),
    program: z.string().meta({ description: 'Version of consul-roll.' }),
    resumed: z.boolean().meta({ description: 'Another run began this roll.' }),
    begunAt: instantSchema.meta({ description: 'When the roll itself began, UTC.' }),
    direction: z.enum(['forward', 'rollback']).meta({ description: 'The way it goes.' }),
    strategy: z.enum(['beside', 'in-place']).meta({ description: 'Where the new servers go.' }),
    size: countSchema.meta({ description: 'Servers the cluster has and will have.' }),
    surge: countSchema.meta({ description: 'Servers there may be beyond that.' }),
    keepOld: z.boolean().meta({ description: 'The old group is kept, empty.' }),
    groups: z
      .object({
        old: z.string().meta({ description: 'The group there was.' }),
        new: z.string().meta({ description: 'The group of the new servers; the same one in place.' }),
      })
      .meta({ description: 'Names of the Auto Scaling groups.' }),
    from: z
      .object({
        image: z.string().nullable().meta({ description: 'Image id; null where it is not known any more.' }),
        name: z.string().nullable().meta({ description: 'The name of that image, where it was read.' }),
        consul: z.array(z.string()).meta({ description: 'Consul versions that run at the start.' }),
      })
      .meta({ description: 'What the cluster ran on.' }),
    to: z
      .object({
        image: z.string().meta({ description: 'Image id.' }),
        name: z.string().nullable().meta({ description: 'The name of that image, where it was read.' }),
      })
      .meta({ description: 'What it is rolled onto.' }),
    limits: z
      .object({
        healthTimeoutMs: durationMsSchema.meta({
          description: 'For a new server, from launch to in service.',
        }),
        drainTimeoutMs: durationMsSchema.meta({ description: 'For a load balancer to drain one server.' }),
        leaveTimeoutMs: durationMsSchema.meta({ description: 'For one server to leave.' }),
        leaderTimeoutMs: durationMsSchema.meta({
          description: 'Without a leader, before a person is called.',
        }),
        awsTimeoutMs: durationMsSchema.meta({ description: 'For AWS to end or delete something.' }),
        bakeMs: durationMsSchema.meta({
          description: 'How long the new servers must stay healthy at the end.',
        }),
        successThreshold: countSchema.meta({ description: 'Looks in a row that every gate must pass.' }),
        intervalMs: durationMsSchema.meta({ description: 'Between two looks.' }),
      })
      .meta({ description: 'The limits of patience of this run.' }),
  })
  .meta({ description: 'A run begins, or carries on with a roll.' });

/** The last event of a run. */
export const endedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('ended'),
    outcome: z.enum([...outcomeSchema.options, 'error']).meta({ description: 'How it ended.' }),
    image: z.string().nullable().meta({ description: 'The image that was asked for; null where that was not said.' }),
    groups: z
      .object({
        old: z.string().meta({ description: 'The group there was.' }),
        new: z.string().meta({ description: 'The group of the new servers; the same one in place.' }),
      })
      .nullable()
      .meta({ description: 'As in `started`; null where no roll has begun.' }),
    exitCode: z.int().meta({ description: 'The exit code of the run.' }),
    now: z.string().meta({ description: 'What the cluster is now, in words.' }),
    next: z.array(z.string()).meta({ description: 'What to do next; the next safe command last.' }),
    reason: reasonSchema.nullable().meta({ description: 'Why, where it did not end well.' }),
    error: failureSchema.nullable().meta({ description: 'Where the run ended in an error in place of an outcome.' }),
    state: stateSchema.nullable().meta({ description: 'The voters at the last look; null where there was none.' }),
    servers: z.array(serverSchema).meta({ description: 'The servers at the last look.' }),
    snapshot: snapshotSchema.nullable(),
    elapsedMs: durationMsSchema.meta({ description: 'How long this run took.' }),
    leaderChanges: countSchema.meta({ description: 'Changes of leader that this run saw.' }),
    writes: writesSchema
      .extend({ longestGapAt: instantSchema.meta({ description: 'When that began, UTC.' }) })
      .nullable()
      .meta({ description: 'What became of the writes that went on meanwhile, where they were measured.' }),
  })
  .meta({ description: 'The run has ended: always the last event of a run that was not killed.' });

const observedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('observed'),
    state: stateSchema,
    servers: z.array(serverSchema).meta({ description: 'Every server of both sides, oldest first.' }),
    progress: z
      .object({
        done: countSchema.meta({ description: 'Servers this phase has dealt with.' }),
        of: countSchema.meta({ description: 'Of how many.' }),
      })
      .nullable()
      .meta({ description: 'How far the phase is, where it counts servers.' }),
    snapshot: snapshotSchema.nullable().meta({ description: 'Null before it is taken, or where another run took it.' }),
    launchFailures: z
      .array(
        z.object({
          group: z.string().meta({ description: 'The group.' }),
          why: z.string().meta({ description: 'In the words of AWS.' }),
        }),
      )
      .meta({ description: 'Groups that cannot launch a server they should have.' }),
  })
  .meta({
    description: 'The cluster as one look saw it: written when something changed, else twice a minute.',
  });

const phaseEnteredSchema = z
  .object({
    ...commonFields,
    kind: z.literal('phase'),
    from: phaseSchema.meta({ description: 'The phase before.' }),
  })
  .meta({ description: 'The roll enters a phase.' });

const waitingSchema = z
  .object({
    ...commonFields,
    kind: z.literal('waiting'),
    ...waitFields,
  })
  .meta({ description: 'The roll begins to wait for something.' });

const stepStartedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('step-started'),
    step: stepSchema,
    stepNumber: z.int().min(1).meta({ description: 'Counts the steps of one run, from 1.' }),
    state: stateSchema.meta({ description: 'The voters before the step.' }),
  })
  .meta({ description: 'A step passed the safety check and is being taken.' });

const stepDoneSchema = z
  .object({
    ...commonFields,
    kind: z.literal('step-done'),
    step: stepSchema,
    stepNumber: z.int().min(1).meta({ description: 'As in its `step-started`.' }),
    elapsedMs: durationMsSchema.nullable().meta({
      description: 'How long it took; null in some files of earlier versions.',
    }),
  })
  .meta({ description: 'A step was taken.' });

const stepRefusedSchema = z
  .object({ ...commonFields, kind: z.literal('step-refused'), step: stepSchema, reason: reasonSchema })
  .meta({ description: 'The safety check refused a step; it is looked at again.' });

const stepFailedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('step-failed'),
    step: stepSchema,
    message: z.string().meta({ description: 'What went wrong.' }),
  })
  .meta({ description: 'A step failed; it is decided anew after the next look.' });

const leaderChangedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('leader-changed'),
    from: leaderSchema.nullable(),
    to: leaderSchema,
  })
  .meta({ description: 'Another server leads.' });

const lockHeldSchema = z
  .object({
    ...commonFields,
    kind: z.literal('lock-held'),
    holder: z.string().meta({ description: 'Who: `user@host pid`.' }),
    holderRollId: z.string().meta({ description: 'Their roll.' }),
    since: instantSchema.meta({ description: 'Since when, UTC.' }),
    ttlMs: durationMsSchema.meta({ description: 'Unrenewed for this long the lock is free.' }),
  })
  .meta({ description: 'Somebody else holds the lock, and it is watched whether they are alive.' });

const pauseRequestedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('pause-requested'),
    by: z.string().nullable().meta({ description: 'Who; null where this run itself was signalled.' }),
  })
  .meta({ description: 'The roll is asked to stop after the step in hand.' });

const stopRequestedSchema = z
  .object({ ...commonFields, kind: z.literal('stop-requested') })
  .meta({ description: 'The roll is asked a second time, and stops at once, in mid-step.' });

const observationFailedSchema = z
  .object({
    ...commonFields,
    kind: z.literal('observation-failed'),
    message: z.string().meta({ description: 'Why.' }),
    inARow: z.int().min(1).meta({ description: 'Looks in a row that failed.' }),
  })
  .meta({ description: 'A look failed and is taken again: written at the first, then twice a minute.' });

const hookEventSchema = z
  .object({
    ...commonFields,
    kind: z.literal('hook'),
    on: z.enum(HOOK_POINTS).meta({ description: 'When the hook is run.' }),
    run: z.string().meta({ description: 'The command.' }),
    onFailure: z.enum(['stop', 'warn']).meta({ description: 'What its failure does.' }),
    instanceId: z.string().nullable().meta({ description: 'The server; null for a phase.' }),
    state: z.enum(['started', 'output', 'passed', 'failed']).meta({ description: 'What is told of it.' }),
    line: z.string().nullable().meta({ description: 'One line of its output.' }),
    elapsedMs: durationMsSchema.nullable().meta({ description: 'How long it took, once it has ended.' }),
  })
  .meta({ description: 'A command of the operator’s is run: started, one for each line of output, ended.' });

const warningSchema = z
  .object({ ...commonFields, kind: z.literal('warning'), message: z.string().meta({ description: 'What.' }) })
  .meta({ description: 'Something went wrong beside the roll, which goes on.' });

/** One event of a roll as a document of its own: one line of an events file. */
export const eventSchema = z.discriminatedUnion('kind', [
  startedSchema,
  observedSchema,
  phaseEnteredSchema,
  waitingSchema,
  stepStartedSchema,
  stepDoneSchema,
  stepRefusedSchema,
  stepFailedSchema,
  leaderChangedSchema,
  lockHeldSchema,
  pauseRequestedSchema,
  stopRequestedSchema,
  observationFailedSchema,
  hookEventSchema,
  warningSchema,
  endedSchema,
]);

export type EventDocument = z.infer<typeof eventSchema>;
export type EventKind = EventDocument['kind'];
export type DocumentOf<K extends EventKind> = Extract<EventDocument, { kind: K }>;

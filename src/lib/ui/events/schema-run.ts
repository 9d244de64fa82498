import { z } from 'zod';
import {
  count,
  failure,
  instant,
  outcome,
  phase,
  reason,
  server,
  snapshot,
  spanMs,
  state,
  writes,
} from './parts.js';
import { EVENT_SCHEMA } from './version.js';

/** What every event document has. */
export const common = {
  schema: z.literal(EVENT_SCHEMA).meta({ description: 'Name and version of this document.' }),
  at: instant.meta({ description: 'When, UTC.' }),
  number: z.int().min(1).meta({ description: 'Counts the events of one run, from 1.' }),
  cluster: z.string().meta({ description: 'The cluster, as it was asked for.' }),
  rollId: z.string().nullable().meta({ description: 'The roll; null where none has begun.' }),
  phase: phase.meta({ description: 'The phase the roll is in.' }),
  text: z.string().meta({ description: 'The event in words, as the log has it.' }),
};

/** The first event of a run. */
export const started = z
  .object({
    ...common,
    kind: z.literal('started'),
    program: z.string().meta({ description: 'Version of consul-roll.' }),
    resumed: z.boolean().meta({ description: 'Another run began this roll.' }),
    begunAt: instant.meta({ description: 'When the roll itself began, UTC.' }),
    direction: z.enum(['forward', 'back']).meta({ description: 'The way it goes.' }),
    strategy: z.enum(['beside', 'in-place']).meta({ description: 'Where the new servers go.' }),
    size: count.meta({ description: 'Servers the cluster has and will have.' }),
    surge: count.meta({ description: 'Servers there may be beyond that.' }),
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
        healthTimeoutMs: spanMs.meta({ description: 'For a new server, from launch to in service.' }),
        drainTimeoutMs: spanMs.meta({ description: 'For a load balancer to drain one server.' }),
        leaveTimeoutMs: spanMs.meta({ description: 'For one server to leave.' }),
        leaderTimeoutMs: spanMs.meta({ description: 'Without a leader, before a person is called.' }),
        awsTimeoutMs: spanMs.meta({ description: 'For AWS to end or delete something.' }),
        bakeMs: spanMs.meta({ description: 'How long the new servers must stay healthy at the end.' }),
        looks: count.meta({ description: 'Looks in a row that every gate must pass.' }),
        intervalMs: spanMs.meta({ description: 'Between two looks.' }),
      })
      .meta({ description: 'The limits of patience of this run.' }),
  })
  .meta({ description: 'A run begins, or carries on with a roll.' });

/** The last event of a run. */
export const ended = z
  .object({
    ...common,
    kind: z.literal('ended'),
    outcome: z.enum([...outcome.options, 'error']).meta({ description: 'How it ended.' }),
    image: z
      .string()
      .nullable()
      .meta({ description: 'The image that was asked for; null where that was not said.' }),
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
    reason: reason.nullable().meta({ description: 'Why, where it did not end well.' }),
    error: failure
      .nullable()
      .meta({ description: 'Where the run ended in an error in place of an outcome.' }),
    state: state.nullable().meta({ description: 'The voters at the last look; null where there was none.' }),
    servers: z.array(server).meta({ description: 'The servers at the last look.' }),
    snapshot: snapshot.nullable(),
    elapsedMs: spanMs.meta({ description: 'How long this run took.' }),
    leaderChanges: count.meta({ description: 'Changes of leader that this run saw.' }),
    writes: writes
      .extend({ longestGapAt: instant.meta({ description: 'When that began, UTC.' }) })
      .nullable()
      .meta({ description: 'What became of the writes that went on meanwhile, where they were measured.' }),
  })
  .meta({ description: 'The run has ended: always the last event of a run that was not killed.' });

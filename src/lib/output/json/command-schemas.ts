import * as z from 'zod';
import { SCHEMA_IDS } from './build-parts.js';
import {
  countSchema,
  durationMsSchema,
  instantSchema,
  outcomeSchema,
  reasonSchema,
  serverSchema,
  stateSchema,
  timeSchema,
  whereSchema,
  writesSchema,
} from './parts.js';
import { buildHeader, type DocumentOfSchema } from './schemas.js';

const stringSchema = z.string();

/** `list --json`. */
export const clusterListSchema = z.object({
  ...buildHeader(SCHEMA_IDS.list),
  where: whereSchema,
  clusters: z
    .array(
      z.object({
        cluster: stringSchema.describe('What --cluster would name it by.'),
        group: stringSchema,
        images: z
          .array(
            z.object({
              id: stringSchema,
              name: stringSchema.nullable().describe('Null if AWS does not return the image.'),
              createdAt: instantSchema.nullable(),
            }),
          )
          .describe('Of its servers.'),
        consul: z.array(stringSchema).describe('Versions, of the servers that tell them without a token.'),
        servers: countSchema,
        answering: countSchema.describe('Servers that answered.'),
        peers: countSchema.nullable().describe('Of the Raft configuration; null where the servers differ.'),
        leader: stringSchema.nullable().describe('Null where the servers name none, or several.'),
        rollId: stringSchema.nullable().describe('The roll that its tags tell of.'),
      }),
    )
    .describe('Every group that looks like a cluster. Its servers were asked without a token.'),
  leftOut: countSchema.describe('Groups that were not looked at.'),
});

export type ListDocument = DocumentOfSchema<typeof clusterListSchema>;

/** `history --json`. */
export const historyListSchema = z.object({
  ...buildHeader(SCHEMA_IDS.history),
  cluster: stringSchema,
  rolls: z
    .array(
      z.object({
        rollId: stringSchema,
        from: stringSchema.nullable().describe('The image before it; null where no run knew it any more.'),
        to: stringSchema,
        outcome: outcomeSchema.describe('How its last run ended.'),
        reason: stringSchema.nullable().describe('Name of the reason of that; null without one.'),
        holder: stringSchema.describe('Who ran it last.'),
        runs: countSchema.describe('Runs that came to an end.'),
        startedAt: instantSchema,
        endedAt: instantSchema,
      }),
    )
    .describe('The last first; at most 20.'),
});

export type HistoryDocument = DocumentOfSchema<typeof historyListSchema>;

const settingOriginSchema = z
  .discriminatedUnion('from', [
    z.object({ from: z.literal('flag'), flag: stringSchema }),
    z.object({ from: z.literal('variable'), name: stringSchema }),
    z.object({
      from: z.literal('file'),
      file: stringSchema,
      line: z.int().min(1),
      cluster: stringSchema.optional().describe('If it is set for this cluster alone.'),
    }),
    z.object({ from: z.literal('default') }),
  ])
  .meta({ id: 'origin', description: 'What set it.' });

const shownSettingSchema = z
  .union([
    z.object({
      value: z.unknown().describe('Text, number, boolean or list; null if it is not set.'),
      origin: settingOriginSchema,
    }),
    z.object({ secret: z.literal(true), set: z.boolean(), origin: settingOriginSchema }),
  ])
  .meta({ id: 'setting', description: 'A setting; of a secret only whether it is set.' });

/** `config --json`. */
export const configSchema = z.object({
  ...buildHeader(SCHEMA_IDS.config),
  file: stringSchema.nullable().describe('The settings file; null if there is none.'),
  settings: z.record(stringSchema, shownSettingSchema).describe('Every setting by its name.'),
  environment: z.record(stringSchema, shownSettingSchema).describe('The variables of AWS and Consul.'),
  unknown: z
    .array(z.object({ name: stringSchema, meant: stringSchema.nullable().describe('The most similar known name.') }))
    .describe('Unknown variables that start with CONSUL_ROLL_.'),
});

export type OriginDocument = DocumentOfSchema<typeof settingOriginSchema>;
export type ConfigDocument = DocumentOfSchema<typeof configSchema>;

const resourceSchema = z
  .object({
    kind: z.enum(['load-balancer', 'launch-template', 'launch-configuration', 'group']),
    name: stringSchema.describe('Its name in AWS.'),
    state: z
      .enum(['missing', 'unfinished', 'exists', 'differs'])
      .describe('Before the first change; `unfinished`: an earlier run started to create it.'),
    fields: z
      .record(stringSchema, stringSchema)
      .describe('The wanted fields, as text by the keys of the cluster file; of a script only its size.'),
    differences: z
      .array(
        z.object({
          field: stringSchema.describe('Its key in the cluster file.'),
          is: stringSchema.nullable().describe('Null if it must not be shown.'),
          wanted: stringSchema.nullable().describe('Null if it must not be shown.'),
        }),
      )
      .describe('Fields that differ from the file.'),
  })
  .meta({ id: 'resource', description: 'One resource in AWS, compared with the file.' });

const plannedClusterFields = {
  cluster: stringSchema.describe('The cluster.'),
  size: countSchema.describe('Servers of the cluster.'),
  resources: z.array(resourceSchema).describe('The resources of the file, in the order of their creation.'),
};

/** `create --dry-run --json`. */
export const creationPlanSchema = z.object({ ...buildHeader(SCHEMA_IDS['creation-plan']), ...plannedClusterFields });

/** `create --json`. */
export const creationSchema = z.object({
  ...buildHeader(SCHEMA_IDS.creation),
  outcome: z
    .enum(['created', 'existing', 'missing', 'interrupted'])
    .describe('The outcome; `missing`: all resources exist, but the cluster was not complete in time.'),
  ...plannedClusterFields,
  missing: z
    .array(
      z.object({
        kind: z.enum(['instances', 'leader', 'voters', 'unknown-peers', 'in-service']),
        sentence: stringSchema,
      }),
    )
    .describe('Conditions that the cluster does not meet.'),
  loadBalancer: stringSchema.nullable().describe('DNS name of the load balancer; null without one.'),
  state: stateSchema.nullable().describe('The voters at the last observation; null if there was none.'),
  servers: z.array(serverSchema).describe('Every server at the last observation, oldest first.'),
  elapsedMs: durationMsSchema.describe('Duration.'),
  next: z.array(stringSchema).describe('What to do next.'),
});

export type CreationPlanDocument = DocumentOfSchema<typeof creationPlanSchema>;
export type CreationDocument = DocumentOfSchema<typeof creationSchema>;

const namedImageSchema = z.object({
  image: stringSchema.describe('Image id, in the sandbox.'),
  name: stringSchema.describe('The name of that image.'),
  consul: stringSchema.describe('The Consul version in it.'),
});

/** `demo --json`. */
export const demoSchema = z.object({
  ...buildHeader(SCHEMA_IDS.demo),
  outcome: outcomeSchema.describe('How the roll ended.'),
  reason: reasonSchema.nullable().describe('The reason; null after success.'),
  consul: z
    .object({ kind: z.enum(['process', 'simulated']), version: stringSchema })
    .describe('The servers: a Consul process each, or simulated.'),
  from: namedImageSchema.describe('The old image.'),
  to: namedImageSchema.describe('The new image.'),
  servers: z.array(serverSchema).describe('Every server at the last observation, oldest first.'),
  writes: writesSchema.describe('Writes during the roll.'),
  elapsedMs: durationMsSchema.describe('Duration of the roll.'),
  leaderChanges: countSchema.describe('Leader changes.'),
  time: timeSchema.describe('What the roll spent its time on.'),
  phases: z
    .array(
      z.object({
        name: stringSchema,
        startedAt: instantSchema.describe('When it started, UTC.'),
        elapsedMs: durationMsSchema.describe('Duration.'),
      }),
    )
    .describe('The phases of the roll, in order.'),
});

export type DemoDocument = DocumentOfSchema<typeof demoSchema>;

/** `doctor --json`. */
export const doctorSchema = z.object({
  ...buildHeader(SCHEMA_IDS.doctor),
  cluster: stringSchema.describe('The cluster.'),
  group: stringSchema.nullable().describe('The Auto Scaling group; null if it was not found.'),
  image: stringSchema
    .nullable()
    .describe('The requested image, or the one that the group launches; null if neither is known.'),
  servers: countSchema.describe('Servers of the group.'),
  counts: z
    .object({ pass: countSchema, skip: countSchema, warn: countSchema, fail: countSchema })
    .describe('Checks by status.'),
  checks: z
    .array(
      z.object({
        name: stringSchema.describe('Stable: docs/doctor.md lists them.'),
        status: z.enum(['pass', 'skip', 'warn', 'fail']).describe('`skip`: only a roll can tell.'),
        observed: stringSchema.min(1).describe('What was observed, one clause.'),
        remedy: stringSchema.nullable().describe('What to do; null if the check passes, or if there is nothing to do.'),
      }),
    )
    .describe('In the order of the printed report.'),
});

export type DoctorDocument = DocumentOfSchema<typeof doctorSchema>;

/** `pause --json`. */
export const pauseSchema = z.object({
  ...buildHeader(SCHEMA_IDS.pause),
  cluster: stringSchema.describe('The cluster.'),
  rollId: stringSchema.describe('The roll that must stop after the current step.'),
  running: z
    .boolean()
    .nullable()
    .describe('Whether a process runs it and renewed the lock recently; null if that is not known.'),
});

/** `user-data --json`. */
export const userDataSchema = z.object({
  ...buildHeader(SCHEMA_IDS['user-data']),
  script: stringSchema.describe('The boot script.'),
  base64: stringSchema.describe('In base64, as launch configurations and launch templates contain it.'),
  bytes: countSchema.describe('The size that EC2 counts: before base64, after gzip.'),
  limit: countSchema.describe('The limit of EC2.'),
  checks: z
    .array(
      z.object({
        tool: z.enum(['bash', 'shellcheck']),
        result: z.enum(['passed', 'failed', 'not-installed']),
        output: stringSchema.describe('Its output; empty if it passed.'),
      }),
    )
    .describe('The results of --check; empty without it.'),
});

/** `report --json`. */
export const reportSchema = z.object({
  ...buildHeader(SCHEMA_IDS.report),
  file: stringSchema.describe('The page.'),
  rollId: stringSchema.nullable().describe('The roll; null if it ended before it had an id.'),
  cluster: stringSchema.describe('The cluster.'),
  outcome: z
    .enum([...outcomeSchema.options, 'error'])
    .nullable()
    .describe('How the roll ended; null if it is not in the events.'),
  time: timeSchema.describe('What the roll spent its time on, over all its runs; empty where the events do not say.'),
  problems: z.array(stringSchema).describe('Problems of the events, a sentence each.'),
});

export type PauseDocument = DocumentOfSchema<typeof pauseSchema>;
export type UserDataDocument = DocumentOfSchema<typeof userDataSchema>;
export type ReportDocument = DocumentOfSchema<typeof reportSchema>;

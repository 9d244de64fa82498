import { z } from 'zod';
import {
  countSchema,
  durationMsSchema,
  instantSchema,
  outcomeSchema,
  reasonSchema,
  serverSchema,
  stateSchema,
  writesSchema,
} from './parts.js';
import { buildHeader, type DocumentOfSchema, SCHEMA_IDS } from './schemas.js';

const stringSchema = z.string();

const settingOriginSchema = z
  .discriminatedUnion('from', [
    z.object({ from: z.literal('flag'), flag: stringSchema }),
    z.object({ from: z.literal('variable'), name: stringSchema }),
    z.object({
      from: z.literal('file'),
      file: stringSchema,
      line: z.int().min(1),
      cluster: stringSchema.optional().meta({ description: 'Where it is said for that cluster alone.' }),
    }),
    z.object({ from: z.literal('default') }),
  ])
  .meta({ id: 'origin', description: 'What set it.' });

const shownSettingSchema = z
  .union([
    z.object({
      value: z.unknown().meta({ description: 'Text, number, boolean or list; null where it is not set.' }),
      origin: settingOriginSchema,
    }),
    z.object({ secret: z.literal(true), set: z.boolean(), origin: settingOriginSchema }),
  ])
  .meta({ id: 'setting', description: 'A setting; of a secret only whether it is set.' });

/** `config --json`. */
export const configSchema = z.object({
  ...buildHeader(SCHEMA_IDS.config),
  file: stringSchema.nullable().meta({ description: 'The settings file; null where there is none.' }),
  settings: z.record(stringSchema, shownSettingSchema).meta({ description: 'Every setting by its name.' }),
  environment: z.record(stringSchema, shownSettingSchema).meta({ description: 'The variables of AWS and Consul.' }),
  unknown: z
    .array(
      z.object({
        name: stringSchema,
        meant: stringSchema.nullable().meta({ description: 'What was probably meant.' }),
      }),
    )
    .meta({ description: 'Variables that look like ours and are not.' }),
});

export type OriginDocument = DocumentOfSchema<typeof settingOriginSchema>;
export type ConfigDocument = DocumentOfSchema<typeof configSchema>;

const resourceSchema = z
  .object({
    kind: z.enum(['load-balancer', 'launch-template', 'launch-configuration', 'group']),
    name: stringSchema.meta({ description: 'Its name in AWS.' }),
    state: z.enum(['missing', 'unfinished', 'exists', 'differs']).meta({
      description: 'Before the first change; `unfinished` is one that an earlier run began to make.',
    }),
    fields: z.record(stringSchema, stringSchema).meta({
      description: 'What it is to be, as text by the keys of the cluster file; of a script only its size.',
    }),
    differences: z
      .array(
        z.object({
          field: stringSchema.meta({ description: 'As the cluster file calls it.' }),
          is: stringSchema.nullable().meta({ description: 'Null where it is not to be shown.' }),
          wanted: stringSchema.nullable().meta({ description: 'Null where it is not to be shown.' }),
        }),
      )
      .meta({ description: 'Fields that are not as the file wants them.' }),
  })
  .meta({ id: 'resource', description: 'One thing in AWS, held against what is there.' });

const plannedClusterFields = {
  cluster: stringSchema.meta({ description: 'The cluster.' }),
  size: countSchema.meta({ description: 'Servers it is to have.' }),
  resources: z.array(resourceSchema).meta({ description: 'What the file describes, in the order it is made.' }),
};

/** `create --dry-run --json`. */
export const creationPlanSchema = z.object({
  ...buildHeader(SCHEMA_IDS['creation-plan']),
  ...plannedClusterFields,
});

/** `create --json`. */
export const creationSchema = z.object({
  ...buildHeader(SCHEMA_IDS.creation),
  outcome: z.enum(['created', 'existing', 'missing', 'interrupted']).meta({
    description: 'How it ended; `missing`: all resources exist, and the cluster was not complete in time.',
  }),
  ...plannedClusterFields,
  missing: z
    .array(
      z.object({
        kind: z.enum(['instances', 'leader', 'voters', 'unknown-peers', 'in-service']),
        sentence: stringSchema,
      }),
    )
    .meta({ description: 'What the cluster still lacks.' }),
  loadBalancer: stringSchema.nullable().meta({ description: 'DNS name of its load balancer; null without one.' }),
  state: stateSchema.nullable().meta({ description: 'The voters at the last look; null where there was none.' }),
  servers: z.array(serverSchema).meta({ description: 'Every server at the last look, oldest first.' }),
  elapsedMs: durationMsSchema.meta({ description: 'How long it took.' }),
  next: z.array(stringSchema).meta({ description: 'What to do next.' }),
});

export type CreationPlanDocument = DocumentOfSchema<typeof creationPlanSchema>;
export type CreationDocument = DocumentOfSchema<typeof creationSchema>;

const namedImageSchema = z.object({
  image: stringSchema.meta({ description: 'Image id, in the sandbox.' }),
  name: stringSchema.meta({ description: 'The name of that image.' }),
});

/** `demo --json`. */
export const demoSchema = z.object({
  ...buildHeader(SCHEMA_IDS.demo),
  outcome: outcomeSchema.meta({ description: 'How the roll ended.' }),
  reason: reasonSchema.nullable().meta({ description: 'Why, where it did not end well.' }),
  consul: z
    .object({ kind: z.enum(['process', 'simulated']), version: stringSchema })
    .meta({ description: 'What the servers were: a process of Consul each, or simulated.' }),
  from: namedImageSchema.meta({ description: 'What the cluster ran on.' }),
  to: namedImageSchema.meta({ description: 'What it was rolled onto.' }),
  servers: z.array(serverSchema).meta({ description: 'Every server at the last look, oldest first.' }),
  writes: writesSchema.meta({ description: 'What became of the writes that went on all the while.' }),
  elapsedMs: durationMsSchema.meta({ description: 'How long the roll took.' }),
  leaderChanges: countSchema.meta({ description: 'Changes of leader that it saw.' }),
  phases: z
    .array(
      z.object({
        name: stringSchema,
        startedAt: instantSchema.meta({ description: 'When it began, UTC.' }),
        elapsedMs: durationMsSchema.meta({ description: 'How long it was on.' }),
      }),
    )
    .meta({ description: 'The stages of the roll, in order.' }),
});

export type DemoDocument = DocumentOfSchema<typeof demoSchema>;

/** `doctor --json`. */
export const doctorSchema = z.object({
  ...buildHeader(SCHEMA_IDS.doctor),
  cluster: stringSchema.meta({ description: 'The cluster.' }),
  group: stringSchema.nullable().meta({ description: 'The Auto Scaling group; null where it was not found.' }),
  image: stringSchema.nullable().meta({
    description: 'The image asked about, or else the one the group launches; null where neither is known.',
  }),
  servers: countSchema.meta({ description: 'Servers of the group, whatever they answer.' }),
  counts: z
    .object({ pass: countSchema, skip: countSchema, warn: countSchema, fail: countSchema })
    .meta({ description: 'How many checks ended how.' }),
  checks: z
    .array(
      z.object({
        name: stringSchema.meta({ description: 'Stable: docs/doctor.md lists them.' }),
        status: z.enum(['pass', 'skip', 'warn', 'fail']).meta({ description: '`skip`: only doing it would tell.' }),
        observed: stringSchema.min(1).meta({ description: 'What was observed, one clause.' }),
        remedy: stringSchema
          .nullable()
          .meta({ description: 'What to do; null where it passes, or where there is nothing to do.' }),
      }),
    )
    .meta({ description: 'In the order in which they are printed.' }),
});

export type DoctorDocument = DocumentOfSchema<typeof doctorSchema>;

/** `pause --json`. */
export const pauseSchema = z.object({
  ...buildHeader(SCHEMA_IDS.pause),
  cluster: stringSchema.meta({ description: 'The cluster.' }),
  rollId: stringSchema.meta({ description: 'The roll that is asked to stop after the step in hand.' }),
  running: z.boolean().nullable().meta({
    description:
      'Somebody runs it, and renewed its lock recently; where nobody does, nothing stops. Null where that could not be told.',
  }),
});

/** `user-data --json`. */
export const userDataSchema = z.object({
  ...buildHeader(SCHEMA_IDS['user-data']),
  script: stringSchema.meta({ description: 'The boot script.' }),
  base64: stringSchema.meta({ description: 'As launch configurations and templates carry it.' }),
  bytes: countSchema.meta({
    description: 'What EC2 counts: before base64, and after gzip where that was asked for.',
  }),
  limit: countSchema.meta({ description: 'How many EC2 takes.' }),
  checks: z
    .array(
      z.object({
        tool: z.enum(['bash', 'shellcheck']),
        result: z.enum(['passed', 'failed', 'not-installed']),
        output: stringSchema.meta({ description: 'What it said; empty where it passed.' }),
      }),
    )
    .meta({ description: 'What --check asked; empty without.' }),
});

/** `report --json`. */
export const reportSchema = z.object({
  ...buildHeader(SCHEMA_IDS.report),
  file: stringSchema.meta({ description: 'The page.' }),
  rollId: stringSchema.nullable().meta({ description: 'The roll; null where it ended before it had an id.' }),
  cluster: stringSchema.meta({ description: 'The cluster.' }),
  outcome: z
    .enum([...outcomeSchema.options, 'error'])
    .nullable()
    .meta({ description: 'How the roll ended; null where the record does not say.' }),
  problems: z.array(stringSchema).meta({ description: 'What is wrong with the record, a sentence each.' }),
});

export type PauseDocument = DocumentOfSchema<typeof pauseSchema>;
export type UserDataDocument = DocumentOfSchema<typeof userDataSchema>;
export type ReportDocument = DocumentOfSchema<typeof reportSchema>;

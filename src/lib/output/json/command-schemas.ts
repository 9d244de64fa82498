import { z } from 'zod';
import { count, instant, outcome, reason, spanMs, state, writes } from '../events/parts.js';
import { head, SCHEMA_IDS, serverEntry, type Written } from './schemas.js';

const text = z.string();

const origin = z
  .discriminatedUnion('from', [
    z.object({ from: z.literal('flag'), flag: text }),
    z.object({ from: z.literal('variable'), name: text }),
    z.object({
      from: z.literal('file'),
      file: text,
      line: z.int().min(1),
      cluster: text.optional().meta({ description: 'Where it is said for that cluster alone.' }),
    }),
    z.object({ from: z.literal('default') }),
  ])
  .meta({ id: 'origin', description: 'What set it.' });

const setting = z
  .union([
    z.object({
      value: z.unknown().meta({ description: 'Text, number, boolean or list; null where it is not set.' }),
      origin,
    }),
    z.object({ secret: z.literal(true), set: z.boolean(), origin }),
  ])
  .meta({ id: 'setting', description: 'A setting; of a secret only whether it is set.' });

/** `config --json`. */
export const configSchema = z.object({
  ...head(SCHEMA_IDS.config),
  file: text.nullable().meta({ description: 'The settings file; null where there is none.' }),
  settings: z.record(text, setting).meta({ description: 'Every setting by its name.' }),
  environment: z.record(text, setting).meta({ description: 'The variables of AWS and Consul.' }),
  unknown: z
    .array(z.object({ name: text, meant: text.nullable().meta({ description: 'What was probably meant.' }) }))
    .meta({ description: 'Variables that look like ours and are not.' }),
});

export type OriginDocument = Written<typeof origin>;
export type ConfigDocument = Written<typeof configSchema>;

const resource = z
  .object({
    kind: z.enum(['load-balancer', 'launch-template', 'launch-configuration', 'group']),
    name: text.meta({ description: 'Its name in AWS.' }),
    state: z.enum(['missing', 'unfinished', 'exists', 'differs']).meta({
      description: 'Before the first change; `unfinished` is one that an earlier run began to make.',
    }),
    fields: z.record(text, text).meta({
      description: 'What it is to be, as text by the keys of the cluster file; of a script only its size.',
    }),
    differences: z
      .array(
        z.object({
          field: text.meta({ description: 'As the cluster file calls it.' }),
          is: text.nullable().meta({ description: 'Null where it is not to be shown.' }),
          wanted: text.nullable().meta({ description: 'Null where it is not to be shown.' }),
        }),
      )
      .meta({ description: 'Fields that are not as the file wants them.' }),
  })
  .meta({ id: 'resource', description: 'One thing in AWS, held against what is there.' });

const described = {
  cluster: text.meta({ description: 'The cluster.' }),
  size: count.meta({ description: 'Servers it is to have.' }),
  resources: z.array(resource).meta({ description: 'What the file describes, in the order it is made.' }),
};

/** `create --dry-run --json`. */
export const creationPlanSchema = z.object({ ...head(SCHEMA_IDS['creation-plan']), ...described });

/** `create --json`. */
export const creationSchema = z.object({
  ...head(SCHEMA_IDS.creation),
  outcome: z.enum(['created', 'there-already', 'lacking', 'interrupted']).meta({
    description: 'How it ended; `lacking`: everything is made, and the cluster is not whole in time.',
  }),
  ...described,
  lacking: z
    .array(
      z.looseObject({
        kind: z.enum(['instances', 'leader', 'voters', 'strangers', 'in-service']),
      }),
    )
    .meta({ description: 'What the cluster still lacks.' }),
  loadBalancer: text.nullable().meta({ description: 'DNS name of its load balancer; null without one.' }),
  state: state.nullable().meta({ description: 'The voters at the last look; null where there was none.' }),
  servers: z.array(serverEntry).meta({ description: 'Every server at the last look, oldest first.' }),
  elapsedMs: spanMs.meta({ description: 'How long it took.' }),
  next: z.array(text).meta({ description: 'What to do next.' }),
});

export type CreationPlanDocument = Written<typeof creationPlanSchema>;
export type CreationDocument = Written<typeof creationSchema>;

const namedImage = z.object({
  image: text.meta({ description: 'Image id, in the sandbox.' }),
  name: text.meta({ description: 'The name of that image.' }),
});

/** `demo --json`. */
export const demoSchema = z.object({
  ...head(SCHEMA_IDS.demo),
  outcome: outcome.meta({ description: 'How the roll ended.' }),
  reason: reason.loose().nullable().meta({ description: 'Why, where it did not end well.' }),
  consul: z
    .object({ kind: z.enum(['process', 'simulated']), version: text })
    .meta({ description: 'What the servers were: a process of Consul each, or simulated.' }),
  from: namedImage.meta({ description: 'What the cluster ran on.' }),
  to: namedImage.meta({ description: 'What it was rolled onto.' }),
  servers: z.array(serverEntry).meta({ description: 'Every server at the last look, oldest first.' }),
  writes: writes.meta({ description: 'What became of the writes that went on all the while.' }),
  elapsedMs: spanMs.meta({ description: 'How long the roll took.' }),
  leaderChanges: count.meta({ description: 'Changes of leader that it saw.' }),
  phases: z
    .array(
      z.object({
        name: text,
        startedAt: instant.meta({ description: 'When it began, UTC.' }),
        elapsedMs: spanMs.meta({ description: 'How long it was on.' }),
      }),
    )
    .meta({ description: 'The stages of the roll, in order.' }),
});

export type DemoDocument = Written<typeof demoSchema>;

/** `doctor --json`. */
export const doctorSchema = z.object({
  ...head(SCHEMA_IDS.doctor),
  cluster: text.meta({ description: 'The cluster.' }),
  group: text.nullable().meta({ description: 'The Auto Scaling group; null where it was not found.' }),
  image: text.nullable().meta({
    description: 'The image asked about, or else the one the group launches; null where neither is known.',
  }),
  servers: count.meta({ description: 'Servers of the group, whatever they answer.' }),
  counts: z
    .object({ pass: count, skip: count, warn: count, fail: count })
    .meta({ description: 'How many checks ended how.' }),
  checks: z
    .array(
      z.object({
        name: text.meta({ description: 'Stable: docs/doctor.md lists them.' }),
        verdict: z
          .enum(['pass', 'skip', 'warn', 'fail'])
          .meta({ description: '`skip`: it cannot be told without doing it.' }),
        saw: text.min(1).meta({ description: 'What was seen, one clause.' }),
        remedy: text
          .nullable()
          .meta({ description: 'What to do; null where it passes, or where there is nothing to do.' }),
      }),
    )
    .meta({ description: 'In the order in which they are printed.' }),
});

export type DoctorDocument = Written<typeof doctorSchema>;

/** `pause --json`. */
export const pauseSchema = z.object({
  ...head(SCHEMA_IDS.pause),
  cluster: text.meta({ description: 'The cluster.' }),
  rollId: text.meta({ description: 'The roll that is asked to stop after the step in hand.' }),
  running: z.boolean().nullable().meta({
    description:
      'Somebody runs it, and renewed its lock recently; where nobody does, nothing stops. Null where that could not be told.',
  }),
});

/** `user-data --json`. */
export const userDataSchema = z.object({
  ...head(SCHEMA_IDS['user-data']),
  script: text.meta({ description: 'The boot script.' }),
  base64: text.meta({ description: 'As launch configurations and templates carry it.' }),
  bytes: count.meta({
    description: 'What EC2 counts: before base64, and after gzip where that was asked for.',
  }),
  limit: count.meta({ description: 'How many EC2 takes.' }),
  checks: z
    .array(
      z.object({
        tool: z.enum(['bash', 'shellcheck']),
        result: z.enum(['passed', 'failed', 'not-installed']),
        output: text.meta({ description: 'What it said; empty where it passed.' }),
      }),
    )
    .meta({ description: 'What --check asked; empty without.' }),
});

/** `report --json`. */
export const reportSchema = z.object({
  ...head(SCHEMA_IDS.report),
  file: text.meta({ description: 'The page.' }),
  rollId: text.nullable().meta({ description: 'The roll; null where it ended before it had an id.' }),
  cluster: text.meta({ description: 'The cluster.' }),
  outcome: z
    .enum([...outcome.options, 'error'])
    .nullable()
    .meta({ description: 'How the roll ended; null where the record does not say.' }),
  flaws: z.array(text).meta({ description: 'What is wrong with the record, a sentence each.' }),
});

export type PauseDocument = Written<typeof pauseSchema>;
export type UserDataDocument = Written<typeof userDataSchema>;
export type ReportDocument = Written<typeof reportSchema>;

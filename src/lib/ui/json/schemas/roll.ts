import { z } from 'zod';
import { BASES, SPANS } from '../../../model/forecast.js';
import { outcome, reason, snapshot, state } from '../../events/parts.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { decision, head, plannedStep, serverEntry, type Written } from './parts.js';

const text = z.string();

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

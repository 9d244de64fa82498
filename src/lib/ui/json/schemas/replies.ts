import { z } from 'zod';
import { count, outcome } from '../../events/parts.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { head, type Written } from './parts.js';

const text = z.string();

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

import { z } from 'zod';
import { count } from '../../events/parts.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { head, type Written } from './parts.js';

const text = z.string();

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

import { z } from 'zod';
import { state } from '../../events/parts.js';
import { VERDICTS, type Verdict } from '../../verdict.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { decision, head, serverEntry, type Written } from './parts.js';

const text = z.string();
const epochMs = z.number().meta({ description: 'Epoch milliseconds.' });
const verdicts = Object.keys(VERDICTS) as Verdict[];

/** `status --json`. */
export const statusSchema = z.object({
  ...head(SCHEMA_IDS.status),
  cluster: text.meta({ description: 'The cluster.' }),
  at: z.iso.datetime().meta({ description: 'When it was looked at, UTC.' }),
  verdict: z.enum(verdicts).meta({
    description: 'The cluster and its roll in one word; each has an exit code of its own with --exit-code.',
  }),
  healthy: z
    .boolean()
    .meta({ description: 'One leader, every voter healthy, one more than the quorum needs.' }),
  state,
  roll: z
    .looseObject({
      rollId: text,
      direction: z.enum(['forward', 'back']),
      imageId: text,
      size: z.int(),
      surge: z.int(),
      startedAtMs: epochMs,
    })
    .nullable()
    .meta({ description: 'The roll that is recorded on the groups; null where none is going on.' }),
  lock: z
    .object({
      holder: text.meta({ description: 'Who runs it: `user@host pid`.' }),
      rollId: text,
      sinceMs: epochMs,
      renewedAtMs: epochMs,
      ttlMs: z.int().meta({ description: 'Unrenewed for this long, it is free.' }),
      alive: z.boolean().meta({ description: 'Renewed recently, by the clock of the holder.' }),
    })
    .nullable()
    .meta({ description: 'Who runs the roll; null where nobody does.' }),
  pausedBy: text.nullable().meta({ description: 'Who asked the roll to stop after the step in hand.' }),
  groups: z
    .array(
      z.looseObject({
        name: text,
        minSize: z.int(),
        maxSize: z.int(),
        desired: z.int(),
        suspended: z.array(text),
        instanceIds: z.array(text),
      }),
    )
    .meta({ description: 'The groups of the cluster, the old one first.' }),
  servers: z.array(serverEntry).meta({ description: 'Every server, oldest first.' }),
  next: decision.nullable().meta({ description: 'What the roll does next; null where none is going on.' }),
  healing: z
    .object({ ailments: z.array(z.looseObject({ kind: text })), what: z.array(text), next: z.array(text) })
    .meta({ description: 'What is not as it should be while nobody rolls, and what to do.' }),
});

export type StatusDocument = Written<typeof statusSchema>;

import { z } from 'zod';
import { count, instant, outcome, reason, spanMs, writes } from '../../events/parts.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { head, serverEntry, type Written } from './parts.js';

const text = z.string();
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

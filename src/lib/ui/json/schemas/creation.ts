import { z } from 'zod';
import { count, spanMs, state } from '../../events/parts.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { head, serverEntry, type Written } from './parts.js';

const text = z.string();

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

import { z } from 'zod';
import { outcome, phase as phaseOfEvents, reason } from '../../events/parts.js';

const text = z.string();

/** What every document has. */
export const head = <Id extends string>(id: Id) => ({
  schema: z.literal(id).meta({ description: 'Name and version of this document.' }),
  exitCode: z.int().meta({ description: 'What the command exits with.' }),
});

/** A document as its schema has it; nobody changes one. */
export type Written<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
const balancerState = z.enum(['in-service', 'out-of-service', 'registering', 'draining', 'absent', 'unused']);

/** One server in the documents of `--json`. */
export const serverEntry = z
  .object({
    instanceId: text.meta({ description: 'EC2 instance.' }),
    address: text.nullable().meta({ description: 'Private address; null until there is one.' }),
    zone: text.meta({ description: 'Availability zone.' }),
    side: z.enum(['old', 'new']).nullable().meta({ description: 'Null while no roll is going on.' }),
    image: text.meta({ description: 'Its machine image.' }),
    lifecycle: text.meta({ description: 'As Auto Scaling calls it: `Pending`, `InService`, ...' }),
    version: text.nullable().meta({ description: 'Of its Consul; null where that does not answer.' }),
    voter: z.boolean().meta({ description: 'It votes in Raft.' }),
    healthy: z
      .boolean()
      .nullable()
      .meta({ description: 'Autopilot calls it healthy; null until the leader has said who is.' }),
    leader: z.boolean().meta({ description: 'It leads.' }),
    balancers: z
      .record(text, balancerState)
      .meta({ description: 'Where it stands in each load balancer and target group.' }),
  })
  .meta({ id: 'serverEntry', description: 'One server.' });

export const budget = z
  .object({
    voters: z.int().meta({ description: 'Servers that vote.' }),
    healthy: z.int().meta({ description: 'Voters that are healthy.' }),
    quorum: z.int().meta({ description: 'Votes that a majority takes.' }),
    spare: z.int().meta({ description: 'Healthy voters beyond the quorum.' }),
  })
  .meta({ id: 'budget', description: 'The voters before a step.' });

const phase = phaseOfEvents.exclude(['preflight']);
const action = z
  .looseObject({ kind: text })
  .meta({ description: 'The step as data; its fields depend on its kind.' });

/** A step that is planned. */
export const plannedStep = z
  .object({
    phase: phase.meta({ description: 'The stage it belongs to.' }),
    action,
    what: text.meta({ description: 'What it does, as a short command.' }),
    why: text.meta({ description: 'Why this, why now.' }),
    budget: budget.nullish().meta({ description: 'The voters before it; null where they are not known.' }),
  })
  .meta({ id: 'plannedStep', description: 'A step of a roll that is still to be taken.' });

const wait = z.object({
  phase,
  for: z.looseObject({ kind: text }).meta({ description: 'What is waited for, as data.' }),
  limitMs: z.int().meta({ description: 'Patience, in milliseconds.' }),
  sinceMs: z.number().meta({ description: 'When it began, epoch milliseconds.' }),
  what: text.meta({ description: 'The same as a sentence.' }),
});

/** A decision knows nothing of locks and signals. */
const decided = outcome.exclude(['locked', 'interrupted']);

/** What a roll does next, or how it would end. */
export const decision = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('act'), step: plannedStep }),
    z.object({ kind: z.literal('wait'), wait }),
    z.object({ kind: z.literal('done'), outcome: decided }),
    z.object({ kind: z.literal('stop'), outcome: decided, reason: reason.loose() }),
  ])
  .meta({ id: 'decision', description: 'What comes next: a step, a wait, or an end.' });

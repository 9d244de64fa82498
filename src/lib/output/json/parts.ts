import { z } from 'zod';
import { OUTCOMES } from '../../model/outcome.js';
import { SERVER_STATE_NAMES } from '../server-states.js';

/** The phases of a roll, in order; `rollback` only where it rolls back. */
export const EVENT_PHASES = [
  'preflight',
  'snapshot',
  'prepare',
  'canary',
  'grow',
  'drain',
  'finish',
  'rollback',
] as const;

export const instantSchema = z.iso.datetime();
export const countSchema = z.int().min(0);
export const durationMsSchema = z.number().min(0);

export const phaseSchema = z.enum(EVENT_PHASES);

/** How a roll ends. */
export const outcomeSchema = z.enum(OUTCOMES);

const trafficStates = ['in-service', 'out-of-service', 'registering', 'draining', 'unused'] as const;

/** One server, as every document has it. */
export const serverSchema = z
  .object({
    instanceId: z.string().meta({ description: 'EC2 instance id.' }),
    address: z.string().nullable().meta({ description: 'Private IPv4 address; null until EC2 assigns one.' }),
    zone: z.string().meta({ description: 'Availability zone.' }),
    side: z
      .enum(['old', 'new'])
      .nullable()
      .meta({ description: '`old` is replaced, `new` replaces; null while no roll is in progress.' }),
    image: z.string().meta({ description: 'The image it was launched from.' }),
    lifecycle: z.string().meta({ description: 'As Auto Scaling calls it: `Pending`, `InService`, ...' }),
    consul: z.string().nullable().meta({ description: 'Consul version; null while Consul does not answer.' }),
    state: z.enum(SERVER_STATE_NAMES).meta({ description: 'Its state in one word: docs/events.md.' }),
    traffic: z
      .enum(trafficStates)
      .nullable()
      .meta({ description: 'The worst of its states in the load balancers; null where none lists it.' }),
    balancers: z
      .record(z.string(), z.enum([...trafficStates, 'absent']))
      .meta({ description: 'Its state in each load balancer and target group.' }),
    voter: z.boolean().meta({ description: 'It votes in Raft.' }),
    leader: z.boolean().meta({ description: 'It is the leader.' }),
    healthy: z
      .boolean()
      .nullable()
      .meta({ description: 'Autopilot calls it healthy; null until a new leader has reported health.' }),
    answering: z.boolean().meta({ description: 'Its own agent answers.' }),
    inService: z.boolean().meta({ description: 'It takes traffic from all its load balancers.' }),
  })
  .meta({ id: 'server', description: 'One server at one observation.' });

/** The voters. All null without an agreed leader. */
export const stateSchema = z
  .object({
    voters: countSchema.nullable().meta({ description: 'Servers that vote.' }),
    healthy: countSchema.nullable().meta({
      description: 'Healthy voters; null until a new leader has reported health.',
    }),
    quorum: countSchema.nullable().meta({ description: 'Votes that a majority needs.' }),
    margin: z.int().nullable().meta({
      description: 'Healthy voters beyond the quorum; below 0 the quorum is lost; null with `healthy`.',
    }),
    leader: z.string().nullable().meta({ description: 'Instance id of the leader.' }),
  })
  .meta({
    id: 'state',
    description: 'The voters of the cluster; all null without an agreed leader.',
  });

/** A step of the roll. */
export const stepSchema = z
  .object({
    phase: phaseSchema.meta({ description: 'The phase it belongs to.' }),
    action: z.string().meta({ description: 'What kind of step: `leave`, `terminate`, `create-group`, ...' }),
    instanceIds: z.array(z.string()).meta({ description: 'The servers it concerns.' }),
    group: z.string().nullable().meta({ description: 'The group it concerns.' }),
    what: z.string().meta({ description: 'What it does, as a short command.' }),
    why: z.string().meta({ description: 'The reason.' }),
  })
  .meta({ id: 'step', description: 'A step of the roll.' });

/** A wait of the roll. */
export const waitFields = {
  for: z.string().meta({ description: 'What kind of wait: `ready`, `drained`, `out-of-raft`, ...' }),
  instanceIds: z.array(z.string()).meta({ description: 'The servers waited for.' }),
  since: instantSchema.meta({ description: 'When the wait began, UTC.' }),
  limitMs: durationMsSchema.meta({ description: 'The limit, counted from then.' }),
};

/** Why something was refused or ended. */
export const reasonSchema = z
  .object({
    kind: z.string().meta({ description: 'Stable name: `timed-out`, `quorum-at-risk`, ...' }),
    sentence: z.string().meta({ description: 'The reason, with its numbers.' }),
    remedies: z.array(z.string()).meta({ description: 'What to do about it.' }),
    data: z.record(z.string(), z.unknown()).meta({ description: 'The ids, names and numbers of this kind of reason.' }),
  })
  .meta({ id: 'reason', description: 'Why something was refused, or ended without success.' });

export const snapshotSchema = z
  .object({
    path: z.string().meta({ description: 'The file, where consul-roll ran.' }),
    bytes: countSchema.meta({ description: 'Its size.' }),
  })
  .meta({ id: 'snapshot', description: 'The verified snapshot taken before the first change.' });

/** A typed error of a command. */
export const failureSchema = z
  .object({
    code: z.string().meta({ description: 'Stable name: `cluster-not-found`, ...' }),
    message: z.string().meta({ description: 'What happened.' }),
    state: z.string().meta({ description: 'What it means for the cluster.' }),
    next: z.string().meta({ description: 'The next safe command.' }),
  })
  .meta({ id: 'failure', description: 'What went wrong, and what to do.' });

/** Writes that went on during a roll. */
export const writesSchema = z.object({
  acknowledged: countSchema.meta({ description: 'Writes that Consul acknowledged.' }),
  failed: countSchema.meta({ description: 'Writes that failed.' }),
  lost: countSchema.meta({ description: 'Acknowledged, and missing at the end.' }),
  longestGapMs: durationMsSchema.meta({ description: 'The longest time without an acknowledged write.' }),
});

/** A leader. */
export const leaderSchema = z
  .object({
    address: z.string().meta({ description: 'Its address in Raft, `ip:8300`.' }),
    instanceId: z.string().nullable().meta({ description: 'The server at this address; null where it is unknown.' }),
  })
  .meta({ id: 'leader', description: 'A present or past leader.' });

export type ServerDocument = z.infer<typeof serverSchema>;
export type StateDocument = z.infer<typeof stateSchema>;
export type StepDocument = z.infer<typeof stepSchema>;
export type ReasonDocument = z.infer<typeof reasonSchema>;

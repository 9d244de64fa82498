import { z } from 'zod';
import { OUTCOMES } from '../../model/outcome.js';

/** How far a server has come or gone, as one word: its life from the launch to the end, and what may go wrong. */
export const SERVER_STATES = [
  'booting',
  'starting',
  'not-joined',
  'non-voter',
  'voter',
  'caught-up',
  'ready',
  'in-service',
  'draining',
  'leaving',
  'left',
  'terminating',
  'terminated',
  'unhealthy',
  'not-answering',
  'down',
  'gone',
  'no-leader',
  'electing',
] as const;

/** The stages a person follows, in the order of a roll; `back` where it turns round. */
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

/** One server at one look. */
export const serverSchema = z
  .object({
    instanceId: z.string().meta({ description: 'Its EC2 instance id.' }),
    address: z
      .string()
      .nullable()
      .meta({ description: 'Its private IPv4 address; null until EC2 assigns one.' }),
    zone: z.string().meta({ description: 'Its availability zone.' }),
    side: z.enum(['old', 'new']).meta({ description: 'Whether it is to be replaced, or replaces.' }),
    image: z.string().meta({ description: 'The image it was launched from.' }),
    consul: z.string().nullable().meta({ description: 'Its Consul version; null while it does not answer.' }),
    state: z
      .enum(SERVER_STATES)
      .meta({ description: 'How far it has come or gone, as one word; see the table below.' }),
    traffic: z.enum(['in-service', 'registering', 'draining', 'out-of-service', 'unused']).nullable().meta({
      description: 'Where it stands in the load balancers, the least good; null where none lists it.',
    }),
    voter: z.boolean().meta({ description: 'It votes in Raft.' }),
    leader: z.boolean().meta({ description: 'It leads.' }),
    healthy: z
      .boolean()
      .nullable()
      .meta({ description: 'Autopilot calls it healthy; null until the leader has said who is.' }),
    answering: z.boolean().meta({ description: 'Its own agent answers.' }),
    inService: z.boolean().meta({ description: 'It takes traffic from every load balancer it is to.' }),
  })
  .meta({ id: 'server', description: 'One server at one look.' });

/** The voters. All null where no server is a leader that all agree on. */
export const stateSchema = z
  .object({
    voters: countSchema.nullable().meta({ description: 'Servers that vote.' }),
    healthy: countSchema.nullable().meta({
      description: 'Voters that are healthy; null until a leader just elected has said who is.',
    }),
    quorum: countSchema.nullable().meta({ description: 'Votes that a majority takes.' }),
    margin: z.int().nullable().meta({
      description: 'Healthy voters beyond the quorum; below 0 the quorum is gone; null with `healthy`.',
    }),
    leader: z.string().nullable().meta({ description: 'Instance id of the leader.' }),
  })
  .meta({
    id: 'state',
    description: 'The voters of the cluster; all null where there is no leader that all agree on.',
  });

/** A step of the roll. */
export const stepSchema = z
  .object({
    phase: phaseSchema.meta({ description: 'The phase it belongs to.' }),
    action: z.string().meta({ description: 'What kind of step: `leave`, `terminate`, `create-group`, ...' }),
    instanceIds: z.array(z.string()).meta({ description: 'The servers it is about.' }),
    group: z.string().nullable().meta({ description: 'The group it is about.' }),
    what: z.string().meta({ description: 'What it does, as a short command.' }),
    why: z.string().meta({ description: 'Why this, why now.' }),
  })
  .meta({ id: 'step', description: 'A step of the roll.' });

/** Why something was refused or ended. */
export const reasonSchema = z
  .object({
    kind: z.string().meta({ description: 'Its stable name: `timed-out`, `quorum-at-risk`, ...' }),
    sentence: z.string().meta({ description: 'The reason, with its numbers.' }),
    remedies: z.array(z.string()).meta({ description: 'What to do about it.' }),
  })
  .meta({ id: 'reason', description: 'Why something was refused, or ended as it did.' });

export const snapshotSchema = z
  .object({
    path: z.string().meta({ description: 'The file, where consul-roll ran.' }),
    bytes: countSchema.meta({ description: 'Its size.' }),
  })
  .meta({ id: 'snapshot', description: 'The verified snapshot taken before the first change.' });

/** An error that a command knows. */
export const failureSchema = z
  .object({
    code: z.string().meta({ description: 'Its stable name: `cluster-not-found`, ...' }),
    message: z.string().meta({ description: 'What happened.' }),
    state: z.string().meta({ description: 'What it means for the cluster.' }),
    next: z.string().meta({ description: 'The next safe command.' }),
  })
  .meta({ id: 'failure', description: 'What went wrong, and what to do.' });

/** Writes that went on during a roll. */
export const writesSchema = z.object({
  acknowledged: countSchema.meta({ description: 'Writes that Consul acknowledged.' }),
  failed: countSchema.meta({ description: 'Writes that failed.' }),
  lost: countSchema.meta({ description: 'Acknowledged, and not there at the end.' }),
  longestGapMs: durationMsSchema.meta({ description: 'The longest time without an acknowledged one.' }),
});

/** Who leads. */
export const leaderSchema = z
  .object({
    address: z.string().meta({ description: 'Its address in Raft, `ip:8300`.' }),
    instanceId: z.string().nullable().meta({ description: 'The server there; null where it is not known.' }),
  })
  .meta({ id: 'leader', description: 'A server that leads or led.' });

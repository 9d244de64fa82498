import * as z from 'zod';
import { PHASES } from '../../model/decision.js';
import { OUTCOMES } from '../../model/outcome.js';
import { SERVER_STATE_NAMES } from '../server-states.js';

export const instantSchema = z.iso.datetime();
export const countSchema = z.int().min(0);
/** Of servers: a file of events may be anyone's, and a chart is drawn from them. */
const serverCountSchema = countSchema.max(1000);
export const durationMsSchema = z.number().min(0);

/** A phase of a roll, or the preflight before them. */
export const phaseSchema = z.enum(['preflight', ...PHASES]);

/** How a roll ends. */
export const outcomeSchema = z.enum(OUTCOMES);

const trafficStates = ['in-service', 'out-of-service', 'registering', 'draining', 'unused'] as const;

/** One server, as every document has it. */
export const serverSchema = z
  .object({
    instanceId: z.string().describe('EC2 instance id.'),
    address: z.string().nullable().describe('Private IPv4 address; null until EC2 assigns one.'),
    zone: z.string().describe('Availability zone.'),
    side: z
      .enum(['old', 'new'])
      .nullable()
      .describe('`old` is replaced, `new` replaces; null while no roll is in progress.'),
    image: z.string().describe('The image it was launched from.'),
    lifecycle: z.string().describe('As Auto Scaling calls it: `Pending`, `InService`, ...'),
    consul: z.string().nullable().describe('Consul version; null while Consul does not answer.'),
    state: z.enum(SERVER_STATE_NAMES).describe('Its state in one word: docs/events.md.'),
    traffic: z
      .enum(trafficStates)
      .nullable()
      .describe('The worst of its states in the load balancers; null where none lists it.'),
    balancers: z
      .record(z.string(), z.enum([...trafficStates, 'absent']))
      .describe('Its state in each load balancer and target group.'),
    voter: z.boolean().describe('It votes in Raft.'),
    leader: z.boolean().describe('It is the leader.'),
    healthy: z
      .boolean()
      .nullable()
      .describe('Autopilot calls it healthy; null until a new leader has reported health.'),
    answering: z.boolean().describe('Its own agent answers.'),
    inService: z.boolean().describe('It takes traffic from all its load balancers.'),
  })
  .meta({ id: 'server', description: 'One server at one observation.' });

/** The voters. All null without an agreed leader. */
export const stateSchema = z
  .object({
    voters: serverCountSchema.nullable().describe('Servers that vote.'),
    healthy: serverCountSchema.nullable().describe('Healthy voters; null until a new leader has reported health.'),
    quorum: serverCountSchema.nullable().describe('Votes that a majority needs.'),
    margin: z
      .int()
      .nullable()
      .describe('Healthy voters beyond the quorum; below 0 the quorum is lost; null with `healthy`.'),
    leader: z.string().nullable().describe('Instance id of the leader.'),
  })
  .meta({ id: 'state', description: 'The voters of the cluster; all null without an agreed leader.' });

/** A step of the roll. */
export const stepSchema = z
  .object({
    phase: phaseSchema.describe('The phase it belongs to.'),
    action: z.string().describe('What kind of step: `leave`, `terminate`, `create-group`, ...'),
    instanceIds: z.array(z.string()).describe('The servers it concerns.'),
    group: z.string().nullable().describe('The group it concerns.'),
    what: z.string().describe('What it does, as a short command.'),
    why: z.string().describe('The reason.'),
  })
  .meta({ id: 'step', description: 'A step of the roll.' });

/** A wait of the roll. */
export const waitFields = {
  for: z.string().describe('What kind of wait: `ready`, `drained`, `out-of-raft`, ...'),
  instanceIds: z.array(z.string()).describe('The servers waited for.'),
  since: instantSchema.describe('When the wait began, UTC.'),
  limitMs: durationMsSchema.describe('The limit, counted from then.'),
};

/** Why something was refused or ended. */
export const reasonSchema = z
  .object({
    kind: z.string().describe('Stable name: `timed-out`, `quorum-at-risk`, ...'),
    sentence: z.string().describe('The reason, with its numbers.'),
    remedies: z.array(z.string()).describe('What to do about it.'),
    data: z.record(z.string(), z.unknown()).describe('The ids, names and numbers of this kind of reason.'),
  })
  .meta({ id: 'reason', description: 'Why something was refused, or ended without success.' });

export const snapshotSchema = z
  .object({ path: z.string().describe('The file, where consul-roll ran.'), bytes: countSchema.describe('Its size.') })
  .meta({ id: 'snapshot', description: 'The verified snapshot taken before the first change.' });

/** A typed error of a command. */
export const failureSchema = z
  .object({
    code: z.string().describe('Stable name: `cluster-not-found`, ...'),
    message: z.string().describe('What happened.'),
    state: z.string().describe('What it means for the cluster.'),
    next: z.string().describe('The next safe command.'),
  })
  .meta({ id: 'failure', description: 'What went wrong, and what to do.' });

/** Writes that went on during a roll. */
export const writesSchema = z.object({
  acknowledged: countSchema.describe('Writes that Consul acknowledged.'),
  failed: countSchema.describe('Writes that failed.'),
  lost: countSchema.describe('Acknowledged, and missing at the end.'),
  longestGapMs: durationMsSchema.describe('The longest time without an acknowledged write.'),
});

/** A leader. */
export const leaderSchema = z
  .object({
    address: z.string().describe('Its address in Raft, `ip:8300`.'),
    instanceId: z.string().nullable().describe('The server at this address; null where it is unknown.'),
  })
  .meta({ id: 'leader', description: 'A present or past leader.' });

export type ServerDocument = z.infer<typeof serverSchema>;
export type StateDocument = z.infer<typeof stateSchema>;
export type StepDocument = z.infer<typeof stepSchema>;
export type ReasonDocument = z.infer<typeof reasonSchema>;

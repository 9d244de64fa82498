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

/** A server of the roll that did not become ready. */
export const serverFailureSchema = z
  .object({
    instanceId: z.string().describe('The server.'),
    sentence: z.string().describe('How far it came.'),
    furthestGate: z.string().nullable().describe('The last gate that it passed, of those in order; null for none.'),
    furthestAt: instantSchema.nullable().describe('When it was first observed so far, UTC.'),
    furthestAfterMs: durationMsSchema.nullable().describe('How long after its launch that was.'),
    failedGates: z.array(z.string()).describe('Gates that it does not pass, in order.'),
    console: z
      .array(z.string())
      .nullable()
      .describe('What EC2 has of its console, oldest line first; null if that was not read. Known secrets are masked.'),
    consoleError: z.string().nullable().describe('Why the console was not read.'),
  })
  .meta({ id: 'serverFailure', description: 'A server of the roll that did not become ready, and its console.' });

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

/** Where a roll happens. */
export const whereSchema = z
  .object({
    account: z.string().describe('The AWS account: twelve digits.'),
    alias: z.string().nullable().describe('Its alias; null if it has none, or the caller may not read it.'),
    region: z.string(),
    arn: z.string().describe('The caller, as AWS names it.'),
  })
  .meta({ id: 'where', description: 'The account, the region and the caller; null if they could not be read.' });

/** Writes that went on during a roll. */
export const writesSchema = z.object({
  acknowledged: countSchema.describe('Writes that Consul acknowledged.'),
  failed: countSchema.describe('Writes that failed.'),
  lost: countSchema.describe('Acknowledged, and missing at the end.'),
  longestGapMs: durationMsSchema.describe('The longest time without an acknowledged write.'),
});

/** What a roll spends its time on: a wait for the cluster or for AWS, work of its own, or nothing. */
export const TIME_USES = {
  wait: 'for the cluster or AWS; `for` is the wait',
  step: 'on a step; `for` is its action',
  observation: 'on reading the cluster, and on the safety check of the next step',
  retry: 'until something that failed is tried again; `for` is the action, or `observation`',
  refusal: 'until a step that the safety check refused is tried again; `for` is the reason',
  hook: 'on a hook; `for` is when it runs',
  lock: 'for the lock, which another run holds',
  'no-process': 'between two runs: no process was running',
  'not-recorded': 'after the last record of a process that was killed',
} as const;
export type TimeUse = keyof typeof TIME_USES;
const timeUseNames = Object.keys(TIME_USES) as TimeUse[];

/** Time in which the roll did one thing. Epoch milliseconds. */
export interface TimeSpent extends TimeUseOf {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TimeUseOf {
  readonly phase: z.infer<typeof phaseSchema>;
  readonly use: TimeUse;
  /** The stable name of a wait, an action or a reason. */
  readonly for: string | null;
  /** The servers concerned. */
  readonly instanceIds: readonly string[];
}

/** All time of one use, in milliseconds. */
export interface TimeSum extends Pick<TimeSpent, 'use' | 'for'> {
  /** Of spans. */
  readonly count: number;
  readonly elapsedMs: number;
}

/** Time in which a roll did one thing, without its end and its phase. */
export const timeSpanFields = {
  from: instantSchema.describe('When it began, UTC.'),
  elapsedMs: durationMsSchema.describe('How long it took.'),
  use: z.enum(timeUseNames).describe('What the time was spent on: docs/events.md.'),
  for: z
    .string()
    .nullable()
    .describe('The stable name of the wait, the action or the reason: `ready`, `drained`, `terminate`, ...'),
  instanceIds: z.array(z.string()).describe('The servers concerned.'),
};

/** What a roll spent its time on. */
export const timeSchema = z
  .object({
    elapsedMs: durationMsSchema.describe('All of it: the sum of the spans.'),
    sums: z
      .array(
        z.object({
          use: timeSpanFields.use,
          for: timeSpanFields.for,
          count: countSchema.describe('Of spans.'),
          elapsedMs: durationMsSchema.describe('Together.'),
        }),
      )
      .describe('The time by what it was spent on, the longest first.'),
    spans: z
      .array(
        z.object({
          to: instantSchema.describe('When it ended, UTC: the next span begins then.'),
          phase: phaseSchema.describe('The phase the roll was in.'),
          ...timeSpanFields,
        }),
      )
      .describe('Every span, in order, without gaps.'),
  })
  .meta({ id: 'time', description: 'What a roll spent its time on.' });

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
export type ServerFailureDocument = z.infer<typeof serverFailureSchema>;
export type TimeDocument = z.infer<typeof timeSchema>;
const timeSpanSchema = z.object(timeSpanFields);
export type TimeSpanDocument = z.infer<typeof timeSpanSchema>;

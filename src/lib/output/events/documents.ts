import { budgetKnown, isInService, isJudged, leaderOf } from '../../engine/decide/servers.js';
import type { Action } from '../../model/action.js';
import type { Step, WaitFor } from '../../model/decision.js';
import type { RollEvent } from '../../model/events.js';
import { strategyOf } from '../../model/intent.js';
import type { Survey } from '../../model/observation.js';
import type { KnownBudget } from '../../model/raft.js';
import { type BalancerState, hostOf, type Server } from '../../model/server.js';
import { sayingsOf } from '../plain/log-lines.js';
import { currentStage, type Progress, type Stage } from '../progress.js';
import { type RaftWord, raftWord, worstBalancerState } from '../server-list.js';
import { describeAction } from '../text/actions.js';
import { countIn, spanOf, uncapitalized } from '../text/format.js';
import { describeWait, stateOf } from '../text/waits.js';
import { reasonDocument } from './ending.js';
import type { Route, RunFacts } from './event-recorder.js';
import type { DocumentOf, EventDocument, ServerDocument, ServerState, StateDocument } from './schema.js';

/** What an event is put together with: the run, and how far it has come with this event. */
export interface Setting {
  readonly run: RunFacts;
  readonly route: Route;
  readonly progress: Progress;
  /** The phase before this event. */
  readonly from: Stage;
}

type Common = 'schema' | 'at' | 'number' | 'cluster' | 'rollId' | 'phase' | 'text';
/** What a kind of document has beside what all have. */
type OwnPart<D extends EventDocument> = D extends EventDocument ? Omit<D, Common> : never;
export type OwnFields = OwnPart<EventDocument>;

type RecordedKind = Exclude<RollEvent['kind'], 'ended'>;
/** An event that is recorded as it comes; the end is recorded when all is known. */
export type RecordedEvent = Extract<RollEvent, { kind: RecordedKind }>;
type EventOf<K extends RecordedKind> = Extract<RollEvent, { kind: K }>;

/** What an event has to say, as data. */
export function fieldsOf(event: RecordedEvent, setting: Setting): OwnFields {
  return fields(event.kind, event, setting);
}

function fields<K extends RecordedKind>(kind: K, event: EventOf<K>, setting: Setting): OwnFields {
  return FIELDS[kind](event, setting);
}

const FIELDS: {
  readonly [K in RecordedKind]: (event: EventOf<K>, setting: Setting) => OwnPart<DocumentOf<K>>;
} = {
  started: startedFields,
  looked: ({ survey }, { progress }) => ({
    kind: 'looked',
    state: stateDocument(survey),
    servers: survey.servers.map((server) => serverDocument(server, survey)),
    progress: countIn(progress) ?? null,
    snapshot: survey.history.snapshot ?? null,
    launchFailures: [survey.old, survey.new].flatMap((group) =>
      group?.launchFailure === undefined ? [] : [{ group: group.name, why: group.launchFailure }],
    ),
  }),
  'look-failed': ({ message, inARow }) => ({ kind: 'look-failed', message, inARow }),
  phase: (_, { from }) => ({ kind: 'phase', from }),
  waiting: ({ wait }) => ({
    kind: 'waiting',
    for: wait.for.kind,
    instanceIds: serversOf(wait.for),
    since: timeOf(wait.sinceMs),
    limitMs: wait.limitMs,
  }),
  'step-started': ({ step, number }, { progress }) => ({
    kind: 'step-started',
    step: stepDocument(step),
    stepNumber: number,
    state: stateAtStep(step, progress),
  }),
  'step-done': ({ step, number, elapsedMs }) => ({
    kind: 'step-done',
    step: stepDocument(step),
    stepNumber: number,
    elapsedMs: elapsedMs ?? null,
  }),
  'step-refused': ({ step, reason }) => ({
    kind: 'step-refused',
    step: stepDocument(step),
    reason: reasonDocument(reason),
  }),
  'step-failed': ({ step, message }) => ({ kind: 'step-failed', step: stepDocument(step), message }),
  'leader-changed': ({ from, to }, { progress: { survey } }) => ({
    kind: 'leader-changed',
    from: from === undefined ? null : leaderAt(from, survey),
    to: leaderAt(to, survey),
  }),
  'lock-held': ({ holder }) => ({
    kind: 'lock-held',
    holder: holder.holder,
    holderRollId: holder.rollId,
    since: timeOf(holder.sinceMs),
    ttlMs: holder.ttlMs,
  }),
  hook: ({ hook, moment, news }) => ({
    kind: 'hook',
    on: hook.on,
    run: hook.run,
    onFailure: hook.onFailure,
    instanceId: moment.server?.instanceId ?? null,
    state: news.kind === 'ended' ? (news.end.kind === 'passed' ? 'passed' : 'failed') : news.kind,
    line: news.kind === 'output' ? news.line : null,
    elapsedMs: news.kind === 'ended' ? news.elapsedMs : null,
  }),
  warning: ({ message }) => ({ kind: 'warning', message }),
  'pause-requested': ({ by }) => ({ kind: 'pause-requested', by: by ?? null }),
  'stop-requested': () => ({ kind: 'stop-requested' }),
};

/** The voters when a step was chosen; what the last look saw of them, where they were not all known then. */
function stateAtStep({ budget }: Step, { survey }: Progress): StateDocument {
  const seen = survey && stateDocument(survey);
  if (budget === undefined && seen !== undefined) return seen;
  return budgetDocument(budget, seen?.leader ?? undefined);
}

function startedFields(
  { intent, resumed }: EventOf<'started'>,
  { run, route }: Setting,
): OwnPart<DocumentOf<'started'>> {
  const { program, limits, intervalMs } = run;
  const { from, toName } = route;
  return {
    kind: 'started',
    program,
    resumed,
    begunAt: timeOf(intent.startedAtMs),
    direction: intent.direction,
    strategy: strategyOf(intent),
    size: intent.size,
    surge: intent.surge,
    keepOld: intent.keepOld,
    groups: { old: intent.oldGroup, new: intent.newGroup },
    from: { image: from.image ?? null, name: from.name ?? null, consul: [...from.consul] },
    to: { image: intent.imageId, name: toName ?? null },
    limits: { ...limits, intervalMs },
  };
}

/** ISO 8601, UTC, with milliseconds. */
export function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The phase a roll is in. */
export function phaseOf(progress: Progress): Stage {
  return currentStage(progress)?.name ?? 'preflight';
}

function stepDocument({ phase, action, why }: Step): DocumentOf<'step-started'>['step'] {
  return {
    phase,
    action: action.kind,
    instanceIds: serversOf(action),
    group: 'group' in action ? action.group : null,
    what: describeAction(action),
    why,
  };
}

/** The servers that an action or a wait is about. */
function serversOf(about: Action | WaitFor): string[] {
  if ('instanceIds' in about) return [...about.instanceIds];
  if ('instanceId' in about) return [about.instanceId];
  if (about.kind === 'transfer-leadership') return [about.to];
  return about.kind === 'leadership' && about.towards !== undefined ? [about.towards] : [];
}

function leaderAt(address: string, survey: Survey | undefined): DocumentOf<'leader-changed'>['to'] {
  const host = hostOf(address);
  const server = survey?.servers.find((one) => one.address === host);
  return { address, instanceId: server?.instanceId ?? null };
}

/** What the views say of a server in Consul, as the documents name it; the words may change, these may not. */
const STATES: Readonly<Record<RaftWord, ServerState>> = {
  booting: 'booting',
  starting: 'starting',
  'not joined': 'not-joined',
  'non-voter': 'non-voter',
  voter: 'voter',
  'caught up': 'caught-up',
  ready: 'ready',
  leader: 'voter',
  leaving: 'leaving',
  left: 'left',
  terminating: 'terminating',
  terminated: 'terminated',
  unhealthy: 'unhealthy',
  'not answering': 'not-answering',
  down: 'down',
  gone: 'gone',
  'no leader': 'no-leader',
  electing: 'electing',
};

/** A server as one look saw it. */
export function serverDocument(server: Server, survey: Survey): ServerDocument {
  const { agent, peer } = server;
  return {
    instanceId: server.instanceId,
    address: server.address ?? null,
    zone: server.zone,
    side: server.side,
    image: server.imageId,
    consul: agent.kind === 'up' ? agent.version : null,
    state: stateOfServer(server, survey),
    traffic: trafficOf(worstBalancerState(server)),
    voter: peer?.voter ?? false,
    leader: peer?.leader ?? false,
    healthy: isJudged(survey) ? (peer?.healthy ?? false) : null,
    answering: agent.kind === 'up',
    inService: takesTraffic(server),
  };
}

/** The voters as one look saw them. */
export function stateDocument(survey: Survey): StateDocument {
  return budgetDocument(budgetKnown(survey), leaderOf(survey)?.instanceId);
}

/** The voters there are, with who leads. */
export function budgetDocument(budget: KnownBudget | undefined, leader: string | undefined): StateDocument {
  return {
    voters: budget?.voters ?? null,
    healthy: budget?.healthy ?? null,
    quorum: budget?.quorum ?? null,
    spare: budget?.spare ?? null,
    leader: (budget && leader) ?? null,
  };
}

/** A member of the cluster is told by its traffic, anything else by what it is in Consul. */
function stateOfServer(server: Server, survey: Survey): ServerState {
  const state = STATES[raftWord(server, survey)];
  if (!['voter', 'caught-up', 'ready'].includes(state)) return state;
  if (worstBalancerState(server) === 'draining') return 'draining';
  return takesTraffic(server) ? 'in-service' : state;
}

/** Where no load balancer sends traffic, clients find a voter by themselves. */
function takesTraffic(server: Server): boolean {
  const balanced = Object.keys(server.balancers).length > 0;
  return balanced ? isInService(server) : server.peer?.voter === true;
}

function trafficOf(state: BalancerState | undefined): ServerDocument['traffic'] {
  return state === undefined || state === 'absent' ? null : state;
}

/** Name and version of every event document. The version grows when a field changes its meaning or goes away. */
export const EVENT_SCHEMA = 'consul-roll/event/1';

/** An event in words: those of the log where it has any. @param before the look before, where there was one */
export function wordsOf(event: RecordedEvent, before: Survey | undefined): string {
  const said = sayingsOf(event, before).map(({ what, why }) =>
    why === undefined ? what : `${what}: ${why}`,
  );
  return said.length > 0 ? said.join('; ') : quietWords(event);
}

/** What the log does not say. */
function quietWords(event: RecordedEvent): string {
  switch (event.kind) {
    case 'phase':
      return `${event.phase} begins`;
    case 'step-done': {
      const span = event.elapsedMs === undefined ? '' : ` in ${spanOf(event.elapsedMs)}`;
      return `done${span}: ${uncapitalized(describeAction(event.step.action))}`;
    }
    case 'look-failed':
      return `still cannot look: ${event.message}`;
    case 'looked':
      return event.decision.kind === 'wait'
        ? `still ${describeWait(event.decision.wait, event.atMs)}`
        : stateOf(event.survey);
    default:
      return event.kind;
  }
}

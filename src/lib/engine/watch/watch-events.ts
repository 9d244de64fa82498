import type { Action } from '../../model/action.js';
import { type Phase, type Step, type Wait, waitKey } from '../../model/decision.js';
import type { RollEvent, Said } from '../../model/events.js';
import type { Intent, Limits } from '../../model/intent.js';
import type { History, Survey } from '../../model/observation.js';
import type { Status } from '../../model/plan.js';
import { hostOf, type Server } from '../../model/server.js';
import type { Refusal } from '../../model/stop-reason.js';
import { tagsOf } from '../../model/tags.js';
import { rememberLook } from '../decide/memory.js';
import { isTerminating } from '../decide/servers.js';
import { planToEnd } from '../plan/fold.js';
import { isRolled, isSameRun, type Run, runWith } from './watch.js';
import { beginStory, type Chapter, continued, type Story, turned, turnedUnseen } from './watch-state.js';

/** What is known once a look was taken. */
export interface Seen {
  readonly status: Status;
  /** What its looks add up to, as a run of the roll counts them. */
  readonly history: History;
  /** Undefined while no roll is going on, or none whose end could be told yet. */
  readonly story: Story | undefined;
  /** The last leader that all agreed on, `ip:8300`. */
  readonly leader: string | undefined;
  /** Steps told of so far. */
  readonly steps: number;
  readonly leaderChanges: number;
  /** The run of the roll that is going on, or was last; undefined before there was one. */
  readonly run: Run | undefined;
  /** Of them, those that were told while the lock was in the hands it is in. */
  readonly runSteps: number;
  /** The wait that was told last, by its key. */
  readonly waitTold: string | undefined;
  /** Why it was turned back, where it was and that is known. */
  readonly turnedBack: Refusal | undefined;
}

/**
 * What a roll run by somebody else has done since the last look, as it would have told it itself. Pure: what is known
 * goes in, and comes out with this look in it.
 *
 * @param before undefined at the first look
 */
export function eventsBetween(
  before: Seen | undefined,
  status: Status,
  limits: Limits,
): { readonly events: readonly RollEvent[]; readonly seen: Seen } {
  const { steps = [], story } = stepsBetween(before, status, limits);
  const counted = before?.steps ?? 0;
  const leader = status.survey.raft?.leader ?? before?.leader;
  const history = { ...rowsWith(before, status, limits), leaves: story?.leaves ?? {} };
  const known = { ...status, survey: { ...status.survey, history } };
  const wait = newWait(before, known);
  const run = runWith(before, status);
  const changes = leaderChange(before?.leader, leader);
  const told: Said[] = [
    ...(status.intent === undefined || isSameRoll(before?.status, status)
      ? []
      : [started(status.intent, run, before !== undefined)]),
    ...pauseAsked(before?.run, run),
    ...steps.flatMap((step, n) => stepTold(step, counted + n + 1)),
    ...changes,
    ...looked(known, wait),
  ];
  const { atMs } = status.survey;
  return {
    events: told.map((said) => ({ ...said, atMs })),
    seen: {
      status,
      history,
      story,
      leader,
      steps: counted + steps.length,
      leaderChanges: (before?.leaderChanges ?? 0) + changes.length,
      runSteps: isRunBefore(before?.status, status) ? (before?.runSteps ?? 0) + steps.length : 0,
      run,
      waitTold: wait === undefined ? before?.waitTold : waitKey(wait.for),
      turnedBack: steps.map(reasonOfTurn).find((reason) => reason !== undefined) ?? before?.turnedBack,
    },
  };
}

function isSameRoll(before: Status | undefined, after: Status): boolean {
  return before?.intent !== undefined && before.intent.rollId === after.intent?.rollId;
}

/** Whoever runs it now ran it at the look before; a roll that was none then is run by who has begun it. */
function isRunBefore(before: Status | undefined, after: Status): boolean {
  return before !== undefined && (before.intent === undefined || isSameRun(before.lock, after.lock));
}

function reasonOfTurn({ action }: Step): Refusal | undefined {
  return action.kind === 'turn-back' ? action.reason : undefined;
}

function started(intent: Intent, run: Run | undefined, isNew: boolean): Said {
  const watched = { holder: run?.lock?.holder, sinceMs: run?.sinceMs ?? intent.startedAtMs };
  return { kind: 'started', intent, resumed: !isNew, watched };
}

function stepTold(step: Step, number: number): Said[] {
  return [
    { kind: 'phase', phase: step.phase },
    { kind: 'step-started', step, number },
    { kind: 'step-done', step, number, elapsedMs: undefined },
  ];
}

function pauseAsked(before: Run | undefined, run: Run | undefined): Said[] {
  const by = run?.pausedBy;
  return by === undefined || by === before?.pausedBy ? [] : [{ kind: 'pause-requested', by }];
}

function leaderChange(from: string | undefined, to: string | undefined): Said[] {
  return from === undefined || to === undefined || from === to ? [] : [{ kind: 'leader-changed', from, to }];
}

function looked({ survey, next }: Status, wait: Wait | undefined): Said[] {
  if (next === undefined) return [];
  const phase = phaseOf(next);
  return [
    ...(phase === undefined ? [] : [{ kind: 'phase', phase } as const]),
    { kind: 'looked', survey, decision: next },
    ...(wait === undefined ? [] : [{ kind: 'waiting', wait } as const]),
  ];
}

/**
 * A wait that was not told yet. Servers that were ready at the look before may just flicker, and whoever runs the roll
 * need not have seen that: so it is told at the second look that shows it.
 */
function newWait(before: Seen | undefined, { next }: Status): Wait | undefined {
  if (next?.kind !== 'wait') return undefined;
  const { wait } = next;
  const key = waitKey(wait.for);
  const last = before?.status.next;
  const isOn = last?.kind === 'wait' && waitKey(last.wait.for) === key;
  if (isOn) return before?.waitTold === key ? undefined : wait;
  return wait.for.kind === 'ready' && wereReady(before, wait.for.instanceIds) ? undefined : wait;
}

function wereReady(before: Seen | undefined, instanceIds: readonly string[]): boolean {
  return before !== undefined && instanceIds.every((id) => before.history.proved.includes(id));
}

function phaseOf(next: NonNullable<Status['next']>): Phase | undefined {
  if (next.kind === 'act') return next.step.phase;
  return next.kind === 'wait' ? next.wait.phase : undefined;
}

/**
 * The rows of looks: what is shown as proved has passed every gate as many looks in a row as the roll asks for, or was
 * proved before this watch; and whoever takes traffic was.
 */
export function rowsWith(
  before: { readonly history: History } | undefined,
  { survey }: Pick<Status, 'survey'>,
  limits: Limits,
): History {
  const { stabilizationMs } = survey.history;
  if (before === undefined) return survey.history;
  const rows = rememberLook({ ...survey, history: before.history }, limits, 0);
  const serving = survey.servers.filter(isListed).map(({ instanceId }) => instanceId);
  return { ...rows, proved: [...new Set([...rows.proved, ...serving])], stabilizationMs };
}

/**
 * The step with the names it had in the end, as far as its effect is to be seen; undefined where it is not. Where nothing
 * tells the effect of a step, that it is left no more does.
 *
 * @param before what was told of a server before, by `tellingOf`
 */
export function seenDone(step: Step, survey: Survey, before: ReadonlySet<string>): Step | undefined {
  const { action } = step;
  const { servers } = survey;
  switch (action.kind) {
    case 'register': {
      const fresh = servers.filter((server) => isListed(server) && !before.has(registering(server)));
      const instanceIds = fresh.map(({ instanceId }) => instanceId);
      return instanceIds.length === 0 ? undefined : { ...step, action: { ...action, instanceIds } };
    }
    case 'transfer-leadership': {
      const leader = servers.find(({ peer }) => peer?.leader === true);
      if (leader?.peer === undefined || leader.side === leavingSide(step)) return undefined;
      return { ...step, action: { ...action, to: leader.instanceId, peerId: leader.peer.id } };
    }
    case 'deregister':
      return isListed(named(servers, action.instanceId)) ? undefined : step;
    case 'leave':
      return named(servers, action.instanceId)?.peer === undefined ? step : undefined;
    case 'terminate': {
      const server = named(servers, action.instanceId);
      return server === undefined || isTerminating(server) || server.lifecycle === 'Gone' ? step : undefined;
    }
    case 'freeze':
      return action.processes.every((process) => isFrozen(survey, action.group, process)) ? step : undefined;
    case 'thaw':
      return action.processes.some((process) => isFrozen(survey, action.group, process)) ? undefined : step;
    default:
      return step;
  }
}

/**
 * Whether this was done, told by its effect alone: also while there is no leader to say who belongs to Raft. Servers keep
 * who crashed in their configuration, and drop who has left.
 */
export function isPlainlyDone({ action }: Step, { servers, raft }: Survey): boolean {
  if (action.kind !== 'leave' && action.kind !== 'deregister' && action.kind !== 'terminate') return false;
  const server = named(servers, action.instanceId);
  if (action.kind === 'terminate') return server === undefined || isTerminating(server);
  if (server === undefined) return false;
  if (action.kind === 'deregister') return !isListed(server);
  if (raft !== undefined) return server.peer === undefined;
  const lists = servers.flatMap(({ instanceId, agent }) =>
    instanceId === server.instanceId || agent.kind === 'down' || agent.peers.length === 0
      ? []
      : [agent.peers],
  );
  return lists.length > 0 && lists.every((peers) => !peers.some((one) => hostOf(one) === server.address));
}

/** What is told of each server by an action, as far as a roll does that to a server once only in one direction. */
export function tellingOf(action: Action): readonly string[] {
  switch (action.kind) {
    case 'register':
      return action.instanceIds.map((instanceId) => registering({ instanceId }));
    case 'deregister':
    case 'leave':
    case 'terminate':
      return [`${action.kind} ${action.instanceId}`];
    default:
      return [];
  }
}

/** What need not be told: the servers that take traffic already. */
export function toldAtFirst({ servers }: Survey): readonly string[] {
  return servers.filter(isListed).map(registering);
}

function registering({ instanceId }: Pick<Server, 'instanceId'>): string {
  return `register ${instanceId}`;
}

function isFrozen(survey: Survey, name: string, process: string): boolean {
  const group = [survey.old, survey.new].find((one) => one?.name === name);
  return group?.suspended.includes(process) === true;
}

function leavingSide({ phase }: Step): Server['side'] {
  return phase === 'back' ? 'new' : 'old';
}

function named(servers: readonly Server[], instanceId: string): Server | undefined {
  return servers.find((server) => server.instanceId === instanceId);
}

/** A load balancer sends it traffic, or will. */
export function isListed(server: Server | undefined): boolean {
  const states = Object.values(server?.balancers ?? {});
  return states.some((state) => state !== 'absent' && state !== 'draining');
}

/** A roll as one look saw it, with the steps that were left to take. */
export interface Sight {
  readonly survey: Survey;
  readonly intent: Intent;
  readonly left: readonly Step[];
}

/**
 * What is left of the roll that this look saw. Undefined where there is none, and where the steps to its end cannot be
 * told just then: amid an election, or while a server does not answer.
 *
 * @param leaves who has left, and when: the roll itself remembers it, and terminates in that order
 */
export function sightOf(
  { survey, intent }: Pick<Status, 'survey' | 'intent'>,
  limits: Limits,
  leaves: History['leaves'] = {},
): Sight | undefined {
  if (intent === undefined) return undefined;
  const remembered = { ...survey, history: { ...survey.history, leaves } };
  const plan = planToEnd(remembered, intent, limits);
  return plan && { survey, intent, left: plan.steps };
}

/** The same world with this recorded on it as its roll. */
export function recordedOn(survey: Survey, intent: Intent): Survey {
  const { old, new: group } = survey;
  return {
    ...survey,
    old: old && { ...old, tags: { ...old.tags, ...tagsOf(intent, 'old') } },
    new: group && { ...group, tags: { ...group.tags, ...tagsOf(intent, 'new') } },
  };
}

/** The steps since the last look; none at the first one. */
export function stepsBetween(
  before: Pick<Seen, 'status' | 'story' | 'runSteps'> | undefined,
  status: Status,
  limits: Limits,
): Partial<Chapter> {
  const { intent } = status;
  const story = before?.story ?? (before && unbegun(before.status, intent, limits));
  if (before === undefined || story === undefined) return { story: opened(status, limits) };
  if (story.intent.rollId !== intent?.rollId) return { steps: lastOf(story, before, status, limits) };
  if (story.intent.direction === intent.direction) return continued(story, status, limits);
  const chapter = turned(story, before, status, limits);
  return { ...chapter, story: chapter.story ?? opened(status, limits) };
}

function opened(status: Status, limits: Limits): Story | undefined {
  const sight = sightOf(status, limits);
  return sight && beginStory(sight);
}

/** What was left of a roll that is over. */
function lastOf(
  story: Story,
  before: Pick<Seen, 'status' | 'runSteps'>,
  status: Status,
  limits: Limits,
): readonly Step[] {
  const isTurned = story.intent.direction === 'forward' && !isRolled(story.intent, status.survey);
  return isTurned ? turnedUnseen(story, before, status, limits) : story.left;
}

/**
 * A roll that began after the look before: all of it lay ahead then. What Consul showed of it already was written while
 * that look was taken.
 */
function unbegun({ survey, intent: other }: Status, recorded: Intent | undefined, limits: Limits) {
  if (recorded === undefined || other !== undefined || survey.old?.name !== recorded.oldGroup)
    return undefined;
  const intent: Intent = { ...recorded, direction: 'forward' };
  const raft = survey.raft && { ...survey.raft, sentinel: undefined };
  const sight = sightOf({ survey: recordedOn({ ...survey, raft }, intent), intent }, limits);
  return sight && beginStory(sight);
}

import { findKnownQuorumMargin } from '../../engine/decide/servers.js';
import type { RollEvent } from '../../model/events.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { findReason } from '../../model/outcome.js';
import { parseHost } from '../../model/server.js';
import { countServers, type PhaseCount } from '../phase-state.js';
import { findActivePhase, type Progress } from '../progress.js';
import { describeAction } from '../text/actions.js';
import { describeQuorumMargin } from '../text/cluster.js';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatDuration,
  formatTimeOfDay,
  formatWholeDuration,
  toOneLine,
  uncapitalize,
} from '../text/format.js';
import { buildHookLogLines } from '../text/hooks.js';
import { describeLockContest } from '../text/lock.js';
import { describeServerChanges } from '../text/servers.js';
import { describeStepReason } from '../text/step-reasons.js';
import { describeStopReason } from '../text/stop-reasons.js';
import { describeWaitFor } from '../text/waits.js';

const PHASE_WIDTH = 9;
const COUNT_WIDTH = 5;
const MARGIN_WIDTH = 29;

/**
 * One line of a log: time (UTC), stage, how far, the voters, what, and why:
 * `12:34:56Z  drain     3/5   voters 8 quorum 5 healthy 8   ask i-0a13 to leave: drained of traffic`.
 */
export function formatProgressLine(progress: Progress, atMs: number, saying: LogLine): string {
  const stage = findActivePhase(progress)?.name ?? '';
  return formatLogLine(
    { atMs, phase: stage, count: countServers(progress), observation: progress.observation },
    saying,
  );
}

/** Where things stand when a line is written. */
export interface LogContext {
  readonly atMs: number;
  readonly phase: string;
  readonly count: PhaseCount | undefined;
  readonly observation: Observation | undefined;
}

/** The same of anything that goes on in stages. */
export function formatLogLine({ atMs, phase: stage, count, observation }: LogContext, { what, why }: LogLine): string {
  const counter = (count === undefined ? '' : `${count.done}/${count.of}`).padEnd(COUNT_WIDTH);
  const budget = describeQuorumMargin(observation && findKnownQuorumMargin(observation)).padEnd(MARGIN_WIDTH);
  const said = toOneLine(why === undefined ? what : `${what}: ${why}`);
  return `${formatTimeOfDay(atMs)}Z  ${stage.padEnd(PHASE_WIDTH)} ${counter} ${budget}  ${said}`.trimEnd();
}

type RollEventKind = RollEvent['kind'];
type RollEventOf = { readonly [K in RollEventKind]: Extract<RollEvent, { kind: K }> };

/** What happened, and the reason where there is one. */
export interface LogLine {
  readonly what: string;
  readonly why?: string;
}

/**
 * What an event is worth saying in a log, one line each.
 *
 * @param before the previous observation, if any
 */
export function buildLogLines(event: RollEvent, before: Knowledge | undefined): readonly LogLine[] {
  return buildLinesOfKind(event.kind, event, before);
}

function buildLinesOfKind<K extends RollEventKind>(
  kind: K,
  event: RollEventOf[K],
  before: Knowledge | undefined,
): readonly LogLine[] {
  return LOG_LINE_BUILDERS[kind](event, before);
}

const LOG_LINE_BUILDERS: {
  readonly [K in RollEventKind]: (event: RollEventOf[K], before: Knowledge | undefined) => readonly LogLine[];
} = {
  started: (event) => [
    {
      what: event.watched === undefined ? formatOwnStart(event) : formatOthersStart(event, event.watched.holder),
    },
    {
      what: `${formatCount(event.intent.size, 'server')} of ${event.intent.cluster} onto ${event.intent.imageId}`,
    },
  ],
  observed: (event, before) => [
    ...findNewSnapshot(event, before),
    ...describeServerChanges(event, before).map((what) => ({ what })),
    ...findNewLaunchFailures(event.observation, before?.observation),
  ],
  'observation-failed': ({ message, inARow }) => (inARow === 1 ? [{ what: `could not look: ${message}` }] : []),
  phase: () => [],
  waiting: ({ wait }) => [
    { what: `wait for ${describeWaitFor(wait.for)}, up to ${formatWholeDuration(wait.limitMs)}` },
  ],
  'step-started': ({ step }) => [
    { what: uncapitalize(describeAction(step.action)), why: describeStepReason(step.reason) },
  ],
  'step-done': () => [],
  'step-refused': ({ step, reason }) => [
    { what: `refused: ${uncapitalize(describeAction(step.action))}`, why: describeStopReason(reason) },
  ],
  'step-failed': ({ step, message }) => [
    { what: `failed: ${uncapitalize(describeAction(step.action))}`, why: message },
  ],
  'leader-changed': ({ from, to }, before) => [
    {
      what: `leader changed from ${formatServer(from, before?.observation)} to ${formatServer(to, before?.observation)}`,
    },
  ],
  'lock-held': ({ holder }) => [{ what: describeLockContest(holder) }],
  'pause-requested': ({ by }) => [
    { what: `${by === undefined ? 'will' : `asked by ${by}, will`} stop once the step in hand is done` },
  ],
  'stop-requested': () => [{ what: 'asked again, stops at once' }],
  hook: ({ hook, point: moment, news: progress }) => buildHookLogLines(hook, moment, progress),
  warning: ({ message }) => [{ what: `warning: ${message}` }],
  ended: ({ result }) => {
    const reason = findReason(result);
    const what = `ended, ${result.outcome}, after ${formatDuration(result.elapsedMs)}`;
    return [{ what, ...(reason && { why: describeStopReason(reason) }) }];
  },
};

function formatOwnStart({ intent, resumed, atMs }: RollEventOf['started']): string {
  return `roll ${intent.rollId} ${resumed ? 'carries on' : 'starts'}, ${formatDateTime(atMs)}`;
}

/** Who watches has not begun it, and carries nothing on. */
function formatOthersStart({ intent, resumed, atMs }: RollEventOf['started'], holder: string | undefined): string {
  const by = holder === undefined ? '' : `, run by ${holder}`;
  const way = intent.direction === 'rollback' ? ' on its way back' : '';
  return resumed
    ? `watching roll ${intent.rollId}${way}, begun ${formatDateTime(intent.startedAtMs)}${by}`
    : `watching roll ${intent.rollId}, which starts${by}, ${formatDateTime(atMs)}`;
}

/** The server behind a Raft address, `ip:8300`. */
function formatServer(address: string | undefined, observation: Observation | undefined): string {
  if (address === undefined) return 'nobody';
  const host = parseHost(address);
  return observation?.servers.find((server) => server.address === host)?.instanceId ?? host;
}

/** Where the snapshot is, at the first look that knows of it. */
function findNewSnapshot({ memory: { snapshot } }: Knowledge, before: Knowledge | undefined): LogLine[] {
  if (snapshot === undefined || before?.memory.snapshot !== undefined) return [];
  return [{ what: `snapshot saved, ${formatBytes(snapshot.bytes)}: ${snapshot.path}` }];
}

/** Why a group cannot launch what it should, when that is new. */
export function findNewLaunchFailures({ old, new: group }: Observation, before: Observation | undefined): LogLine[] {
  return [old, group].flatMap((one) => {
    const known = [before?.old, before?.new].find((same) => same?.name === one?.name)?.launchFailure;
    if (one?.launchFailure === undefined || one.launchFailure === known) return [];
    return [{ what: `${one.name} could not launch a server`, why: one.launchFailure }];
  });
}

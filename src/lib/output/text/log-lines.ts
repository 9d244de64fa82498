import type { RollEvent } from '../../model/events.js';
import type { Knowledge } from '../../model/memory.js';
import type { Observation } from '../../model/observation.js';
import { findReason } from '../../model/outcome.js';
import { toOutputLine } from '../../model/printable.js';
import { parseHost } from '../../model/server.js';
import { findKnownQuorumMargin } from '../../model/servers.js';
import { countServers, type PhaseCount } from '../phase-state.js';
import { findActivePhase, getPhaseElapsedMs, type Progress } from '../progress.js';
import { describeAction } from './actions.js';
import { describeQuorumMargin } from './cluster.js';
import { describeFailure, listLastConsoleLines } from './failures.js';
import {
  formatBytes,
  formatDateTime,
  formatDuration,
  formatTimeOfDay,
  formatWholeDuration,
  uncapitalize,
} from './format.js';
import { buildHookLogLines } from './hooks.js';
import { describeLockContest } from './lock.js';
import { listStartLines } from './roll-context.js';
import { describeServerChanges } from './servers.js';
import { describeStepReason } from './step-reasons.js';
import { describeStopReason } from './stop-reasons.js';
import { describeWait, describeWaitFor } from './waits.js';
import { describeWarning } from './warnings.js';

const PHASE_WIDTH = 9;
const COUNT_WIDTH = 5;
const MARGIN_WIDTH = 29;

/**
 * One line of a log: time (UTC), phase, servers done, voters, what, and why:
 * `12:34:56Z  drain     3/5   voters 8 quorum 5 healthy 8   ask i-0a13 to leave: traffic is drained`.
 */
export function formatProgressLine(progress: Progress, atMs: number, line: LogLine): string {
  const phase = findActivePhase(progress)?.name ?? '';
  return formatLogLine({ atMs, phase, count: countServers(progress), observation: progress.observation }, line);
}

/** The state when a line is written. */
interface LogContext {
  readonly atMs: number;
  readonly phase: string;
  readonly count: PhaseCount | undefined;
  readonly observation: Observation | undefined;
}

export function formatLogLine({ atMs, phase, count, observation }: LogContext, { what, why }: LogLine): string {
  const counter = (count === undefined ? '' : `${count.done}/${count.of}`).padEnd(COUNT_WIDTH);
  const voters = describeQuorumMargin(observation && findKnownQuorumMargin(observation)).padEnd(MARGIN_WIDTH);
  const text = toOutputLine(why === undefined ? what : `${what}: ${why}`);
  return `${formatTimeOfDay(atMs)}Z  ${phase.padEnd(PHASE_WIDTH)} ${counter} ${voters}  ${text}`.trimEnd();
}

type RollEventKind = RollEvent['kind'];
type RollEventOf = { readonly [K in RollEventKind]: Extract<RollEvent, { kind: K }> };

/** What happened, and the reason, if any. */
export interface LogLine {
  readonly what: string;
  readonly why?: string;
}

/**
 * The log lines of an event.
 *
 * @param before the previous observation, if any
 */
export function buildLogLines(event: RollEvent, before: Knowledge | undefined): readonly LogLine[] {
  // Each entry takes the event of its own kind.
  const build = LOG_LINE_BUILDERS[event.kind] as (event: RollEvent, before: Knowledge | undefined) => LogLine[];
  return build(event, before);
}

const LOG_LINE_BUILDERS: {
  readonly [K in RollEventKind]: (event: RollEventOf[K], before: Knowledge | undefined) => readonly LogLine[];
} = {
  started: (event) => [
    { what: event.watched === undefined ? formatOwnStart(event) : formatWatchedStart(event, event.watched.holder) },
    ...listStartLines(event.intent, event.context, event.atMs).map((what) => ({ what })),
  ],
  observed: (event, before) => [
    ...findNewSnapshot(event, before),
    ...describeServerChanges(event, before).map((what) => ({ what })),
    ...findNewLaunchFailures(event.observation, before?.observation),
  ],
  'observation-failed': ({ message, inARow }) => (inARow === 1 ? [{ what: `observation failed: ${message}` }] : []),
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
    { what: `${by === undefined ? '' : `pause requested by ${by}: `}will stop after the current step` },
  ],
  'stop-requested': () => [{ what: 'second stop request: stopping at once' }],
  hook: ({ hook, point, news }) => buildHookLogLines(hook, point, news),
  'server-failed': ({ failure }) => [
    { what: describeFailure(failure) },
    ...listLastConsoleLines(failure.console).map((line) => ({ what: `console of ${failure.instanceId}`, why: line })),
  ],
  warning: ({ warning }) => [{ what: `warning: ${describeWarning(warning)}` }],
  ended: ({ result }) => {
    const reason = findReason(result);
    const what = `ended after ${formatDuration(result.elapsedMs)}: ${result.outcome.replaceAll('-', ' ')}`;
    return [{ what, ...(reason && { why: describeStopReason(reason) }) }];
  },
};

function formatOwnStart({ intent, resumed, atMs }: RollEventOf['started']): string {
  return `roll ${intent.rollId} ${resumed ? 'resumes' : 'starts'}, ${formatDateTime(atMs)}`;
}

function formatWatchedStart({ intent, resumed, atMs }: RollEventOf['started'], holder: string | undefined): string {
  const by = holder === undefined ? '' : `, run by ${holder}`;
  const rollback = intent.direction === 'rollback' ? ', a rollback' : '';
  return resumed
    ? `watching roll ${intent.rollId}${rollback}, started ${formatDateTime(intent.startedAtMs)}${by}`
    : `watching roll ${intent.rollId}, which starts${by}, ${formatDateTime(atMs)}`;
}

/** The server behind a Raft address, `ip:8300`. */
function formatServer(address: string | undefined, observation: Observation | undefined): string {
  if (address === undefined) return 'no server';
  const host = parseHost(address);
  return observation?.servers.find((server) => server.address === host)?.instanceId ?? host;
}

/** The snapshot, at the first observation that contains it. */
function findNewSnapshot({ memory: { snapshot } }: Knowledge, before: Knowledge | undefined): LogLine[] {
  if (snapshot === undefined || before?.memory.snapshot !== undefined) return [];
  return [{ what: `snapshot saved, ${formatBytes(snapshot.bytes)}: ${snapshot.path}` }];
}

/** Launch failures that the previous observation did not have. */
export function findNewLaunchFailures({ old, new: group }: Observation, before: Observation | undefined): LogLine[] {
  return [old, group].flatMap((one) => {
    const known = [before?.old, before?.new].find((same) => same?.name === one?.name)?.launchFailure;
    if (one?.launchFailure === undefined || one.launchFailure === known) return [];
    return [{ what: describeLaunchFailure(one.name), why: one.launchFailure }];
  });
}

export function describeLaunchFailure(group: string): string {
  return `${group} could not launch a server`;
}

/** A line for a log that would otherwise be silent. */
export function formatHeartbeat(progress: Progress, nowMs: number): string {
  if (progress.observationError !== undefined) return `observation still fails: ${progress.observationError}`;
  if (progress.lockHolder !== undefined) return `still: ${describeLockContest(progress.lockHolder)}`;
  if (progress.wait !== undefined)
    return `${progress.isAssumed ? 'no journal; probably ' : ''}still ${describeWait(progress.wait, nowMs)}`;
  const phase = findActivePhase(progress);
  return `still running, ${formatWholeDuration(phase === undefined ? 0 : getPhaseElapsedMs(phase, nowMs))} in this phase`;
}

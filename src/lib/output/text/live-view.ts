import { sortForDrain } from '../../engine/decide/drain.js';
import { type Eta, isMostlyAssumed } from '../../engine/plan/estimate.js';
import { nameHookCommand } from '../../model/hook.js';
import type { Observation } from '../../model/observation.js';
import type { Server } from '../../model/server.js';
import { findKnownQuorumMargin, findQuorumMarginWithout } from '../../model/servers.js';
import { isRollingBack, type Progress } from '../progress.js';
import { estimateUntilVoteMs } from '../server-list.js';
import { describeAction } from './actions.js';
import { formatWholeDuration, roundEstimateMs } from './format.js';
import { formatHookPoint } from './hooks.js';
import { describeLockContest } from './lock.js';
import { describeStepReason } from './step-reasons.js';
import { describeWaitFor } from './waits.js';

/** `voter in 8 s`: Consul lets a new server vote when it was healthy for the stabilization time. */
export function formatVotingState({ serverList }: Progress, server: Server, word: string, nowMs: number): string {
  const leftMs = word === 'non-voter' ? estimateUntilVoteMs(serverList, server, nowMs) : undefined;
  if (leftMs === undefined) return word;
  return leftMs === 0 ? 'voter soon' : `voter in ${formatWholeDuration(Math.max(1000, leftMs))}`;
}

/** The current step or wait. */
export function describeActivity({ step, wait, lockHolder, hook, isAssumed }: Progress): string {
  if (hook !== undefined) return `hook ${formatHookPoint(hook.point)}: ${nameHookCommand(hook.hook)}`;
  if (lockHolder !== undefined) return describeLockContest(lockHolder);
  if (step !== undefined) return `${describeAction(step.action)}: ${describeStepReason(step.reason)}`;
  if (wait === undefined) return 'observing the cluster';
  return `${isAssumed ? 'no journal; probably ' : ''}waiting for ${describeWaitFor(wait.for)}`;
}

/** What Ctrl-C does in this state. */
const KEY_HINTS = {
  running: 'Ctrl-C stops after the current step',
  pausing: 'stopping after the current step; Ctrl-C again stops at once',
  stopping: 'stopping at once; a third Ctrl-C exits during the step',
  watching: 'Ctrl-C stops watching, not the roll',
  watchingPause: 'the roll will stop after the current step',
} as const;

export function chooseKeyHint({ pausing, stopping }: Progress, watching: boolean): string {
  if (watching) return pausing ? KEY_HINTS.watchingPause : KEY_HINTS.watching;
  return stopping ? KEY_HINTS.stopping : pausing ? KEY_HINTS.pausing : KEY_HINTS.running;
}

export function formatVoters(progress: Progress, observation: Observation, width: number): string {
  const margin = findKnownQuorumMargin(observation);
  if (margin === undefined) return 'no agreed leader';
  const { voters, quorum, healthy, margin: current } = margin;
  if (healthy === undefined) return `voters ${voters}   quorum ${quorum}   healthy not known yet`;
  const now = `voters ${voters}   quorum ${quorum}   healthy ${healthy}   margin ${current}`;
  const side = isRollingBack(progress) ? 'new' : 'old';
  const next =
    observation.new === undefined ? undefined : sortForDrain({ observation, memory: progress.memory }, side)[0]?.peer;
  const after = next && findQuorumMarginWithout(observation, next.id)?.margin;
  if (after === undefined) return now;
  const long = `${now}, after the next removal ${after}`;
  return long.length <= width ? long : `${now}, then ${after}`;
}

/**
 * `1 m 22 s of an estimated 4 m`, or `of about 4 m` once enough was measured. A roll that takes longer than expected:
 * `6 m, expected about 4 m`.
 */
export function formatTimeLeft({ startedAtMs }: Progress, nowMs: number, expected: Eta['latest']): string {
  const elapsedMs = nowMs - startedAtMs;
  const elapsed = formatWholeDuration(elapsedMs);
  if (expected === undefined) return elapsed;
  const { atMs, forecast } = expected;
  const spentMs = Math.max(0, atMs - startedAtMs);
  const wholeMs = roundEstimateMs(spentMs + forecast.remainingMs);
  const whole = `${isMostlyAssumed(forecast, spentMs) ? 'an estimated' : 'about'} ${formatWholeDuration(wholeMs)}`;
  return elapsedMs <= wholeMs ? `${elapsed} of ${whole}` : `${elapsed}, expected ${whole}`;
}

import { findPauseRequest } from '../../engine/plan/fold.js';
import type { Decision } from '../../model/decision.js';
import { formatFlag, formatRollFlags } from '../../model/errors.js';
import type { Group } from '../../model/group.js';
import { type ClusterStatus, isLockHolderAlive, type PauseResult } from '../../model/plan.js';
import { findKnownQuorumMargin, isHealthKnown } from '../../model/servers.js';
import { describeStep } from './actions.js';
import { describeClusterState, getStatusVerdict, isClusterHealthy, listConsulVersions } from './cluster.js';
import {
  BLANK_LINE,
  formatCount,
  formatDateTime,
  formatList,
  hangText,
  type StyledLine,
  styleLines,
  uncapitalize,
} from './format.js';
import { describeHealthIssues, listHealthRemedies } from './health-issues.js';
import { describeRunner } from './lock.js';
import { formatLabelled } from './outcome.js';
import { formatService } from './plan.js';
import { describeNextCommand, findOtherWay, listRemedies } from './remedies.js';
import { formatServers } from './servers.js';
import { describeStopReason } from './stop-reasons.js';
import { describeWait } from './waits.js';

/**
 * Three labelled answers: is the cluster healthy, is a roll in progress and who runs it, what happens next. Then the
 * groups, every server, and what is wrong.
 */
export function formatStatus(status: ClusterStatus, columns: number): StyledLine[] {
  const { observation } = status;
  return [
    withStyle(formatLabelled('Cluster', formatVerdict(status), columns), isClusterHealthy(status) ? 'good' : 'bad'),
    formatRoll(status).flatMap((text, n) => formatLabelled(n === 0 ? 'Roll' : '', text, columns)),
    formatNext(status).flatMap((text, n) => formatLabelled(n === 0 ? 'Next' : '', text, columns)),
    [BLANK_LINE],
    formatGroups(status, columns),
    formatService(observation, columns),
    [BLANK_LINE],
    formatServers(observation.servers, status, columns, { showGroup: status.intent !== undefined }),
    formatHealthIssues(status, columns),
  ].flat();
}

function withStyle(lines: readonly StyledLine[], style: StyledLine['style']): StyledLine[] {
  return lines.map(({ text }) => ({ text, style }));
}

function formatVerdict(status: ClusterStatus): string {
  const { observation } = status;
  const versions = listConsulVersions(observation);
  const consul = versions.length === 0 ? '' : `; Consul ${formatList(versions)}`;
  const unknown = observation.raft !== undefined && !isHealthKnown(observation);
  const condition = isClusterHealthy(status) ? 'healthy' : unknown ? 'not known to be healthy' : 'not healthy';
  return `${observation.cluster} is ${condition}: ${describeClusterState(observation)}${consul}`;
}

function formatRoll({ intent, lock, observation }: ClusterStatus): string[] {
  const none =
    observation.raft === undefined ? 'unknown whether a process runs it: the lock is in Consul' : 'no process runs it';
  const held = lock === undefined ? none : describeRunner(lock, observation.atMs);
  if (intent === undefined) return ['no roll is in progress', ...(lock === undefined ? [] : [held])];
  const runs = lock !== undefined && isLockHolderAlive(lock, observation.atMs);
  const state = `${runs ? 'in progress' : 'unfinished'}${intent.direction === 'rollback' ? ', rolling back' : ''}`;
  const pausedBy = findPauseRequest(observation);
  return [
    `roll ${intent.rollId} onto ${intent.imageId}, ${state}, started ${formatDateTime(intent.startedAtMs)}`,
    held,
    ...(pausedBy === undefined ? [] : [`pause requested by ${pausedBy}`]),
  ];
}

/** The groups, by side during a roll. */
function formatGroups({ observation, intent }: ClusterStatus, columns: number): StyledLine[] {
  return (['old', 'new'] as const).flatMap((side) => {
    const group = observation[side];
    if (group === undefined) return [];
    return hangText(`${intent === undefined ? 'group' : side}  `, formatGroup(group), columns);
  });
}

function formatGroup({
  name,
  imageId,
  instanceIds,
  minSize,
  maxSize,
  desired,
  suspendedProcesses: suspended,
}: Group): string {
  const sizes = `${formatCount(instanceIds.length, 'instance')} of ${desired} (min ${minSize}, max ${maxSize})`;
  const processes = suspended.length === 0 ? '' : `, ${suspended.length} processes suspended`;
  return `${name}  ${imageId ?? 'unknown image'}  ${sizes}${processes}`;
}

/** The problems, and a warning if no further server may fail. */
function formatHealthIssues(status: ClusterStatus, columns: number): StyledLine[] {
  if (status.healthIssues.length === 0) return [];
  const margin = findKnownQuorumMargin(status.observation)?.margin;
  const warning = margin !== undefined && margin < 1 ? [NO_MARGIN_WARNING] : [];
  const texts = [...describeHealthIssues(status), ...warning];
  return [BLANK_LINE, ...texts.flatMap((text) => styleLines(text, columns, 'busy'))];
}

const NO_MARGIN_WARNING =
  'no further server may fail until this is resolved: do not terminate a server or start a roll';

/** What happens next, or what the operator must do. */
function formatNext(status: ClusterStatus): string[] {
  const { next, observation, healthIssues, intent } = status;
  const roll = intent ?? { cluster: observation.cluster, rollId: '' };
  const again = `consul-roll status ${formatFlag('cluster', observation.cluster)}`;
  switch (getStatusVerdict(status)) {
    case 'rolling':
      return [
        ...(next === undefined ? [] : [formatNextDecision(next, observation.atMs)]),
        `follow it with: ${again} --watch`,
      ];
    case 'unfinished':
      if (next?.kind === 'stop') {
        const undo = findOtherWay(intent, observation, 'roll back');
        return [...listRemedies(next.reason), describeNextCommand(next.reason, roll, undo)];
      }
      return [
        `${isUrgent(next) ? 'now' : 'nothing until the roll is resumed'}: consul-roll resume ${formatRollFlags(roll)}`,
        ...(next === undefined ? [] : [`then ${uncapitalize(formatNextDecision(next, observation.atMs))}`]),
      ];
    default: {
      if (next !== undefined) return [formatNextDecision(next, observation.atMs)];
      const remedies = listHealthRemedies(healthIssues);
      if (remedies.length > 0) return [...remedies];
      return healthIssues.length === 0 && isClusterHealthy(status) ? ['nothing'] : [`wait; check again with: ${again}`];
    }
  }
}

/** Every second counts: a server that founded another cluster may lose keys of this one. */
function isUrgent(next: Decision | undefined): boolean {
  return next?.kind === 'act' && next.step.reason.kind === 'founder';
}

function formatNextDecision(next: Decision, nowMs: number): string {
  switch (next.kind) {
    case 'act':
      return describeStep(next.step);
    case 'wait':
      return describeWait(next.wait, nowMs);
    case 'stop':
      return describeStopReason(next.reason);
    case 'done':
      return 'nothing, the roll is done';
  }
}

/** The lines that `pause` prints. */
export function formatPause({ intent, runner }: PauseResult, nowMs: number): readonly string[] {
  const { rollId, cluster } = intent;
  return [
    ...formatPauseRequested(`Roll ${rollId} of ${cluster}`, runner, nowMs),
    `Next     consul-roll resume ${formatRollFlags(intent)}`,
  ];
}

function formatPauseRequested(roll: string, runner: PauseResult['runner'], nowMs: number): readonly string[] {
  const later = 'A later resume is not affected.';
  if (runner === 'none') return [`No process runs ${uncapitalize(roll)}, so there is nothing to stop. ${later}`];
  if (runner === 'unknown' || isLockHolderAlive(runner, nowMs)) return [`${roll} will stop after the current step.`];
  return [
    `${roll} is ${describeRunner(runner, nowMs)}.`,
    `If its process is alive, it will stop after the current step. ${later}`,
  ];
}

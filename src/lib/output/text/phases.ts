import { basename } from 'node:path';
import type { Observation } from '../../model/observation.js';
import { findLeader, listServers } from '../../model/servers.js';
import { countDrained, countServing, getPhaseState } from '../phase-state.js';
import type { Progress, RollPhase } from '../progress.js';
import { formatBytes, formatCount } from './format.js';

/** A clause about a phase before, during and after it; empty for none. */
export function formatPhaseSummary(progress: Progress, phase: RollPhase): string {
  const { observation } = progress;
  return observation === undefined ? '' : PHASE_SUMMARIES[phase](progress, observation);
}

const PHASE_SUMMARIES: Readonly<Record<RollPhase, (progress: Progress, observation: Observation) => string>> = {
  preflight: ({ intent }) => (intent === undefined ? '' : `${formatCount(intent.size, 'server')}, all checks passed`),
  snapshot: ({ memory }) =>
    memory.snapshot === undefined
      ? ''
      : `${basename(memory.snapshot.path)}, ${formatBytes(memory.snapshot.bytes)}, verified`,
  prepare: ({ intent }, observation) => (observation.new === undefined ? '' : `group ${intent?.newGroup ?? ''}`),
  canary: (progress, observation) => {
    const [first] = listServers(observation, 'new');
    if (first === undefined) return '';
    return getPhaseState(progress, 'canary') === 'done' ? `${first.instanceId} passed every gate` : first.instanceId;
  },
  grow: (progress, observation) => {
    const size = progress.intent?.size ?? 0;
    // Later phases show what happens to these servers later.
    const serving = getPhaseState(progress, 'grow') === 'done' ? size : countServing(observation);
    return `${serving} of ${size} in service`;
  },
  drain: formatDrainSummary,
  finish: () => '',
  rollback: (_, observation) => {
    const count = listServers(observation, 'new').length;
    return count === 0 ? 'no new server remains' : `new servers remaining: ${count}`;
  },
};

/** During a rollback, how far the drain had come: old servers are launched again then. */
function formatDrainSummary(
  { intent, result, observationBeforeRollback: last }: Progress,
  latest: Observation,
): string {
  const observation = last ?? latest;
  const count = intent && countDrained(observation, intent.size);
  if (count === undefined) return 'unknown without a leader';
  const gone = `${count.done} of ${count.of} old servers gone`;
  const leader = findLeader(observation);
  return leader?.side === 'old' && result === undefined && last === undefined
    ? `${gone}, leader ${leader.instanceId} last`
    : gone;
}

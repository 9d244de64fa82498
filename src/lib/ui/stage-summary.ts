import { basename } from 'node:path';
import { serversOf } from '../decide/servers.js';
import { leaderOf } from '../decide/voters.js';
import type { Survey } from '../model/survey.js';
import { servingOn } from './counts.js';
import type { Progress, Stage } from './progress.js';
import { stateOfStage } from './stage-state.js';
import { bytesOf, counted } from './text.js';

/** What there is to say of a stage as a whole, before, while and after it is on; empty for nothing. */
export function stageSummary(progress: Progress, stage: Stage): string {
  const { survey } = progress;
  return survey === undefined ? '' : SUMMARIES[stage](progress, survey);
}

const SUMMARIES: Readonly<Record<Stage, (progress: Progress, survey: Survey) => string>> = {
  preflight: ({ intent }) =>
    intent === undefined ? '' : `${counted(intent.size, 'server')}, nothing in the way`,
  snapshot: (_, { history }) =>
    history.snapshot === undefined
      ? ''
      : `${basename(history.snapshot.path)}, ${bytesOf(history.snapshot.bytes)}, verified`,
  prepare: ({ intent }, survey) => (survey.new === undefined ? '' : `group ${intent?.newGroup ?? ''}`),
  canary: (progress, survey) => {
    const [first] = serversOf(survey, 'new');
    if (first === undefined) return '';
    return stateOfStage(progress, 'canary') === 'done'
      ? `${first.instanceId} passed every gate`
      : first.instanceId;
  },
  grow: (progress, survey) => {
    const size = progress.intent?.size ?? 0;
    // What happens to them later belongs to later stages.
    const serving = stateOfStage(progress, 'grow') === 'done' ? size : servingOn(survey);
    return `${serving} of ${size} in service`;
  },
  drain: drainSummary,
  finish: () => '',
  back: (_, survey) => {
    const count = serversOf(survey, 'new').length;
    return count === 0 ? 'every new server is gone' : `${counted(count, 'new server')} to go`;
  },
};

/** Of a drain that was cut short, how far it had come then: on the way back old servers come again. */
function drainSummary({ intent, result, turnedFrom }: Progress, latest: Survey): string {
  const survey = turnedFrom ?? latest;
  if (survey.raft === undefined) return 'no leader to count the voters';
  const left = serversOf(survey, 'old').filter((server) => server.peer !== undefined).length;
  const gone = `${Math.max(0, (intent?.size ?? left) - left)} of ${intent?.size ?? left} out`;
  const leader = leaderOf(survey);
  return leader?.side === 'old' && result === undefined && turnedFrom === undefined
    ? `${gone}, leader ${leader.instanceId} last`
    : gone;
}

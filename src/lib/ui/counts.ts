import { isInService, serversOf, standingOf } from '../decide/servers.js';
import { isJudged } from '../decide/voters.js';
import type { Server, Side } from '../model/server.js';
import type { Survey } from '../model/survey.js';
import { currentStage, type Progress } from './progress.js';

/** How many of how many, where a stage counts servers. */
export interface Count {
  readonly done: number;
  readonly of: number;
}

/** Servers the stage that is on has dealt with; where it takes servers out, the one at hand is counted. */
export function countIn(progress: Progress): Count | undefined {
  const { survey, intent } = progress;
  const stage = currentStage(progress)?.name;
  if (survey === undefined || intent === undefined) return undefined;
  if (stage === 'canary') return { done: Math.min(1, servingOn(survey)), of: 1 };
  if (stage === 'grow') return { done: servingOn(survey), of: intent.size };
  if (stage !== 'drain' && stage !== 'back') return undefined;
  const gone = progress.victims.length;
  if (stage === 'back') return { done: gone, of: gone + untouchedOn('new', progress, survey) };
  if (survey.raft === undefined) return { done: gone, of: intent.size };
  const members = untouchedOn('old', progress, survey, (server) => server.peer !== undefined);
  return { done: Math.max(0, intent.size - members), of: intent.size };
}

/** New servers that vote, are healthy and take traffic; what no leader says yet is not asked of them. */
export function servingOn(survey: Survey): number {
  const serving = serversOf(survey, 'new').filter(isInService);
  if (survey.raft === undefined) return serving.length;
  const judged = isJudged(survey);
  return serving.filter(({ peer }) => peer?.voter === true && (peer.healthy || !judged)).length;
}

function untouchedOn(
  side: Side,
  { victims }: Progress,
  survey: Survey,
  counts: (server: Server) => boolean = () => true,
): number {
  return standingOf(survey, side).filter((server) => !victims.includes(server.instanceId) && counts(server))
    .length;
}

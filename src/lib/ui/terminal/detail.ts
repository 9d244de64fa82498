import type { Server } from '../../model/server.js';
import type { Progress, Stage } from '../progress.js';
import { untilVoteMs } from '../roster.js';
import { describeAction } from '../sentences/action.js';
import { nameOfMoment } from '../sentences/hook.js';
import { describeContest } from '../sentences/lock.js';
import { describeWaitFor } from '../sentences/wait.js';
import { fittingServerLines, type ToneLine } from '../server-lines.js';
import { truncated } from '../text.js';
import { wholeSpanOf } from '../time.js';
import type { Room } from './frame.js';

const INDENTATION = 4;
const MARGIN = 3;
const SERVER_STAGES: readonly Stage[] = ['canary', 'grow', 'drain', 'finish', 'back'];

/** What is under the stage that is on: what is being done, and the servers. */
export function detailOf(
  progress: Progress,
  stage: Stage,
  { columns, rows }: Room,
  nowMs: number,
): ToneLine[] {
  const width = columns - INDENTATION - MARGIN;
  const { survey, roster } = progress;
  const activity: ToneLine = { text: truncated(activityOf(progress), width), tone: 'plain' };
  if (survey === undefined || !SERVER_STAGES.includes(stage)) return [activity];
  const raft = (server: Server, word: string) => votingWord(progress, server, word, nowMs);
  return [activity, ...fittingServerLines(roster.servers, survey, width, rows - 1, { sides: true, raft })];
}

/** `voter in 8 s`, where Consul watches a healthy server for a while before it lets it vote. */
function votingWord({ roster }: Progress, server: Server, word: string, nowMs: number): string {
  const leftMs = word === 'non-voter' ? untilVoteMs(roster, server, nowMs) : undefined;
  if (leftMs === undefined) return word;
  return leftMs === 0 ? 'voter soon' : `voter in ${wholeSpanOf(Math.max(1000, leftMs))}`;
}

/** What is being done or waited for. */
function activityOf({ step, wait, rival, hook }: Progress): string {
  if (hook !== undefined) return `hook ${nameOfMoment(hook.moment)}: ${hook.hook.run}`;
  if (rival !== undefined) return describeContest(rival);
  if (step !== undefined) return `${describeAction(step.action)}: ${step.why}`;
  return wait === undefined ? 'looking' : `waiting for ${describeWaitFor(wait.for)}`;
}

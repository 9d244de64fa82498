import { budgetKnown } from '../../decide/voters.js';
import type { Survey } from '../../model/survey.js';
import { type Count, countIn } from '../counts.js';
import { currentStage, type Progress } from '../progress.js';
import { describeBudget } from '../sentences/budget.js';
import { onOneLine } from '../text.js';
import { timeOfDay } from '../time.js';
import type { Saying } from './saying.js';

const STAGE_WIDTH = 9;
const COUNT_WIDTH = 5;
const BUDGET_WIDTH = 29;

/**
 * One line of a log: time (UTC), stage, how far, the voters, what, and why:
 * `12:34:56Z  drain     3/5   voters 8 quorum 5 healthy 8   ask i-0a13 to leave: drained of traffic`.
 */
export function plainLine(progress: Progress, atMs: number, saying: Saying): string {
  const stage = currentStage(progress)?.name ?? '';
  return logLine({ atMs, stage, count: countIn(progress), survey: progress.survey }, saying);
}

/** Where things stand when a line is written. */
export interface Standing {
  readonly atMs: number;
  readonly stage: string;
  readonly count: Count | undefined;
  readonly survey: Survey | undefined;
}

/** The same of anything that goes on in stages. */
export function logLine({ atMs, stage, count, survey }: Standing, { what, why }: Saying): string {
  const counter = (count === undefined ? '' : `${count.done}/${count.of}`).padEnd(COUNT_WIDTH);
  const budget = describeBudget(survey && budgetKnown(survey)).padEnd(BUDGET_WIDTH);
  const said = onOneLine(why === undefined ? what : `${what}: ${why}`);
  return `${timeOfDay(atMs)}Z  ${stage.padEnd(STAGE_WIDTH)} ${counter} ${budget}  ${said}`.trimEnd();
}

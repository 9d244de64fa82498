import { budgetNow } from '../../decide/voters.js';
import { countIn } from '../counts.js';
import { currentStage, type Progress } from '../progress.js';
import { describeBudget } from '../sentences/budget.js';
import { timeOfDay } from '../time.js';

const STAGE_WIDTH = 9;
const COUNT_WIDTH = 5;
const WHAT_WIDTH = 56;

/** One line of a log: time, stage, how far, what, and the voters: `12:34:56  drain     3/5   ask i-0a13 to leave`. */
export function plainLine(progress: Progress, atMs: number, what: string): string {
  const stage = (currentStage(progress)?.name ?? '').padEnd(STAGE_WIDTH);
  const count = countIn(progress);
  const counter = (count === undefined ? '' : `${count.done}/${count.of}`).padEnd(COUNT_WIDTH);
  const budget = describeBudget(progress.survey && budgetNow(progress.survey));
  return `${timeOfDay(atMs)}  ${stage} ${counter} ${what.padEnd(WHAT_WIDTH)}  ${budget}`.trimEnd();
}

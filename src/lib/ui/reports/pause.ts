import { isAlive, type Paused } from '../../model/plan.js';
import { describeRunner } from '../sentences/lock.js';

/** What `pause` says, a line each. */
export function pauseReport(
  { intent: { rollId, cluster }, runner }: Paused,
  nowMs: number,
): readonly string[] {
  return [
    ...asked(`Roll ${rollId} of ${cluster}`, runner, nowMs),
    `Next     consul-roll resume --cluster ${cluster}`,
  ];
}

function asked(roll: string, runner: Paused['runner'], nowMs: number): readonly string[] {
  const later = 'Who carries on with it is not stopped by this.';
  if (runner === 'nobody') return [`${roll} is run by nobody now, so there is nothing to stop. ${later}`];
  if (runner === 'unknown' || isAlive(runner, nowMs)) return [`${roll} will stop after the step in hand.`];
  return [
    `${roll} is ${describeRunner(runner, nowMs)}.`,
    `If it lives, it will stop after the step in hand. ${later}`,
  ];
}

import type { Span, Story } from '../story/story.js';
import { counted } from '../text.js';
import { spanOf } from '../time.js';
import { sinceStart } from './times.js';

/**
 * How close to losing its quorum the cluster was seen, and for how long nobody could tell; undefined where no look found
 * a leader that had said who was healthy.
 */
export function marginOf(story: Story): string | undefined {
  const { voters: readings } = story;
  const known = readings.flatMap(({ fromMs, budget }) =>
    budget?.healthy === undefined || budget.spare === undefined
      ? []
      : [{ fromMs, ...budget, spare: budget.spare }],
  );
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  const least = others.reduce((low, one) => (one.spare < low.spare ? one : low), first);
  const when = `${least.healthy} of ${counted(least.voters, 'voter')} healthy, ${least.quorum} needed, at ${sinceStart(least.fromMs, story)}`;
  const margin =
    least.spare < 0 ? `lost: ${when}` : `always ${least.spare} or more to spare; the least was ${when}`;
  const leaderless = readings.filter(({ budget }) => budget === undefined);
  const unjudged = readings.filter(({ budget }) => budget !== undefined && budget.healthy === undefined);
  return [
    margin,
    ...lasting('no undisputed leader', leaderless),
    ...lasting('not known who was healthy', unjudged),
  ].join('; ');
}

function lasting(what: string, spans: readonly Span[]): string[] {
  const ms = spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return ms === 0 ? [] : [`${what} for ${spanOf(ms)}`];
}

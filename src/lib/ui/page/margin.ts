import type { Story } from '../story/story.js';
import { counted } from '../text.js';
import { spanOf } from '../time.js';
import { sinceStart } from './times.js';

/** How close to losing its quorum the cluster was seen; undefined where no look found a leader. */
export function marginOf(story: Story): string | undefined {
  const known = story.voters.flatMap(({ fromMs, budget }) =>
    budget === undefined ? [] : [{ fromMs, ...budget }],
  );
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  const least = others.reduce((low, one) => (one.spare < low.spare ? one : low), first);
  const when = `${least.healthy} of ${counted(least.voters, 'voter')} healthy, ${least.quorum} needed, at ${sinceStart(least.fromMs, story)}`;
  const margin =
    least.spare < 0 ? `lost: ${when}` : `always ${least.spare} or more to spare; the least was ${when}`;
  const blindMs = story.voters
    .filter(({ budget }) => budget === undefined)
    .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  return blindMs === 0 ? margin : `${margin}; no undisputed leader for ${spanOf(blindMs)}`;
}

import type { Span, Story } from '../story/story.js';
import { spanOf } from '../time.js';

type Timed = Pick<Story, 'runs'>;

/** How long after its start, as a person says it: `1 m 22 s`. */
export function sinceStart(atMs: number, { runs }: Timed): string {
  const sinceMs = atMs - (runs[0]?.fromMs ?? atMs);
  return sinceMs < 1000 ? '0 s' : spanOf(sinceMs);
}

/** From when to when: `12 s to 1 m 22 s`. */
export function stretchOf({ fromMs, toMs }: Span, story: Timed): string {
  return `${sinceStart(fromMs, story)} to ${sinceStart(toMs, story)}`;
}

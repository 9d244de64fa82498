import type { SandboxImage } from '../interfaces.js';

/** What an image's service unit does when it is asked to start Consul. */
export interface ImageStart {
  /** From the order to start to Consul's start; undefined on an image without the unit. */
  readonly startAfterMs: number | undefined;
  /** Every run of the agent is killed after this long; undefined when it is left alone. */
  readonly crashAfterMs: number | undefined;
  /** From the agent's start until it joins its peers; undefined where `retry_join` does that at once. */
  readonly joinAfterMs?: number;
}

/** How long a slow image takes to start Consul, at speed 1. */
const SLOW_START_MS = 4 * 60_000;
/** How long an agent of a crash-looping image lives. */
const CRASH_AFTER_MS = 4_000;

/** How long a founder leads itself: a join is late where the first address does not answer, or the list comes late. */
const JOIN_AFTER_MS = 2_500;

/**
 * What an image's unit does. Times are divided by `speed`, except the lifetime of a crashing agent: Consul itself does
 * not run faster, and must come up before it crashes.
 */
export function getImageStart({ behaviour }: SandboxImage, speed: number): ImageStart {
  switch (behaviour) {
    case 'broken':
      return { startAfterMs: undefined, crashAfterMs: undefined };
    case 'slow':
      return { startAfterMs: SLOW_START_MS / speed, crashAfterMs: undefined };
    case 'crashloop':
      return { startAfterMs: 0, crashAfterMs: CRASH_AFTER_MS };
    case 'founder':
      return { startAfterMs: 0, crashAfterMs: undefined, joinAfterMs: JOIN_AFTER_MS };
    case 'clone':
    case 'namesake':
    case 'good':
    case 'lonely':
    case 'stuck':
      return { startAfterMs: 0, crashAfterMs: undefined };
  }
}

import type { Intent, Limits } from '../../src/lib/model/intent.js';
import { LOOK_MS, NEW_IMAGE } from './servers.js';

/** Roll 7f3a of cluster `consul`: five servers, the whole new group beside the old one. */
export function intentOf(over: Partial<Intent> = {}): Intent {
  return {
    rollId: '7f3a',
    cluster: 'consul',
    direction: 'forward',
    imageId: NEW_IMAGE,
    size: 5,
    surge: 5,
    oldGroup: 'consul',
    oldTemplate: 'consul-lc',
    newGroup: 'consul-7f3a',
    newTemplate: 'consul-lc-7f3a',
    was: { minSize: 5, maxSize: 5, desired: 5, suspended: [] },
    keepOld: false,
    startedAtMs: LOOK_MS,
    ...over,
  };
}

export const LIMITS: Limits = {
  healthTimeoutMs: 600_000,
  drainTimeoutMs: 300_000,
  leaveTimeoutMs: 60_000,
  leaderTimeoutMs: 60_000,
  awsTimeoutMs: 600_000,
  bakeMs: 0,
  looks: 3,
};

import type { Intent, Limits } from '../../src/lib/model/intent.js';
import type { Facts, Survey } from '../../src/lib/model/survey.js';
import { NEW_IMAGE } from './servers.js';

/** The limits most tests use: short, but none at zero. */
export const limits: Limits = {
  healthTimeoutMs: 600_000,
  drainTimeoutMs: 60_000,
  leaveTimeoutMs: 60_000,
  leaderTimeoutMs: 60_000,
  awsTimeoutMs: 300_000,
  bakeMs: 0,
  looks: 3,
};

/** What a roll of this survey's old group wants, but for `change`. */
export function intentFor(survey: Survey, change: Partial<Intent> = {}): Intent {
  const { old } = survey;
  const size = old?.desired ?? 0;
  return {
    rollId: '7f3a',
    cluster: survey.cluster,
    direction: 'forward',
    imageId: NEW_IMAGE,
    size,
    surge: size,
    oldGroup: 'consul',
    oldTemplate: 'consul-lc',
    newGroup: 'consul-7f3a',
    newTemplate: 'consul-lc-7f3a',
    was: {
      minSize: old?.minSize ?? 0,
      maxSize: old?.maxSize ?? 0,
      desired: size,
      suspended: old?.suspended ?? [],
    },
    keepOld: false,
    startedAtMs: survey.atMs,
    ...change,
  };
}

/** Facts with which every preflight check of the cloud passes. */
export function facts(change: Partial<Facts> = {}): Facts {
  return {
    account: '123456789012',
    image: { id: NEW_IMAGE, name: 'consul-v2', architecture: 'x86_64', state: 'available' },
    architectures: ['x86_64'],
    refreshInProgress: false,
    subnets: [{ id: 'subnet-1a', freeAddresses: 200 }],
    quota: { groupsLeft: 100, templatesLeft: 100 },
    autopilot: undefined,
    ...change,
  };
}

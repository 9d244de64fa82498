import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/lib/model/action.js';
import type { WaitCondition } from '../../../src/lib/model/decision.js';
import { computeQuorumMargin } from '../../../src/lib/model/raft.js';
import type { StopReason } from '../../../src/lib/model/stop-reason.js';
import { describeAction, describeStep } from '../../../src/lib/output/text/actions.js';
import { describeClusterState } from '../../../src/lib/output/text/cluster.js';
import { listRemedies } from '../../../src/lib/output/text/remedies.js';
import { describeStopReason } from '../../../src/lib/output/text/stop-reasons.js';
import { describeWait, describeWaitFor } from '../../../src/lib/output/text/waits.js';
import { buildFailedCheck } from '../../helpers/doctor-report.js';

import { buildObservation } from '../../helpers/observations.js';

/** The processes that may terminate servers, except AZRebalance. */
const ENDING = ['AlarmNotification', 'InstanceRefresh', 'ReplaceUnhealthy', 'ScheduledActions'];
const ids = ['i-0b11', 'i-0b12', 'i-0b13'];
const timedOut: StopReason = {
  kind: 'timed-out',
  waitedFor: { kind: 'ready', side: 'new', instanceIds: ids, expected: 3 },
  limitMs: 600_000,
  causes: [{ kind: 'gates', instanceId: 'i-0b11', gates: ['agent'] }],
};
const answers = [
  { instanceId: 'i-0a11', address: '127.1.1.11', leader: '127.1.1.11:8300' },
  { instanceId: 'i-0a12', address: '127.1.1.12', leader: '' },
];

describe('an action, as a command', () => {
  it.each<[string, Action]>([
    ["Save a snapshot of Consul's state", { kind: 'save-snapshot' }],
    ['Ask i-0a13 to leave', { kind: 'leave', servers: [{ instanceId: 'i-0a13', address: '127.1.1.13' }] }],
    [
      'Ask i-0a11, i-0a12 and i-0a13 to leave',
      {
        kind: 'leave',
        servers: ['i-0a11', 'i-0a12', 'i-0a13'].map((id) => ({ instanceId: id, address: '127.1.1.1' })),
      },
    ],
    ['Register i-0b11 and 2 others with load balancer lb', { kind: 'register', instanceIds: ids, balancers: ['lb'] }],
    ['Scale out group consul-7f3a to 5', { kind: 'scale-out', group: 'consul-7f3a', to: 5 }],
    [
      'Set group consul to desired 5, minimum 3, maximum 7',
      { kind: 'restore-size', group: 'consul', sizes: { minSize: 3, maxSize: 7, desired: 5 } },
    ],
    ['Suspend processes of group consul', { kind: 'suspend-processes', group: 'consul', processes: ENDING }],
    [
      'Resume AlarmNotification, InstanceRefresh, ReplaceUnhealthy and ScheduledActions of group consul',
      { kind: 'resume-processes', group: 'consul', processes: ENDING },
    ],
    ['Transfer leadership to i-0b11', { kind: 'transfer-leadership', to: 'i-0b11', peerId: 'raft-i-0b11' }],
  ])('%s', (sentence, action) => {
    expect(describeAction(action)).toBe(sentence);
  });

  it('has its reason and the number of voters', () => {
    const action: Action = { kind: 'terminate', instanceId: 'i-0a13' };
    const step = { phase: 'drain', action, reason: { kind: 'agent-down' }, margin: computeQuorumMargin(8, 7) } as const;
    expect(describeStep(step)).toBe(
      'Terminate i-0a13: out of Raft, and its agent stays down (voters 8, healthy 7, quorum 5, margin 2)',
    );
  });
});

describe('a wait', () => {
  it.each<[string, WaitCondition]>([
    ['5 new servers to be launched and ready', { kind: 'ready', side: 'new', instanceIds: [], expected: 5 }],
    ['i-0b11 and 2 others to be ready', { kind: 'ready', side: 'new', instanceIds: ids, expected: 5 }],
    ['i-0a13 to be out of Raft', { kind: 'out-of-raft', instanceId: 'i-0a13' }],
    ['an agreed leader', { kind: 'leadership', towards: undefined }],
    ['at least 4 of the 4 other voters to be healthy (2 are)', { kind: 'healthy', margin: computeQuorumMargin(4, 2) }],
  ])('says %s', (sentence, waitFor) => {
    expect(describeWaitFor(waitFor)).toBe(sentence);
  });

  it('says how much of its timeout is used', () => {
    const wait = { phase: 'finish', for: { kind: 'bake' }, limitMs: 300_000, sinceMs: 1_000 } as const;
    expect(describeWait(wait, 63_000)).toBe(
      'waiting for the bake time to pass with every server healthy, 1 m 2 s of 5 m',
    );
  });
});

describe('a stop reason', () => {
  it.each<[string, StopReason]>([
    [
      'Without i-0a13, only 4 of 6 voters would be healthy; at least 5 must be [quorum-margin].',
      { kind: 'quorum-at-risk', instanceId: 'i-0a13', after: computeQuorumMargin(6, 4) },
    ],
    [
      'The servers name more than one leader (i-0a11 names 127.1.1.11:8300, i-0a12 names no leader) [single-leader].',
      { kind: 'two-leaders', answers },
    ],
    ['The servers do not agree on a leader (no server answers) [single-leader].', { kind: 'no-leader', answers: [] }],
    [
      'Only 1 of 5 replacements passed all gates [replacements-first].',
      { kind: 'too-few-replacements', ready: 1, needed: 5 },
    ],
    [
      'Group consul would launch 3 servers, and the voters can lose 1 of them [quorum-margin].',
      { kind: 'too-many-launches', group: 'consul', wanted: 3, allowed: 1 },
    ],
    ['Timed out after 10 m waiting for i-0b11 and 2 others to be ready (i-0b11 did not pass: agent).', timedOut],
    [
      'Timed out after 10 m waiting for i-0b11 and 2 others to be ready (i-0b11 did not pass: agent); the roll is not rolled back automatically, because 2 old servers already left.',
      { kind: 'old-already-left', left: 2, because: timedOut },
    ],
  ])('%s', (sentence, reason) => {
    expect(describeStopReason(reason)).toBe(sentence);
  });

  it('names what is wrong', () => {
    const failed = [
      buildFailedCheck('image', 'ami-1 is not visible', 'look'),
      buildFailedCheck('failure tolerance', '2 of 3 voters healthy', 'wait'),
    ];
    expect(describeStopReason({ kind: 'preflight', failed })).toBe(
      'Image: ami-1 is not visible; failure tolerance: 2 of 3 voters healthy.',
    );
  });

  it('has the remedies of failed checks', () => {
    const failed = [buildFailedCheck('image', 'it does not exist', 'give another --ami')];
    const reason: StopReason = { kind: 'preflight', failed };
    expect(describeStopReason(reason)).toBe('Image: it does not exist.');
    expect(listRemedies(reason)).toEqual(['give another --ami']);
  });
});

describe('what to do next', () => {
  it('begins with the remedy of the error that ended the roll', () => {
    const message = 'The AWS credentials have expired, so ec2:DescribeInstances was refused.';
    const unreadable = { kind: 'unreadable', message, forMs: 600_000, remedy: 'sign in again' } as const;
    expect(listRemedies(unreadable)).toEqual(['sign in again']);
    expect(listRemedies({ ...unreadable, remedy: undefined })).toEqual([]);
    const failed = { kind: 'step-failed', action: 'scale-out', message, times: 5, remedy: 'Wait.' } as const;
    expect(listRemedies(failed)).toEqual(['Wait.']);
  });
});

describe('the state of a cluster', () => {
  it('has its voters, quorum and leader', () => {
    expect(describeClusterState(buildObservation())).toBe('5 voters, 5 healthy, quorum 3, leader i-0a11 (127.1.1.11)');
  });

  it('counts only healthy voters that answer', () => {
    const observation = buildObservation({ stages: { 'i-0a13': 'unhealthy', 'i-0a14': 'left' } });
    expect(describeClusterState(observation)).toBe('4 voters, 3 healthy, quorum 3, leader i-0a11 (127.1.1.11)');
  });

  it('says if there is no leader', () => {
    const observation = buildObservation({ leader: undefined });
    expect(describeClusterState(observation)).toBe('no agreed leader; 5 of 5 servers answer');
  });
});

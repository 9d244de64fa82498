import { describe, expect, it } from 'vitest';
import { executeAction } from '../../../src/lib/engine/execute.js';
import type { Action } from '../../../src/lib/model/action.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildTags } from '../../../src/lib/model/tags.js';
import { createFakeEngine } from '../../helpers/fake-engine.js';
import { buildIntent, buildMidRoll } from '../../helpers/intents.js';
import { buildAddress, NEW_IMAGE } from '../../helpers/servers.js';
import { buildObservation } from '../../helpers/surveys.js';

const observation = buildObservation({ old: 3 });
const intent = buildIntent(observation);
const launchConfiguration = {
  kind: 'create-launch-configuration',
  from: 'consul-lc',
  name: 'next',
  imageId: NEW_IMAGE,
} as const;
const group = {
  kind: 'create-group',
  from: 'consul',
  name: 'consul-7f3a',
  launchSource: { kind: 'launch-configuration', name: 'next' },
} as const;

/** The calls of an action, made after the actions that it needs. */
async function listCalls(action: Action, ...before: Action[]): Promise<readonly string[]> {
  const engine = createFakeEngine(3);
  for (const one of before) await executeAction({ engine, observation, memory: EMPTY_MEMORY, intent }, one);
  engine.calls.length = 0;
  await executeAction({ engine, observation, memory: EMPTY_MEMORY, intent }, action);
  return engine.calls;
}

describe('executeAction', () => {
  it.each<[Action, string, Action[]]>([
    [{ kind: 'save-snapshot' }, 'takeSnapshot', []],
    [{ kind: 'write-intent', group: 'consul' }, 'tag consul', []],
    [{ kind: 'suspend-processes', group: 'consul', processes: ['Launch'] }, 'suspendProcesses consul', []],
    [{ kind: 'resume-processes', group: 'consul', processes: ['Launch'] }, 'resumeProcesses consul', []],
    [launchConfiguration, 'createLaunchConfiguration next', []],
    [group, 'createGroup consul-7f3a', [launchConfiguration]],
    [{ kind: 'write-sentinel', value: '7f3a' }, 'writeKey consul-roll/consul/sentinel 7f3a', []],
    [{ kind: 'delete-sentinel' }, 'deleteKey consul-roll/consul/sentinel', []],
    [{ kind: 'scale-out', group: 'consul', to: 4 }, 'setSizes consul {"desired":4}', []],
    [{ kind: 'set-min-size', group: 'consul' }, 'setSizes consul {"minSize":0}', []],
    [
      { kind: 'restore-size', group: 'consul', sizes: { minSize: 1, maxSize: 3, desired: 3 } },
      'setSizes consul {"minSize":1,"maxSize":3,"desired":3}',
      [],
    ],
    [
      { kind: 'register', instanceIds: ['i-0a11', 'i-0a12'], balancers: ['lb'] },
      'register i-0a11 i-0a12',
      [],
    ],
    [{ kind: 'deregister', instanceId: 'i-0a12', balancers: ['lb'] }, 'deregister i-0a12', []],
    [{ kind: 'leave', instanceId: 'i-0a12', address: buildAddress('old', 1) }, 'requestLeave 127.1.1.12', []],
    [
      { kind: 'transfer-leadership', to: 'i-0a12', peerId: 'raft-i-0a12' },
      'transferLeadership raft-i-0a12',
      [],
    ],
    [{ kind: 'remove-peer', peerId: 'raft-i-0a12', node: 'i-0a12' }, 'removePeer raft-i-0a12', []],
    [
      { kind: 'terminate', instanceId: 'i-0a12' },
      'terminate i-0a12',
      [{ kind: 'set-min-size', group: 'consul' }],
    ],
    [{ kind: 'attach-load-balancers', group: 'consul', balancers: ['lb'] }, 'attachLoadBalancers consul', []],
    [{ kind: 'delete-group', group: 'consul-7f3a' }, 'deleteGroup consul-7f3a', [launchConfiguration, group]],
    [
      { kind: 'delete-launch-configuration', name: 'next' },
      'deleteLaunchConfiguration next',
      [launchConfiguration],
    ],
    [{ kind: 'clear-record', group: 'consul' }, 'untag consul', []],
    [
      { kind: 'start-rollback', groups: ['consul'], reason: { kind: 'lock-lost', holder: '' } },
      'tag consul',
      [],
    ],
  ])('makes one call for %j', async (action, call, before) => {
    expect(await listCalls(action, ...before)).toEqual([call]);
  });

  it('records a rollback only on the group that does not say so yet', async () => {
    const { observation: both, intent } = buildMidRoll({ old: 3, new: 1, size: 3 });
    const { old } = both;
    const turned = old && { ...old, tags: buildTags({ ...intent, direction: 'rollback' }, 'old') };
    const engine = createFakeEngine(3);
    const action = { kind: 'start-rollback', groups: [], reason: { kind: 'operator-request' } } as const;
    await executeAction(
      { engine, observation: { ...both, old: turned }, memory: EMPTY_MEMORY, intent },
      action,
    ).catch(() => undefined);
    expect(engine.calls).toEqual([`tag ${intent.newGroup}`]);
  });

  it('returns for memory where the snapshot was saved', async () => {
    const stage = { engine: createFakeEngine(3), observation, memory: EMPTY_MEMORY, intent };
    const path = '/var/tmp/consul-7f3a.snap';
    expect(await executeAction(stage, { kind: 'save-snapshot' })).toEqual({ snapshot: { path, bytes: 7 } });
  });

  it('fails where the observation agreed on no leader', async () => {
    const stage = {
      engine: createFakeEngine(3),
      observation: { ...observation, raft: undefined },
      memory: EMPTY_MEMORY,
      intent,
    };
    for (const kind of ['save-snapshot', 'delete-sentinel'] as const) {
      await expect(async () => executeAction(stage, { kind })).rejects.toMatchObject({
        code: 'no-leader',
        kind: 'quorum-at-risk',
      });
    }
  });
});

import { describe, expect, it } from 'vitest';
import { executeAction } from '../../../src/lib/engine/execute.js';
import type { Action, ActionKind, ActionOf } from '../../../src/lib/model/action.js';
import type { PinnedLaunchTemplate } from '../../../src/lib/model/launch-source.js';
import { EMPTY_MEMORY } from '../../../src/lib/model/memory.js';
import { buildTags } from '../../../src/lib/model/tags.js';
import { buildIntent, buildMidRoll } from '../../helpers/intents.js';
import { createFakeEngine } from '../../helpers/old-engine.js';
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

const launchTemplate: PinnedLaunchTemplate = {
  kind: 'launch-template',
  id: 'lt-1',
  name: 'lt',
  version: '3',
  resolved: 3,
  defaultVersion: 3,
  mixed: false,
};

/** The calls of an action, made after the actions that it needs. */
async function listCalls(action: Action, ...before: Action[]): Promise<readonly string[]> {
  const engine = createFakeEngine(3);
  for (const one of before) await executeAction({ engine, observation, memory: EMPTY_MEMORY, intent }, one);
  engine.calls.length = 0;
  await executeAction({ engine, observation, memory: EMPTY_MEMORY, intent }, action);
  return engine.calls;
}

interface Case<K extends ActionKind> {
  readonly action: Omit<ActionOf<K>, 'kind'>;
  readonly call: string;
  /** What must be done first. */
  readonly after?: readonly Action[];
}

const reason = { kind: 'operator-request' } as const;
const CASES: { readonly [K in ActionKind]: Case<K> } = {
  'save-snapshot': { action: {}, call: 'takeSnapshot' },
  'write-intent': { action: { group: 'consul' }, call: 'tag consul' },
  'suspend-processes': {
    action: { group: 'consul', processes: ['Launch'] },
    call: 'suspendProcesses consul',
  },
  'create-launch-configuration': { action: launchConfiguration, call: 'createLaunchConfiguration next' },
  'create-launch-template-version': {
    action: { launchSource: launchTemplate, imageId: NEW_IMAGE },
    call: 'createLaunchTemplateVersion lt-1',
  },
  'convert-launch-source': {
    action: {
      from: launchTemplate,
      to: { kind: 'launch-configuration', name: 'next' },
      imageId: NEW_IMAGE,
    },
    call: 'convertLaunchSource lt next',
  },
  'create-group': { action: group, call: 'createGroup consul-7f3a', after: [launchConfiguration] },
  'set-launch-source': {
    action: { group: 'consul', launchSource: { kind: 'launch-configuration', name: 'next' } },
    call: 'setLaunchSource consul next',
    after: [launchConfiguration],
  },
  'set-default-version': {
    action: { id: 'lt-1', name: 'lt', version: 4 },
    call: 'setDefaultLaunchTemplateVersion lt-1 4',
  },
  'write-sentinel': { action: { value: '7f3a' }, call: 'writeKey consul-roll/consul/sentinel 7f3a' },
  'set-max-size': { action: { group: 'consul', to: 4 }, call: 'setSizes consul {"maxSize":4}' },
  'set-min-size': { action: { group: 'consul' }, call: 'setSizes consul {"minSize":0}' },
  'scale-out': { action: { group: 'consul', to: 4 }, call: 'setSizes consul {"desired":4}' },
  'lower-desired': { action: { group: 'consul', to: 3 }, call: 'setSizes consul {"desired":3}' },
  'restore-size': {
    action: { group: 'consul', sizes: { minSize: 1, maxSize: 3, desired: 3 } },
    call: 'setSizes consul {"minSize":1,"maxSize":3,"desired":3}',
  },
  register: {
    action: { instanceIds: ['i-0a11', 'i-0a12'], balancers: ['lb'] },
    call: 'register i-0a11 i-0a12',
  },
  deregister: { action: { instanceId: 'i-0a12', balancers: ['lb'] }, call: 'deregister i-0a12' },
  'transfer-leadership': {
    action: { to: 'i-0a12', peerId: 'raft-i-0a12' },
    call: 'transferLeadership raft-i-0a12',
  },
  leave: {
    action: { instanceId: 'i-0a12', address: buildAddress('old', 1) },
    call: 'requestLeave 127.1.1.12',
  },
  'remove-peer': {
    action: { peerId: 'raft-i-0a12', node: 'i-0a12' },
    call: 'removePeer raft-i-0a12',
  },
  terminate: {
    action: { instanceId: 'i-0a12' },
    call: 'terminate i-0a12',
    after: [{ kind: 'set-min-size', group: 'consul' }],
  },
  'attach-load-balancers': {
    action: { group: 'consul', balancers: ['lb'] },
    call: 'attachLoadBalancers consul',
  },
  'copy-warm-pool': {
    action: { from: 'consul', group: 'consul-7f3a' },
    call: 'copyWarmPool consul-7f3a',
    after: [launchConfiguration, group],
  },
  'delete-warm-pool': { action: { group: 'consul' }, call: 'deleteWarmPool consul' },
  'delete-group': {
    action: { group: 'consul-7f3a' },
    call: 'deleteGroup consul-7f3a',
    after: [launchConfiguration, group],
  },
  'delete-launch-configuration': {
    action: { name: 'next' },
    call: 'deleteLaunchConfiguration next',
    after: [launchConfiguration],
  },
  'delete-launch-template-version': {
    action: { id: 'lt-1', name: 'lt', version: 4 },
    call: 'deleteLaunchTemplateVersion lt-1 4',
  },
  'delete-launch-template': { action: { id: 'lt-1', name: 'lt' }, call: 'deleteLaunchTemplate lt-1' },
  'resume-processes': {
    action: { group: 'consul', processes: ['Launch'] },
    call: 'resumeProcesses consul',
  },
  'delete-sentinel': { action: {}, call: 'deleteKey consul-roll/consul/sentinel' },
  'clear-record': { action: { group: 'consul' }, call: 'untag consul' },
  'complete-in-place': { action: { group: 'consul' }, call: 'tag consul' },
  'start-rollback': { action: { groups: ['consul'], reason }, call: 'tag consul' },
};

describe('executeAction', () => {
  it.each(Object.entries(CASES))('makes one call for %s', async (kind, { action, call, after = [] }) => {
    expect(await listCalls({ ...action, kind } as Action, ...after)).toEqual([call]);
  });

  it('records a rollback only on the group that does not say so yet', async () => {
    const { observation: both, intent } = buildMidRoll({ old: 3, new: 1, size: 3 });
    const { old } = both;
    const turned = old && { ...old, tags: buildTags({ ...intent, direction: 'rollback' }, 'old') };
    const engine = createFakeEngine(3);
    const action = { kind: 'start-rollback', groups: [], reason: { kind: 'operator-request' } } as const;
    await executeAction({ engine, observation: { ...both, old: turned }, memory: EMPTY_MEMORY, intent }, action).catch(
      () => undefined,
    );
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

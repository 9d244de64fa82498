import { describe, expect, it } from 'vitest';
import { executeAction } from '../../src/lib/engine/execute.js';
import { observe } from '../../src/lib/engine/observe/observe.js';
import { type Action, type ActionKind, type ActionOf, listDepartingInstances } from '../../src/lib/model/action.js';
import { RollError } from '../../src/lib/model/errors.js';
import type { PinnedLaunchTemplate } from '../../src/lib/model/launch-source.js';
import { EMPTY_MEMORY, type Memory } from '../../src/lib/model/memory.js';
import { buildRecordTags } from '../../src/lib/model/tags.js';
import { createFakeEngine, type FakeEngine } from '../helpers/fake-engine.js';
import { buildIntent, buildMidRoll } from '../helpers/intents.js';
import { NEW_IMAGE, OLD_IMAGE } from '../helpers/servers.js';

/** A cluster with a launch template of four versions and a warm pool; its ids are the same each time. */
function createEngine() {
  const engine = createFakeEngine(3);
  const { world, names } = engine;
  const data = { ImageId: OLD_IMAGE, InstanceType: 't3.medium' } as const;
  const template = { LaunchTemplateName: 'consul-lt', LaunchTemplateData: data };
  world.call('ec2', 'CreateLaunchTemplate', template);
  for (let version = 2; version <= 4; version += 1) world.call('ec2', 'CreateLaunchTemplateVersion', template);
  world.call('autoscaling', 'PutWarmPool', { AutoScalingGroupName: names.group });
  return engine;
}

const { account, servers, names, ...ports } = createEngine();
const { group: groupName, balancer } = names;
const observation = await observe(ports, {
  cluster: 'consul',
  oldGroup: groupName,
  next: undefined,
  newGroup: 'consul-7f3a',
  launchConfigurations: [names.launchConfiguration],
  balancers: [balancer],
  preflightFacts: undefined,
});
const intent = buildIntent(observation, { oldGroup: groupName });
const follower = servers.peers.find(({ address }) => address !== servers.leader);
if (follower?.instanceId === undefined) throw new Error('a cluster of three has followers');
const { address, id: peerId, instanceId } = follower;
const [first = ''] = account.instances.map((instance) => instance.instanceId);
const templateId = account.launchTemplates[0]?.id ?? '';

const launchConfiguration = {
  kind: 'create-launch-configuration',
  from: names.launchConfiguration,
  name: 'next',
  imageId: NEW_IMAGE,
} as const;
const group = {
  kind: 'create-group',
  from: groupName,
  name: 'consul-7f3a',
  launchSource: { kind: 'launch-configuration', name: 'next' },
} as const;

const launchTemplate: PinnedLaunchTemplate = {
  kind: 'launch-template',
  id: templateId,
  name: 'consul-lt',
  version: '3',
  resolved: 3,
  defaultVersion: 3,
  mixed: false,
};

/** A call that begins with these words. */
function startOf(call: string): RegExp {
  return new RegExp(`^${call.replace(/[{}.()[\]]/g, '\\$&')}( |$)`);
}

/** The calls of an action, made after the actions that it needs. */
async function listCalls(action: Action, ...before: Action[]): Promise<readonly string[]> {
  const engine = createEngine();
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
  /** How often, each time of another server; once if it is left out. */
  readonly times?: number;
  /** The call before it. */
  readonly first?: string;
}

const reason = { kind: 'operator-request' } as const;
const RECORD = `writeKey ${servers.leader} consul-roll/consul/record`;
const CASES: { readonly [K in ActionKind]: Case<K> } = {
  'save-snapshot': { action: {}, call: `takeSnapshot ${servers.leader}` },
  'write-record': { action: {}, call: `writeKey ${servers.leader} consul-roll/consul/record` },
  'delete-record': {
    action: {},
    call: `deleteKey ${servers.leader} consul-roll/consul/record`,
    first: `untag ${groupName} ${Object.keys(buildRecordTags(intent, 'old')).join(' ')}`,
  },
  'write-intent': { action: { group: groupName }, call: `tag ${groupName}` },
  'suspend-processes': {
    action: { group: groupName, processes: ['Launch'] },
    call: `suspendProcesses ${groupName} Launch`,
  },
  'protect-servers': {
    action: { group: groupName, instanceIds: [first] },
    call: `setProtection ${groupName} {"newServers":true,"instanceIds":["${first}"],"isProtected":true}`,
  },
  'restore-protection': {
    action: { group: groupName, newServers: false, instanceIds: [first] },
    call: `setProtection ${groupName} {"newServers":false,"instanceIds":["${first}"],"isProtected":false}`,
  },
  'create-launch-configuration': {
    action: launchConfiguration,
    call: `createLaunchConfiguration ${names.launchConfiguration} next ${NEW_IMAGE}`,
  },
  'create-launch-template-version': {
    action: { launchSource: launchTemplate, imageId: NEW_IMAGE },
    call: 'createLaunchTemplateVersion',
  },
  'convert-launch-source': {
    action: { from: launchTemplate, to: { kind: 'launch-configuration', name: 'next' }, imageId: NEW_IMAGE },
    call: 'convertLaunchSource',
  },
  'create-group': { action: group, call: `createGroup ${groupName} consul-7f3a`, after: [launchConfiguration] },
  'set-launch-source': {
    action: { group: groupName, launchSource: { kind: 'launch-configuration', name: 'next' } },
    call: `setLaunchSource ${groupName} {"kind":"launch-configuration","name":"next"}`,
    after: [launchConfiguration],
  },
  'set-default-version': {
    action: { id: templateId, name: 'consul-lt', version: 4 },
    call: `setDefaultLaunchTemplateVersion ${templateId} 4`,
  },
  'write-sentinel': { action: { value: '7f3a' }, call: `writeKey ${servers.leader} consul-roll/consul/sentinel 7f3a` },
  'set-max-size': { action: { group: groupName, to: 4 }, call: `setSizes ${groupName} {"maxSize":4}` },
  'set-min-size': { action: { group: groupName }, call: `setSizes ${groupName} {"minSize":0}` },
  'scale-out': { action: { group: groupName, to: 4 }, call: `setSizes ${groupName} {"desired":4}` },
  'lower-desired': { action: { group: groupName, to: 3 }, call: `setSizes ${groupName} {"desired":3}` },
  'restore-size': {
    action: { group: groupName, sizes: { minSize: 1, maxSize: 3, desired: 3 } },
    call: `setSizes ${groupName} {"minSize":1,"maxSize":3,"desired":3}`,
  },
  register: {
    action: { instanceIds: [first, instanceId], balancers: [balancer] },
    call: `register ${balancer} ${first} ${instanceId}`,
  },
  deregister: {
    action: { instanceIds: [first, instanceId], balancers: [balancer] },
    call: `deregister ${balancer} ${first} ${instanceId}`,
  },
  'transfer-leadership': { action: { to: instanceId, peerId }, call: `transferLeadership ${servers.leader} ${peerId}` },
  leave: { action: { servers: [{ instanceId, address }] }, call: `requestLeave ${address}` },
  'remove-peer': { action: { peerId, node: instanceId }, call: `removePeer ${servers.leader} ${peerId}` },
  'forget-member': { action: { node: 'gone' }, call: 'forgetMember', times: 3 },
  'set-instance-health': { action: { instanceId }, call: `setHealthy ${instanceId}` },
  terminate: {
    action: { instanceId },
    call: `terminate ${instanceId}`,
    after: [{ kind: 'set-min-size', group: groupName }],
  },
  'complete-lifecycle-hooks': {
    action: { group: groupName, instanceIds: ['i-0b11'], hooks: ['drain'], result: 'ABANDON' },
    call: 'completeLifecycleHooks',
  },
  'attach-load-balancers': {
    action: { group: groupName, balancers: [balancer] },
    call: `attachLoadBalancers ${groupName} ${balancer}`,
  },
  'copy-warm-pool': {
    action: { from: groupName, group: 'consul-7f3a' },
    call: `copyWarmPool ${groupName} consul-7f3a`,
    after: [launchConfiguration, group],
  },
  'delete-warm-pool': { action: { group: groupName }, call: `deleteWarmPool ${groupName}` },
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
    action: { id: templateId, name: 'consul-lt', version: 4 },
    call: `deleteLaunchTemplateVersion ${templateId} 4`,
  },
  'delete-launch-template': {
    action: { id: templateId, name: 'consul-lt' },
    call: `deleteLaunchTemplate ${templateId}`,
  },
  'resume-processes': {
    action: { group: groupName, processes: ['Launch'] },
    call: `resumeProcesses ${groupName} Launch`,
  },
  'delete-sentinel': { action: {}, call: `deleteKey ${servers.leader} consul-roll/consul/sentinel` },
  'clear-record': { action: { group: groupName }, call: `untag ${groupName}` },
  'complete-in-place': { action: { group: groupName }, call: `tag ${groupName}`, first: RECORD },
  // A group without tags of the roll gets none.
  'turn-forward': { action: { groups: [groupName] }, call: '', times: 0, first: RECORD },
  'start-rollback': { action: { groups: [groupName], reason }, call: '', times: 0, first: RECORD },
};

describe('executeAction', () => {
  it.each(Object.entries(CASES))(
    'makes one call for %s',
    async (kind, { action, call, after = [], times = 1, first }) => {
      const expected = Array(times).fill(expect.stringMatching(startOf(call)));
      const calls = first === undefined ? expected : [expect.stringMatching(startOf(first)), ...expected];
      expect(await listCalls({ ...action, kind } as Action, ...after)).toEqual(calls);
    },
  );

  it('records a rollback only on the group that does not say so yet', async () => {
    const { observation: both, intent } = buildMidRoll({ old: 3, new: 1, size: 3 });
    const { old } = both;
    const turned = old && { ...old, tags: buildRecordTags({ ...intent, direction: 'rollback' }, 'old') };
    const engine = createEngine();
    const action = { kind: 'start-rollback', groups: [], reason: { kind: 'operator-request' } } as const;
    const turnedHalf = { ...both, old: turned, raft: observation.raft };
    await executeAction({ engine, observation: turnedHalf, memory: EMPTY_MEMORY, intent }, action).catch(
      () => undefined,
    );
    expect(engine.calls.slice(1)).toEqual([expect.stringMatching(startOf(`tag ${intent.newGroup}`))]);
  });

  it('writes a lost record as the tags have it: a rollback that was asked for may be impossible', async () => {
    const engine = createEngine();
    const asked = { ...intent, direction: 'rollback' } as const;
    const old = observation.old && { ...observation.old, tags: buildRecordTags(intent, 'old') };
    const tagged = { ...observation, old };
    await executeAction({ engine, observation: tagged, memory: EMPTY_MEMORY, intent: asked }, { kind: 'write-record' });
    expect(engine.calls.join()).toContain('"direction":"forward"');
  });

  // failure-mode: joins-other-cluster
  it.each([
    ['asks a founder to leave before it is terminated', 'other', true],
    ['does not where a member of the cluster that it has joined has its node id', 'own', false],
  ])('%s', async (_, nodeId, isAsked) => {
    const engine = createEngine();
    const own = { node: 'canary', nodeId: 'own', address, isAlive: true };
    engine.consul.readMembers = async () => [own, { ...own, node: 'theirs', nodeId, address: '127.99.0.1' }];
    const stage = { engine, observation, memory: EMPTY_MEMORY, intent };
    await executeAction(stage, { kind: 'set-min-size', group: groupName });
    engine.calls.length = 0;
    await executeAction(stage, { kind: 'terminate', instanceId, cutOff: address });
    const leave = isAsked ? [`requestLeave ${address}`] : [];
    expect(engine.calls).toEqual([...leave, `terminate ${instanceId}`]);
  });

  describe('a request to several servers to leave', () => {
    const denied = new RollError({ code: 'acl-denied', message: 'No.', kind: 'refused', next: 'grant agent:write' });
    const old = observation.servers.filter(({ side }) => side === 'old');
    const asked = old.map((one) => ({ instanceId: one.instanceId, address: one.address ?? '' }));
    const stageOf = (engine: FakeEngine) => ({ engine, observation, memory: EMPTY_MEMORY, intent });
    const requestTo = (answers: Readonly<Record<string, () => Promise<void>>>) => {
      const engine = createEngine();
      engine.consul.requestLeave = (to) => answers[to]?.() ?? Promise.resolve();
      return executeAction(stageOf(engine), { kind: 'leave', servers: asked });
    };

    it('is made of all at the same moment', async () => {
      const engine = createEngine();
      const waiting: (() => void)[] = [];
      engine.consul.requestLeave = () => new Promise((resolve) => waiting.push(resolve));
      const done = executeAction(stageOf(engine), { kind: 'leave', servers: asked });
      expect(waiting).toHaveLength(3);
      for (const answer of waiting) answer();
      const counts = Object.values((await done).learned?.leaveRequests ?? {}).map(({ count }) => count);
      expect(counts).toEqual([1, 1, 1]);
    });

    const refuse = async () => {
      throw denied;
    };
    const fail = async () => {
      throw new Error('connection reset');
    };
    const [first, second, third] = asked.map(({ instanceId: id, address: at }) => ({ id, at }));
    const summarize = (memory: Partial<Memory> | undefined) =>
      Object.entries(memory?.leaveRequests ?? {}).map(
        ([id, { count, isUncertain }]) => `${id} ${count}${isUncertain ? ' uncertain' : ''}`,
      );

    it('counts where it was made, and has failed where it was refused', async () => {
      const { learned, done, failed } = await requestTo({ [second?.at ?? '']: refuse });
      expect(Object.keys(learned?.leaveRefusals ?? {})).toEqual([second?.id]);
      expect(summarize(learned)).toEqual([`${first?.id} 1`, `${third?.id} 1`]);
      expect(done && listDepartingInstances(done)).toEqual([first?.id, third?.id]);
      expect(failed && listDepartingInstances(failed.action)).toEqual([second?.id]);
      expect(failed?.error).toBe(denied);
    });

    it('is remembered of each server where one does not answer and another one refuses', async () => {
      const { learned, done, failed } = await requestTo({ [first?.at ?? '']: fail, [second?.at ?? '']: refuse });
      expect(summarize(learned)).toEqual([`${third?.id} 1`, `${first?.id} 0 uncertain`]);
      expect(Object.keys(learned?.leaveRefusals ?? {})).toEqual([second?.id]);
      expect(done && listDepartingInstances(done)).toEqual([third?.id]);
      expect(failed && listDepartingInstances(failed.action)).toEqual([first?.id, second?.id]);
      expect(failed?.error).toEqual(new Error('connection reset'));
    });

    it('waits for every answer, also where one fails at once', async () => {
      let answered = false;
      const answerLate = async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        answered = true;
      };
      await requestTo({ [first?.at ?? '']: fail, [third?.at ?? '']: answerLate });
      expect(answered).toBe(true);
    });
  });

  it('returns for memory where the snapshot was saved', async () => {
    const stage = { engine: createEngine(), observation, memory: EMPTY_MEMORY, intent };
    const path = '/var/tmp/consul-roll-7f3a.snap';
    expect(await executeAction(stage, { kind: 'save-snapshot' })).toEqual({
      learned: { snapshot: { path, bytes: 1_024 } },
    });
  });

  it('fails where the observation agreed on no leader', async () => {
    const stage = {
      engine: createEngine(),
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

import type { LaunchFacts } from '../../interfaces.js';
import { DELAYS, TERMINATED_LISTED_MS } from '../delays.js';
import { forgetInstance } from '../elb/registration.js';
import { forgetTargets } from '../elbv2/registration.js';
import { type Subnet, takeAddress } from '../network.js';
import type { InstanceRecord, InstanceWatch, LaunchSpec } from '../records.js';
import { type AwsState, formatNow, scheduleAfter, scheduleAfterMs } from '../state.js';
import { getPrivateName } from './described-instance.js';
import { isAlive } from './instance.js';

/** What a launch needs beside what to launch. */
export interface LaunchRequest {
  readonly spec: LaunchSpec;
  readonly subnet: Subnet;
  readonly tags: ReadonlyMap<string, string>;
  /** How many servers bootstrap a cluster, if no server with the same `Name` runs yet. */
  readonly founders: number;
  readonly watch: InstanceWatch;
}

/** How the end of an instance came about, in EC2's words. */
export const END_REASONS = {
  userInitiated: {
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  },
} as const;

/**
 * Starts an instance: `pending`, then `running` when its image has booted.
 *
 * @throws AwsFault when the subnet has no address left, or launches are refused
 */
export function launchInstance(state: AwsState, request: LaunchRequest): InstanceRecord {
  if (state.launchFault !== undefined) throw state.launchFault;
  const address = takeAddress(request.subnet);
  const tags = new Map([...request.spec.tags, ...request.tags]);
  const instance: InstanceRecord = {
    instanceId: state.ids.resource('i'),
    reservationId: state.ids.resource('r'),
    interfaceId: state.ids.resource('eni'),
    volumeId: state.ids.resource('vol'),
    spec: request.spec,
    subnet: request.subnet,
    address,
    launchedMs: state.nowMs,
    tags,
    bootstrapExpect: namesakes(state, tags.get('Name')).length === 0 ? request.founders : undefined,
    watch: request.watch,
    state: 'pending',
    stateReason: undefined,
    transitionReason: '',
    boot: undefined,
  };
  state.instances.set(instance.instanceId, instance);
  instance.boot = scheduleAfterMs(state, request.spec.image.bootMs / state.speed, () => boot(state, instance));
  return instance;
}

function boot(state: AwsState, instance: InstanceRecord): void {
  instance.state = 'running';
  const peers = namesakes(state, instance.tags.get('Name')).filter((peer) => peer !== instance);
  state.instanceBackend.boot({
    instanceId: instance.instanceId,
    address: instance.address,
    zone: instance.subnet.zone,
    image: instance.spec.image,
    peers: peers.map((peer) => peer.address),
    bootstrapExpect: instance.bootstrapExpect,
    launch: launchFacts(state, instance),
  });
  instance.watch.running();
}

function launchFacts(state: AwsState, instance: InstanceRecord): LaunchFacts {
  const { spec, launchedMs, tags } = instance;
  return {
    region: state.region,
    accountId: state.accountId,
    instanceType: spec.instanceType,
    hostName: getPrivateName(state, instance),
    launchedMs,
    userData: spec.userData,
    instanceProfile: spec.iamInstanceProfile,
    httpTokens: spec.httpTokens,
    tagsInMetadata: spec.tagsInMetadata,
    tags,
  };
}

/** The running instances that carry the `Name` tag: what the boot script finds. */
function namesakes(state: AwsState, name: string | undefined): InstanceRecord[] {
  if (name === undefined) return [];
  const running = [...state.instances.values()].filter((instance) => instance.state === 'running');
  return running.filter((instance) => instance.tags.get('Name') === name);
}

/** Shuts an instance down, `shutting-down` until nothing of it runs any more; one on its way out stays as it is. */
export function terminateInstance(state: AwsState, instance: InstanceRecord): void {
  if (!isAlive(instance)) return;
  const booted = instance.state === 'running';
  if (instance.boot !== undefined) instance.boot.cancelled = true;
  instance.state = 'shutting-down';
  instance.stateReason = END_REASONS.userInitiated;
  instance.transitionReason = `User initiated (${formatNow(state).replace('T', ' ').replace('Z', ' GMT')})`;
  const gone = () => {
    scheduleAfter(state, 'terminatedMs', () => finish(state, instance));
  };
  if (!booted) gone();
  else state.instanceBackend.shutdown(instance.instanceId, DELAYS.shutdownGraceMs / state.speed, gone);
}

function finish(state: AwsState, instance: InstanceRecord): void {
  instance.state = 'terminated';
  instance.subnet.taken.delete(instance.address);
  forgetInstance(state, instance.instanceId);
  forgetTargets(state, instance.instanceId);
  instance.watch.terminated();
  scheduleAfterMs(state, TERMINATED_LISTED_MS, () => state.instances.delete(instance.instanceId));
}

import type { Group } from '../../src/lib/model/group.js';
import type { GroupLaunchSource, LaunchSource } from '../../src/lib/model/launch-source.js';
import type { BalancerState } from '../../src/lib/model/server.js';
import type { Cloud, CloudInstance, ClusterDescription } from '../../src/lib/ports.js';
import { FakeAccount } from './fake-account.js';
import type { FakeClock } from './fake-clock.js';
import { LOAD_BALANCER } from './servers.js';

/** How long the made-up AWS takes, in milliseconds. */
const BOOT_MS = 5000;
const REGISTER_MS = 3000;
const DRAIN_MS = 5000;
const TERMINATE_MS = 4000;

interface State {
  groups: Group[];
  instances: CloudInstance[];
  templates: { readonly name: string; readonly imageId: string }[];
}

/** What the rest of the made-up world does when an instance comes or goes. */
export interface InstanceListener {
  booted(instance: CloudInstance): void;
  killed(instance: CloudInstance): void;
}

/**
 * A few Auto Scaling groups on launch configurations, in memory. Effects take time.
 */
export class FakeCloud extends FakeAccount implements Cloud {
  readonly #clock: FakeClock;
  readonly #room: InstanceListener;
  readonly #call: (name: string, ...about: unknown[]) => void;
  #state: State = { groups: [], instances: [], templates: [] };
  #launched = 0;

  constructor(clock: FakeClock, room: InstanceListener, call: (name: string, ...about: unknown[]) => void) {
    super();
    this.#clock = clock;
    this.#room = room;
    this.#call = call;
  }

  /** Puts a group with its servers there, as if it had always been. */
  seed(group: Group, instances: readonly CloudInstance[], imageId: string): void {
    const { launchSource } = group;
    if (launchSource.kind === 'launch-configuration') {
      this.#state.templates.push({ name: launchSource.name, imageId });
    }
    this.#state.groups.push(group);
    this.#state.instances.push(...instances);
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  async findGroups(cluster: string): Promise<readonly Group[]> {
    this.#call('findGroups');
    const found = this.#state.groups.filter(
      ({ name, tags }) => name === cluster || tags.Name === cluster || tags['consul-roll:cluster'] === cluster,
    );
    return found;
  }

  async describeCluster(
    groups: readonly string[],
    templates: readonly string[],
    balancers: readonly string[],
  ): Promise<ClusterDescription> {
    this.#call('describeCluster');
    const state = this.#state;
    const found = state.groups.filter(({ name }) => groups.includes(name));
    return {
      groups: found,
      instances: state.instances.filter(({ group }) => groups.includes(group)),
      launchConfigurations: state.templates.map(({ name }) => name).filter((name) => templates.includes(name)),
      launchTemplate: undefined,
      drainingMs: Object.fromEntries(balancers.map((name) => [name, DRAIN_MS])),
    };
  }

  async createLaunchConfiguration(_from: string, name: string, imageId: string): Promise<void> {
    this.#call('createLaunchConfiguration', name);
    this.#state.templates.push({ name, imageId });
  }

  createLaunchTemplateVersion(): Promise<void> {
    return this.#withoutTemplates();
  }

  convertLaunchSource(): Promise<void> {
    return this.#withoutTemplates();
  }

  async setLaunchSource(name: string, launchSource: LaunchSource): Promise<void> {
    this.#call(
      'setLaunchSource',
      name,
      launchSource.kind === 'launch-template' ? launchSource.version : launchSource.name,
    );
    const imageId = this.#state.templates.find((one) => one.name === launchSource.name)?.imageId;
    this.#change(name, { launchSource: toGroupLaunchSource(launchSource), imageId });
  }

  setDefaultLaunchTemplateVersion(): Promise<void> {
    return this.#withoutTemplates();
  }

  deleteLaunchTemplateVersion(): Promise<void> {
    return this.#withoutTemplates();
  }

  deleteLaunchTemplate(): Promise<void> {
    return this.#withoutTemplates();
  }

  async createGroup(from: string, name: string, launchSource: LaunchSource, tags: Readonly<Record<string, string>>) {
    this.#call('createGroup', name);
    const pattern = this.#group(from);
    const imageId = this.#state.templates.find((one) => one.name === launchSource.name)?.imageId;
    const nothing = { suspendedProcesses: [], balancers: [], instanceIds: [], warmPool: 'none' } as const;
    const empty = { minSize: 0, desired: 0, ...nothing };
    const made = {
      ...pattern,
      ...empty,
      name,
      launchSource: toGroupLaunchSource(launchSource),
      imageId,
      tags: { ...pattern.tags, ...tags },
    };
    this.#state.groups.push(made);
  }

  async setSizes(name: string, sizes: { minSize?: number; maxSize?: number; desired?: number }): Promise<void> {
    this.#call('setSizes', name, sizes);
    this.#change(name, sizes);
    this.#reconcile(name);
  }

  async suspendProcesses(name: string, processes: readonly string[]): Promise<void> {
    this.#call('suspendProcesses', name);
    this.#change(name, {
      suspendedProcesses: [...new Set([...this.#group(name).suspendedProcesses, ...processes])].sort(),
    });
  }

  async resumeProcesses(name: string, processes: readonly string[]): Promise<void> {
    this.#call('resumeProcesses', name);
    this.#change(name, {
      suspendedProcesses: this.#group(name).suspendedProcesses.filter((one) => !processes.includes(one)),
    });
    this.#reconcile(name);
  }

  async tag(name: string, tags: Readonly<Record<string, string>>): Promise<void> {
    this.#call('tag', name);
    this.#change(name, { tags: { ...this.#group(name).tags, ...tags } });
  }

  async untag(name: string, keys: readonly string[]): Promise<void> {
    this.#call('untag', name);
    const kept = Object.entries(this.#group(name).tags).filter(([key]) => !keys.includes(key));
    this.#change(name, { tags: Object.fromEntries(kept) });
  }

  async register(_balancer: string, ids: readonly string[]): Promise<void> {
    this.#call('register', ...ids);
    this.#balance(ids, 'registering', 'in-service', REGISTER_MS);
  }

  async deregister(_balancer: string, ids: readonly string[]): Promise<void> {
    this.#call('deregister', ...ids);
    this.#balance(ids, 'draining', 'absent', DRAIN_MS);
  }

  async attachLoadBalancers(name: string, balancers: readonly string[]): Promise<void> {
    this.#call('attachLoadBalancers', name);
    this.#change(name, { balancers: [...this.#group(name).balancers, ...balancers] });
  }

  async terminate(instanceId: string): Promise<void> {
    this.#call('terminate', instanceId);
    const instance = this.#state.instances.find((one) => one.instanceId === instanceId);
    if (instance === undefined || instance.lifecycle === 'Terminating') return;
    const { desired, minSize } = this.#group(instance.group);
    if (desired <= minSize) throw new Error(`${instance.group} would fall below its minimum`);
    this.#change(instance.group, { desired: desired - 1 });
    this.#server(instanceId, { lifecycle: 'Terminating' });
    this.#room.killed(instance);
    this.#clock.after(TERMINATE_MS, () => this.#forget(instance));
  }

  async copyWarmPool(_from: string, name: string): Promise<void> {
    this.#call('copyWarmPool', name);
    this.#change(name, { warmPool: 'there' });
  }

  async deleteWarmPool(name: string): Promise<void> {
    this.#call('deleteWarmPool', name);
    this.#change(name, { warmPool: 'going' });
    this.#clock.after(TERMINATE_MS, () => this.#change(name, { warmPool: 'none' }));
  }

  async deleteGroup(name: string): Promise<void> {
    this.#call('deleteGroup', name);
    if (this.#group(name).instanceIds.length > 0) throw new Error(`${name} has instances`);
    if (this.#group(name).warmPool !== 'none') throw new Error(`${name} has a warm pool`);
    this.#change(name, { deleting: true });
    this.#clock.after(TERMINATE_MS, () => {
      this.#state.groups = this.#state.groups.filter((group) => group.name !== name);
    });
  }

  async deleteLaunchConfiguration(name: string): Promise<'deleted' | 'in-use'> {
    this.#call('deleteLaunchConfiguration', name);
    this.#state.templates = this.#state.templates.filter((one) => one.name !== name);
    return 'deleted';
  }

  close(): void {}

  #group(name: string): Group {
    const group = this.#state.groups.find((one) => one.name === name);
    if (group === undefined) throw new Error(`there is no group ${name}`);
    return group;
  }

  async #withoutTemplates(): Promise<never> {
    throw new Error('this account has no launch templates');
  }

  #change(name: string, change: Partial<Group>): void {
    this.#state.groups = this.#state.groups.map((one) => (one.name === name ? { ...one, ...change } : one));
  }

  #server(id: string, change: Partial<CloudInstance>): void {
    this.#state.instances = this.#state.instances.map((one) => (one.instanceId === id ? { ...one, ...change } : one));
  }

  #balance(ids: readonly string[], now: BalancerState, then: BalancerState, ms: number): void {
    for (const id of ids) {
      this.#server(id, { balancers: { [LOAD_BALANCER]: now } });
      this.#clock.after(ms, () => this.#server(id, { balancers: { [LOAD_BALANCER]: then } }));
    }
  }

  /** Launches what a group lacks, unless it may not. */
  #reconcile(name: string): void {
    const { desired, suspendedProcesses: suspended, imageId, instanceIds } = this.#group(name);
    const here = this.#state.instances.filter((one) => one.group === name && one.lifecycle !== 'Terminating');
    const missing = suspended.includes('Launch') ? 0 : Math.max(0, desired - here.length);
    const fresh = Array.from({ length: missing }, () => this.#launch(name, imageId ?? ''));
    this.#state.instances.push(...fresh);
    this.#change(name, { instanceIds: [...instanceIds, ...fresh.map((one) => one.instanceId)] });
  }

  #launch(group: string, imageId: string): CloudInstance {
    this.#launched += 1;
    const instance: CloudInstance = {
      instanceId: `i-0c${10 + this.#launched}`,
      group,
      address: `127.1.3.${10 + this.#launched}`,
      zone: 'eu-west-1a',
      imageId,
      launchedAtMs: this.#clock.now(),
      lifecycle: 'Pending',
      protectedFromScaleIn: false,
      balancers: { [LOAD_BALANCER]: 'absent' },
    };
    this.#clock.after(BOOT_MS, () => {
      this.#server(instance.instanceId, { lifecycle: 'InService' });
      this.#room.booted(instance);
    });
    return instance;
  }

  #forget({ instanceId, group }: CloudInstance): void {
    this.#state.instances = this.#state.instances.filter((one) => one.instanceId !== instanceId);
    this.#change(group, { instanceIds: this.#group(group).instanceIds.filter((id) => id !== instanceId) });
  }
}

function toGroupLaunchSource(from: LaunchSource): GroupLaunchSource {
  return from.kind === 'launch-configuration' ? from : { ...from, resolved: undefined };
}

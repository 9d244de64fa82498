import type { Group } from '../../src/lib/model/group.js';
import type { GroupLaunchSource, LaunchSource, PreviousLaunchSource } from '../../src/lib/model/launch-source.js';
import type { BalancerState } from '../../src/lib/model/server.js';
import type {
  Cloud,
  CloudInstance,
  ClusterDescription,
  ConvertedLaunchSource,
  LaunchTemplateQuery,
} from '../../src/lib/ports.js';
import { FakeAccount } from './fake-account.js';
import type { FakeClock } from './fake-clock.js';
import {
  addVersion,
  type FakeLaunchTemplate,
  matchesQuery,
  removeVersion,
  resolveLaunchSource,
  setGroupLaunchSource,
  toLaunchTemplateState,
} from './fake-templates.js';
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
  launchTemplates: readonly FakeLaunchTemplate[];
}

/** What the rest of the made-up world does when an instance comes or goes. */
export interface InstanceListener {
  booted(instance: CloudInstance): void;
  killed(instance: CloudInstance): void;
}

/**
 * A few Auto Scaling groups in memory. Effects take time, and may show late: `lagMs` is how old the state is that
 * `look` shows.
 */
export class FakeCloud extends FakeAccount implements Cloud {
  lagMs = 0;
  /** Nothing can be launched. */
  noCapacity = false;
  readonly #clock: FakeClock;
  readonly #room: InstanceListener;
  readonly #call: (name: string, ...about: unknown[]) => void;
  readonly #past: { readonly atMs: number; readonly state: State }[] = [];
  #state: State = { groups: [], instances: [], templates: [], launchTemplates: [] };
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
    this.#keep();
  }

  /** Puts a launch template there, or another state of it. */
  seedTemplate(template: FakeLaunchTemplate): void {
    const others = this.#state.launchTemplates.filter(({ id }) => id !== template.id);
    this.#state.launchTemplates = [...others, template];
    this.#keep();
  }

  /** Has a group launch from this, as if it always had. */
  seedLaunch(name: string, launchSource: GroupLaunchSource, change: Partial<Group> = {}): void {
    this.#change(name, { launchSource, ...change });
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  async findGroups(cluster: string): Promise<readonly Group[]> {
    this.#call('findGroups');
    const found = this.#state.groups.filter(
      ({ name, tags }) => name === cluster || tags.Name === cluster || tags['consul-roll:cluster'] === cluster,
    );
    return found.map((group) => resolveLaunchSource(group, this.#state.launchTemplates));
  }

  async describeCluster(
    groups: readonly string[],
    templates: readonly string[],
    balancers: readonly string[],
    query?: LaunchTemplateQuery,
  ): Promise<ClusterDescription> {
    this.#call('describeCluster');
    const atMs = this.#clock.now() - this.lagMs;
    const { state } = this.#past.findLast((past) => past.atMs <= atMs) ?? { state: this.#state };
    const seen = query && state.launchTemplates.find((one) => matchesQuery(one, query));
    const found = state.groups.filter(({ name }) => groups.includes(name));
    return {
      groups: found.map((group) => resolveLaunchSource(group, state.launchTemplates)),
      instances: state.instances.filter(({ group }) => groups.includes(group)),
      launchConfigurations: state.templates.map(({ name }) => name).filter((name) => templates.includes(name)),
      launchTemplate: query && seen && toLaunchTemplateState(seen, query),
      drainingMs: Object.fromEntries(balancers.map((name) => [name, DRAIN_MS])),
    };
  }

  async createLaunchConfiguration(_from: string, name: string, imageId: string): Promise<void> {
    this.#call('createLaunchConfiguration', name);
    this.#state.templates.push({ name, imageId });
    this.#keep();
  }

  async createLaunchTemplateVersion(source: { readonly id: string }, mark: string, imageId: string): Promise<void> {
    this.#call('createLaunchTemplateVersion', source.id);
    this.#changeTemplate(source.id, (template) => addVersion(template, imageId, mark));
  }

  async convertLaunchSource(
    from: PreviousLaunchSource,
    to: ConvertedLaunchSource,
    mark: string,
    imageId: string,
  ): Promise<void> {
    this.#call('convertLaunchSource', from.name, to.name);
    if (to.kind === 'launch-configuration') this.#state.templates.push({ name: to.name, imageId });
    else {
      const versions = [{ number: 1, imageId, mark }];
      this.seedTemplate({ id: `lt-${to.name}`, name: to.name, defaultVersion: 1, last: 1, versions });
    }
    this.#keep();
  }

  async setLaunchSource(name: string, launchSource: LaunchSource): Promise<void> {
    this.#call(
      'setLaunchSource',
      name,
      launchSource.kind === 'launch-template' ? launchSource.version : launchSource.name,
    );
    const imageId = this.#state.templates.find((one) => one.name === launchSource.name)?.imageId;
    this.#change(name, { launchSource: setGroupLaunchSource(this.#group(name), launchSource), imageId });
  }

  async setDefaultLaunchTemplateVersion(id: string, version: number): Promise<void> {
    this.#call('setDefaultLaunchTemplateVersion', id, version);
    this.#changeTemplate(id, (template) => ({ ...template, defaultVersion: version }));
  }

  async deleteLaunchTemplateVersion(id: string, version: number): Promise<void> {
    this.#call('deleteLaunchTemplateVersion', id, version);
    this.#changeTemplate(id, (template) => removeVersion(template, version));
  }

  async deleteLaunchTemplate(id: string): Promise<void> {
    this.#call('deleteLaunchTemplate', id);
    this.#state.launchTemplates = this.#state.launchTemplates.filter((one) => one.id !== id);
    this.#keep();
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
      launchSource: setGroupLaunchSource(pattern, launchSource),
      imageId,
      tags: { ...pattern.tags, ...tags },
    };
    this.#state.groups.push(made);
    this.#keep();
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
      this.#keep();
    });
  }

  async deleteLaunchConfiguration(name: string): Promise<'deleted' | 'in-use'> {
    this.#call('deleteLaunchConfiguration', name);
    this.#state.templates = this.#state.templates.filter((one) => one.name !== name);
    this.#keep();
    return 'deleted';
  }

  close(): void {}

  #group(name: string): Group {
    const group = this.#state.groups.find((one) => one.name === name);
    if (group === undefined) throw new Error(`there is no group ${name}`);
    return group;
  }

  #changeTemplate(id: string, change: (template: FakeLaunchTemplate) => FakeLaunchTemplate): void {
    this.#state.launchTemplates = this.#state.launchTemplates.map((one) => (one.id === id ? change(one) : one));
    this.#keep();
  }

  #change(name: string, change: Partial<Group>): void {
    this.#state.groups = this.#state.groups.map((one) => (one.name === name ? { ...one, ...change } : one));
    this.#keep();
  }

  #server(id: string, change: Partial<CloudInstance>): void {
    this.#state.instances = this.#state.instances.map((one) => (one.instanceId === id ? { ...one, ...change } : one));
    this.#keep();
  }

  #balance(ids: readonly string[], now: BalancerState, then: BalancerState, ms: number): void {
    for (const id of ids) {
      this.#server(id, { balancers: { [LOAD_BALANCER]: now } });
      this.#clock.after(ms, () => this.#server(id, { balancers: { [LOAD_BALANCER]: then } }));
    }
  }

  /** Launches what a group lacks, unless it may not. */
  #reconcile(name: string): void {
    const {
      desired,
      suspendedProcesses: suspended,
      imageId,
      instanceIds,
    } = resolveLaunchSource(this.#group(name), this.#state.launchTemplates);
    const here = this.#state.instances.filter((one) => one.group === name && one.lifecycle !== 'Terminating');
    const missing = this.noCapacity || suspended.includes('Launch') ? 0 : Math.max(0, desired - here.length);
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

  #keep(): void {
    const { groups, instances, templates, launchTemplates } = this.#state;
    const state = {
      groups: [...groups],
      instances: [...instances],
      templates: [...templates],
      launchTemplates,
    };
    this.#past.push({ atMs: this.#clock.now(), state });
  }
}

import type { Group } from '../../src/lib/model/group.js';
import type { BalancerState } from '../../src/lib/model/server.js';
import type { Cloud, CloudInstance, CloudLook } from '../../src/lib/ports.js';
import { FakeAccount } from './fake-account.js';
import type { FakeClock } from './fake-clock.js';
import { BALANCER } from './servers.js';

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
export interface MachineRoom {
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
  readonly #room: MachineRoom;
  readonly #call: (name: string, ...about: unknown[]) => void;
  readonly #past: { readonly atMs: number; readonly state: State }[] = [];
  #state: State = { groups: [], instances: [], templates: [] };
  #launched = 0;

  constructor(clock: FakeClock, room: MachineRoom, call: (name: string, ...about: unknown[]) => void) {
    super();
    this.#clock = clock;
    this.#room = room;
    this.#call = call;
  }

  /** Puts a group with its servers there, as if it had always been. */
  seed(group: Group, instances: readonly CloudInstance[], imageId: string): void {
    const name = group.template.kind === 'mixed' ? '' : group.template.name;
    this.#state.templates.push({ name, imageId });
    this.#state.groups.push(group);
    this.#state.instances.push(...instances);
    this.#keep();
  }

  get state(): Readonly<State> {
    return this.#state;
  }

  async findGroups(cluster: string): Promise<readonly Group[]> {
    this.#call('findGroups');
    return this.#state.groups.filter(
      ({ name, tags }) =>
        name === cluster || tags.Name === cluster || tags['consul-roll:cluster'] === cluster,
    );
  }

  async look(
    groups: readonly string[],
    templates: readonly string[],
    balancers: readonly string[],
  ): Promise<CloudLook> {
    this.#call('look');
    const atMs = this.#clock.now() - this.lagMs;
    const { state } = this.#past.findLast((past) => past.atMs <= atMs) ?? { state: this.#state };
    return {
      groups: state.groups.filter(({ name }) => groups.includes(name)),
      instances: state.instances.filter(({ group }) => groups.includes(group)),
      templates: state.templates.map(({ name }) => name).filter((name) => templates.includes(name)),
      drainingMs: Object.fromEntries(balancers.map((name) => [name, DRAIN_MS])),
    };
  }

  async createTemplate(_from: string, name: string, imageId: string): Promise<void> {
    this.#call('createTemplate', name);
    this.#state.templates.push({ name, imageId });
    this.#keep();
  }

  async createGroup(from: string, name: string, template: string, tags: Readonly<Record<string, string>>) {
    this.#call('createGroup', name);
    const pattern = this.#group(from);
    const imageId = this.#state.templates.find((one) => one.name === template)?.imageId;
    const empty = { minSize: 0, desired: 0, suspended: [], balancers: [], instanceIds: [] };
    const launches = { name: template, kind: 'launch-configuration' } as const;
    const made = {
      ...pattern,
      ...empty,
      name,
      template: launches,
      imageId,
      tags: { ...pattern.tags, ...tags },
    };
    this.#state.groups.push(made);
    this.#keep();
  }

  async setSizes(
    name: string,
    sizes: { minSize?: number; maxSize?: number; desired?: number },
  ): Promise<void> {
    this.#call('setSizes', name, sizes);
    this.#change(name, sizes);
    this.#reconcile(name);
  }

  async setTemplate(name: string, template: string): Promise<void> {
    this.#call('setTemplate', name, template);
    const imageId = this.#state.templates.find((one) => one.name === template)?.imageId;
    this.#change(name, { template: { kind: 'launch-configuration', name: template }, imageId });
  }

  async suspend(name: string, processes: readonly string[]): Promise<void> {
    this.#call('suspend', name);
    this.#change(name, { suspended: [...new Set([...this.#group(name).suspended, ...processes])].sort() });
  }

  async resume(name: string, processes: readonly string[]): Promise<void> {
    this.#call('resume', name);
    this.#change(name, { suspended: this.#group(name).suspended.filter((one) => !processes.includes(one)) });
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

  async attach(name: string, balancers: readonly string[]): Promise<void> {
    this.#call('attach', name);
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

  async deleteGroup(name: string): Promise<void> {
    this.#call('deleteGroup', name);
    if (this.#group(name).instanceIds.length > 0) throw new Error(`${name} has instances`);
    this.#change(name, { deleting: true });
    this.#clock.after(TERMINATE_MS, () => {
      this.#state.groups = this.#state.groups.filter((group) => group.name !== name);
      this.#keep();
    });
  }

  async deleteTemplate(name: string): Promise<'deleted' | 'in-use'> {
    this.#call('deleteTemplate', name);
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

  #change(name: string, change: Partial<Group>): void {
    this.#state.groups = this.#state.groups.map((one) => (one.name === name ? { ...one, ...change } : one));
    this.#keep();
  }

  #server(id: string, change: Partial<CloudInstance>): void {
    this.#state.instances = this.#state.instances.map((one) =>
      one.instanceId === id ? { ...one, ...change } : one,
    );
    this.#keep();
  }

  #balance(ids: readonly string[], now: BalancerState, then: BalancerState, ms: number): void {
    for (const id of ids) {
      this.#server(id, { balancers: { [BALANCER]: now } });
      this.#clock.after(ms, () => this.#server(id, { balancers: { [BALANCER]: then } }));
    }
  }

  /** Launches what a group lacks, unless it may not. */
  #reconcile(name: string): void {
    const { desired, suspended, imageId, instanceIds } = this.#group(name);
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
      balancers: { [BALANCER]: 'absent' },
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
    const { groups, instances, templates } = this.#state;
    const state = { groups: [...groups], instances: [...instances], templates: [...templates] };
    this.#past.push({ atMs: this.#clock.now(), state });
  }
}

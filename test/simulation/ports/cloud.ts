import type { Group } from '../../../src/lib/model/group.js';
import { type LaunchFrom, nameOfTemplate, type OldTemplate } from '../../../src/lib/model/launch-source.js';
import type { TargetGroup } from '../../../src/lib/model/load-balancer.js';
import type { Image, Sharer } from '../../../src/lib/model/observation.js';
import { CLUSTER_TAG } from '../../../src/lib/model/tags.js';
import type { Cloud, CloudLook, ConvertedTemplate, SoughtTemplate } from '../../../src/lib/ports.js';
import type { GroupRecord } from '../../../src/sandbox/aws/autoscaling/group.js';
import { freeAddresses } from '../../../src/sandbox/aws/network.js';
import type { WorldState } from '../../../src/sandbox/aws/state.js';
import type { Effect } from '../effect.js';
import { Changes } from './cloud-changes.js';
import { groupOf, lookAt } from './cloud-look.js';
import { TemplateChanges } from './template-changes.js';
import { targetGroupsIn } from './traffic.js';
import type { Wire } from './wire.js';

/** How far AWS's answers may lag behind a write: until when, and what they show meanwhile. */
export interface Lag {
  /** The look to answer with in place of the present one; undefined when nothing lags. */
  shown(): CloudLook | undefined;
  /** A write is about to take hold. */
  beforeWrite(present: () => CloudLook): void;
}

type Names = readonly string[];
type Scene = readonly [groups: Names, templates: Names, balancers: Names, sought: SoughtTemplate | undefined];

/** The Cloud port over the sandbox's account, called directly. */
export class SimulatedCloud implements Cloud {
  readonly #wire: Wire;
  readonly #lag: Lag;
  readonly #state: WorldState;
  readonly #changes: Changes;
  readonly #templates: TemplateChanges;
  #scene: Scene | undefined;
  #last: { readonly version: number; readonly look: CloudLook } | undefined;

  constructor(wire: Wire, lag: Lag) {
    this.#wire = wire;
    this.#lag = lag;
    this.#state = wire.universe.world.inside;
    this.#changes = new Changes(wire.universe.world);
    this.#templates = new TemplateChanges(wire.universe.world);
  }

  account(): Promise<string> {
    return this.#wire.read(() => this.#state.accountId);
  }

  findGroups(cluster: string): Promise<Group[]> {
    return this.#wire.read(() => groupsOf(this.#state, cluster).map((group) => groupOf(this.#state, group)));
  }

  look(groups: Names, templates: Names, balancers: Names, sought?: SoughtTemplate): Promise<CloudLook> {
    return this.#wire.read(() => {
      const scene: Scene = [groups, templates, balancers, sought];
      // Templates belong to the looks of a roll; `locate` looks without any.
      if (templates.length === 0 && sought === undefined) return lookAt(this.#state, ...scene);
      this.#scene = scene;
      return this.#lag.shown() ?? this.#present(scene);
    });
  }

  /** What there is; the same as the last time where nothing has happened since, as just before most effects. */
  #present(scene: Scene): CloudLook {
    const { version } = this.#wire.universe;
    if (this.#last?.version !== version) {
      this.#last = { version, look: lookAt(this.#state, ...scene) };
    }
    return this.#last.look;
  }

  image(id: string): Promise<Image | undefined> {
    return this.#wire.read(() => imageOf(this.#state, id));
  }

  architectures(): Promise<string[]> {
    return this.#wire.read(() => ['x86_64']);
  }

  refreshInProgress(): Promise<boolean> {
    return this.#wire.read(() => false);
  }

  freeAddresses(subnets: Names): Promise<{ id: string; freeAddresses: number }[]> {
    return this.#wire.read(() => addressesLeft(this.#state, subnets));
  }

  targetGroups(balancers: Names): Promise<TargetGroup[]> {
    return this.#wire.read(() => targetGroupsIn(this.#state, balancers));
  }

  quota(): Promise<{ groupsLeft: number; templatesLeft: number }> {
    return this.#wire.read(() => ({ groupsLeft: 100, templatesLeft: 100 }));
  }

  sharers(): Promise<readonly Sharer[]> {
    return this.#wire.read(() => []);
  }

  inexpressible(): Promise<readonly string[]> {
    return this.#wire.read(() => []);
  }

  notCopied(): Promise<readonly string[]> {
    return this.#wire.read(() => []);
  }

  createVersion(
    source: { readonly id: string; readonly version: number },
    mark: string,
    image: string,
  ): Promise<void> {
    const what = `create-version ${source.id}`;
    return this.#other(what, () => this.#templates.createVersion(source, mark, image));
  }

  convertTemplate(from: OldTemplate, to: ConvertedTemplate, mark: string, image: string): Promise<void> {
    const what = `convert-template ${to.name}`;
    return this.#other(what, () => this.#templates.convertTemplate(from, to, mark, image));
  }

  setDefaultVersion(id: string, version: number): Promise<void> {
    return this.#other(`set-default ${id} ${version}`, () => this.#templates.setDefaultVersion(id, version));
  }

  deleteVersion(id: string, version: number): Promise<void> {
    return this.#other(`delete-version ${id} ${version}`, () => this.#templates.deleteVersion(id, version));
  }

  deleteLaunchTemplate(id: string): Promise<void> {
    return this.#other(`delete-launch-template ${id}`, () => this.#templates.deleteLaunchTemplate(id));
  }

  copyWarmPool(): Promise<void> {
    return Promise.reject(new Error('no group here has a warm pool'));
  }

  deleteWarmPool(): Promise<void> {
    return Promise.reject(new Error('no group here has a warm pool'));
  }

  createTemplate(from: string, name: string, image: string): Promise<void> {
    return this.#other(`create-template ${name}`, () => this.#changes.createTemplate(from, name, image));
  }

  createGroup(
    from: string,
    name: string,
    template: LaunchFrom,
    tags: Readonly<Record<string, string>>,
  ): Promise<void> {
    return this.#other(`create-group ${name}`, () => this.#changes.createGroup(from, name, template, tags));
  }

  setSizes(name: string, sizes: { minSize?: number; maxSize?: number; desired?: number }): Promise<void> {
    const { desired } = sizes;
    return this.#change({ kind: 'resize', name, desired }, () => this.#changes.setSizes(name, sizes));
  }

  setTemplate(group: string, template: LaunchFrom): Promise<void> {
    const what = `retarget ${group} ${nameOfTemplate(template)}`;
    return this.#other(what, () => this.#templates.setTemplate(group, template));
  }

  suspend(group: string, processes: Names): Promise<void> {
    const what = `suspend ${group} ${processes.join(' ')}`;
    return this.#other(what, () => this.#changes.suspend(group, processes));
  }

  resume(group: string, processes: Names): Promise<void> {
    const what = `resume ${group} ${processes.join(' ')}`;
    return this.#other(what, () => this.#changes.resume(group, processes));
  }

  tag(group: string, tags: Readonly<Record<string, string>>): Promise<void> {
    return this.#other(`tag ${group}`, () => this.#changes.tag(group, tags));
  }

  untag(group: string, keys: Names): Promise<void> {
    return this.#other(`untag ${group}`, () => this.#changes.untag(group, keys));
  }

  register(balancer: string, instanceIds: Names): Promise<void> {
    const what = `register ${instanceIds.join(' ')}`;
    return this.#other(what, () => this.#changes.register(balancer, instanceIds));
  }

  deregister(balancer: string, instanceIds: Names): Promise<void> {
    return this.#change({ kind: 'deregister', instanceIds }, () =>
      this.#changes.deregister(balancer, instanceIds),
    );
  }

  attach(group: string, balancers: Names): Promise<void> {
    return this.#other(`attach ${group}`, () => this.#changes.attach(group, balancers));
  }

  terminate(instanceId: string): Promise<void> {
    return this.#change({ kind: 'terminate', instanceId }, () => this.#changes.terminate(instanceId));
  }

  deleteGroup(name: string): Promise<void> {
    return this.#change({ kind: 'delete-group', name }, () => this.#changes.deleteGroup(name));
  }

  deleteTemplate(name: string): Promise<'deleted' | 'in-use'> {
    const remove = (): 'deleted' | 'in-use' => {
      this.#rememberLook();
      return this.#changes.deleteTemplate(name);
    };
    return this.#wire.change({ kind: 'delete-template', name }, remove, 'deleted');
  }

  close(): void {}

  #other(what: string, change: () => void): Promise<void> {
    return this.#change({ kind: 'other', what }, change);
  }

  #change(effect: Effect, change: () => void): Promise<void> {
    const carryOut = (): void => {
      this.#rememberLook();
      change();
    };
    return this.#wire.change(effect, carryOut, undefined);
  }

  #rememberLook(): void {
    const scene = this.#scene;
    if (scene !== undefined) this.#lag.beforeWrite(() => lookAt(this.#state, ...scene));
  }
}

function groupsOf(state: WorldState, cluster: string): GroupRecord[] {
  const found = [...state.groups.values()].filter(
    ({ name, tags }) =>
      name === cluster || tags.get('Name')?.value === cluster || tags.get(CLUSTER_TAG)?.value === cluster,
  );
  return found.sort((a, b) => a.createdMs - b.createdMs || a.name.localeCompare(b.name));
}

function imageOf(state: WorldState, id: string) {
  const image = state.images.get(id);
  return image && { id, name: image.name, architecture: 'x86_64', state: 'available' };
}

function addressesLeft(state: WorldState, subnets: readonly string[]) {
  return state.network.subnets
    .filter(({ subnetId }) => subnets.includes(subnetId))
    .map((subnet) => ({ id: subnet.subnetId, freeAddresses: freeAddresses(subnet) }));
}
